"""Guards whose effect others always have as well: whoever changes them believes that something changes."""

from __future__ import annotations

from domain.facts import Action, Mode
from policies.analysis.logic import Term, both, conj, disj, either, neg
from policies.analysis.ruling import GuardTerms, model_regions
from policies.analysis.study import Study, listed
from policies.envelope import strictness


def check_redundancy(study: Study) -> None:
    """Of guards that say the same, the later is named; one that a person may suspend, or that is at fault, stands for no other."""
    gone = {one.id.removeprefix("guard:") for one in study.faults if one.code in ("guard-always-fires", "can-fail")}
    guards = list(enumerate(study.ruling.guards))
    never = {one.id for one in study.faults if one.code == "guard-never-fires"}
    for i, one in reversed(guards):
        name = one.guard.rule.id
        if study.prover.left_s <= 0:
            study.prover.undecided += 1
            return
        others = [other for j, other in guards if j != i and other.guard.rule.override is None and other.guard.rule.id not in gone]
        if name in gone or f"guard:{name}" in never or not study.prover.never(one.fires, neg(_covered(study, one, others, {}))):
            continue
        gone.add(name)
        enabled = {other.guard.rule.id: study.prover.space.truth(f"with {other.guard.rule.id}") for other in others}
        needed = study.prover.core([one.fires, neg(_covered(study, one, others, enabled))], dict(enabled))
        if needed:
            do = "does" if len(needed) == 1 else "do"
            reason = f"guard `{name}` changes nothing: whenever it fires, {listed(needed)} {do} all that it does"
            study.faults.append(study.finding("guard-subsumed", f"guard:{name}", ("guards", i), reason))
        else:
            reason = f"guard `{name}` changes nothing: what it asks for leaves everything as it was"
            study.faults.append(study.finding("guard-without-effect", f"guard:{name}", ("guards", i), reason))


def _covered(study: Study, one: GuardTerms, others: list[GuardTerms], enabled: dict[str, Term]) -> Term:
    """Whether the others keep out all that `one` keeps out and ask for all that it asks for; `enabled` says which others count."""

    def fires(other: GuardTerms) -> Term:
        return both(enabled.get(other.guard.rule.id, True), other.fires)

    effect, terms = one.effect, list[Term]()
    for mode in Mode:
        if one.bars_mode(mode):
            terms.append(disj(fires(other) for other in others if other.bars_mode(mode)))
    for region in model_regions(study.policy):
        if one.bars_region(region):
            terms.append(disj(fires(other) for other in others if other.bars_region(region)))
    for action in Action:
        if action in effect.forbid_actions:
            terms.append(disj(fires(other) for other in others if action in other.effect.forbid_actions))
    for skill in effect.require_skills:
        terms.append(disj(fires(other) for other in others if skill in other.effect.require_skills))
    for pool in study.policy.pools:
        barred = one.bars_pool(pool)
        if barred is not False:
            terms.append(either(neg(barred), disj(both(fires(other), other.bars_pool(pool)) for other in others)))
    if effect.priority_floor:
        terms.append(disj(fires(other) for other in others if other.effect.priority_floor >= effect.priority_floor))
    if effect.review is not None:
        wanted = strictness(effect.review)
        reviews = [(other, other.effect.review) for other in others if other.effect.review is not None]
        terms.append(disj(fires(other) for other, review in reviews if strictness(review) <= wanted))
    return conj(terms)
