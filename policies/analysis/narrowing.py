"""What clients of the highest tier get less of than by the version before. It harms nobody, and is still something else than they had."""

from __future__ import annotations

from domain.decision import Proposal
from domain.facts import Facts
from policies.analysis.logic import Term, both, disj
from policies.analysis.prover import Answer
from policies.analysis.ruling import Ruling
from policies.analysis.study import Study
from policies.analysis.widening import ONCE, Question, questions
from policies.engine import CompiledPolicy

WORDS = {
    "mode": "mode {what} is no longer allowed where it was",
    "pool": "pool `{what}` is no longer allowed where it was",
    "action": "action {what} is no longer allowed where it was",
    "model-region": "models in {what} may no longer speak where they might",
    "skill": "the skill `{what}` is asked for where it was not",
    "review": "a review is asked for where there was none",
    "weaker-review": "a review has become a stricter one",
    "ruler": "whoever rules needs the role `{what}` where nobody did",
    "priority-floor": "the priority is lifted to {what} where it was not",
    "slower-ack": "the promise to answer has become quicker",
    "slower-resolve": "the promise to resolve has become quicker",
    "slower-calendar": "the time of the promise runs when it did not",
}
"""What each way of being wider is called from the other side."""


def check_narrowings(study: Study, base: Ruling) -> None:
    """Everything that `base` allows clients of the highest tier and the new version does not; what stays open counts as if it were so."""
    here = disj((_highest(study.ruling), _highest(base)))
    asked = [one for one in questions(base, study.ruling) if one.term is not False]
    if study.prover.never(both(here, disj(one.term for one in asked))):
        return
    said: set[str] = set()
    for one in asked:
        family, _, what = one.name.partition(":")
        if family in ONCE and family in said:
            continue
        if _is_so(study, base, one, here, WORDS[family].format(what=what)):
            said.add(family)


def _highest(ruling: Ruling) -> Term:
    """The client is in the highest tier of this version."""
    tiers = ruling.policy.document.tiers
    top = max(tier.rank for tier in tiers)
    return disj(term for tier, term in zip(tiers, ruling.tiers, strict=True) if tier.rank == top)


def _is_so(study: Study, base: Ruling, one: Question, here: Term, words: str) -> bool:
    def claim(facts: Facts, proposal: Proposal | None) -> bool:
        verdicts = [policy.evaluate(facts, proposal) for policy in (study.policy, base.policy)]
        return any(_is_highest(policy, facts) for policy in (study.policy, base.policy)) and one.shows(*verdicts)

    answer = study.prover.finds(both(here, one.term), claim)
    if answer.example is not None or answer.answer is Answer.UNKNOWN:
        family = one.name.partition(":")[0]
        said = words if answer.example is not None else f"it is not proved that it is not the case that {words}"
        study.narrowings.append(study.finding(f"narrower-{family}", f"narrower:{one.name}", ("guards",), said, answer.example))
    return answer.example is not None


def _is_highest(policy: CompiledPolicy, facts: Facts) -> bool:
    return policy.frame(facts).tier.rank == max(tier.rank for tier in policy.tiers)
