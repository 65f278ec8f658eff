"""The invariants of a policy: proved for all facts and proposals, or refuted by a case that the engine has judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.decision import Proposal, Route, Verdict
from domain.facts import ClientFacts, Facts, Region
from policies.analysis.logic import Term, both, disj, either, neg
from policies.analysis.prover import Answer
from policies.analysis.ruling import Ruling, model_regions
from policies.analysis.study import Study, listed, outcome_of
from policies.analysis.values import Value
from policies.engine import CompiledPolicy
from policies.language.document import Invariant


@dataclass(frozen=True)
class Breach:
    """One way in which an invariant does not hold: when, and in words."""

    term: Term
    words: str


def check_invariants(study: Study) -> None:
    """Each invariant is proved, refuted, or put down as not proved."""
    for i, one in enumerate(study.policy.document.invariants):
        path, name = ("invariants", i), f"invariant:{one.name}"
        when = study.ruling.condition((*path, "when"), study.ruling.names).holds
        if study.prover.never(when):
            reason = f"invariant `{one.name}` promises nothing: no case is ever as its `when` says"
            study.faults.append(study.finding("invariant-empty", name, (*path, "when"), reason))
            continue
        if not _refuted(study, i, one, when):
            _check_fallback(study, i, one, when)
            _check_overrides(study, i, one, when)


def broken(policy: CompiledPolicy, one: Invariant, verdict: Verdict, facts: Facts, proposal: Proposal | None) -> bool:
    """Whether the engine's verdict on a case is not as the invariant says."""
    if outcome_of(policy, one.when, facts, proposal) is not True:
        return False
    envelope, holds = verdict.envelope, one.holds
    regions = envelope.model_regions
    return (
        (holds.modes is not None and not set(envelope.modes) <= set(holds.modes))
        or (holds.pools is not None and not set(envelope.pools) <= set(holds.pools))
        or (holds.model_regions is not None and (regions is None or not set(regions) <= set(holds.model_regions)))
        or bool(set(envelope.actions) & set(holds.forbid_actions))
        or (holds.review is not None and holds.review != (verdict.review is not None))
        or any(not _pool_fits(policy, one, pool, facts, proposal) for pool in envelope.pools)
    )


def _refuted(study: Study, index: int, one: Invariant, when: Term) -> bool:
    """Whether a case breaks it; each way of breaking it is asked about by itself, so that the sentence can say which."""
    name, path = f"invariant:{one.name}", ("invariants", index)
    open_question = False
    for breach in _breaches(study, study.ruling, index, one):
        found = study.finds(both(when, breach.term), lambda verdict, facts, proposal: broken(study.policy, one, verdict, facts, proposal))
        if found.example is not None:
            reason = f"invariant `{one.name}` does not hold: for some case {breach.words}"
            study.faults.append(study.finding("invariant-refuted", name, path, reason, found.example))
            return True
        open_question = open_question or found.answer is Answer.UNKNOWN
    if open_question:
        study.not_proved(name, path, f"Invariant `{one.name}`")
    return open_question


def _breaches(study: Study, ruling: Ruling, index: int, one: Invariant) -> Iterator[Breach]:
    holds = one.holds
    if holds.modes is not None:
        extra = [mode for mode in ruling.modes if mode not in holds.modes]
        yield Breach(disj(ruling.modes[mode] for mode in extra), f"mode {' or '.join(extra)} stays allowed")
    if holds.pools is not None:
        pools = [pool for pool in ruling.pools if pool not in holds.pools]
        yield Breach(disj(ruling.pools[pool] for pool in pools), "another pool stays allowed")
    if holds.pools_where is not None:
        terms = [both(ruling.pools[pool], neg(_where(study, index, pool).holds)) for pool in ruling.pools]
        yield Breach(disj(terms), f"a pool stays allowed for which `{holds.pools_where}` is not true")
    if holds.model_regions is not None:
        regions = [region for region in model_regions(study.policy) if region not in holds.model_regions]
        yield Breach(disj(ruling.region(region) for region in regions), "models of another region may speak")
    for action in holds.forbid_actions:
        yield Breach(ruling.actions[action], f"action {action} stays allowed")
    if holds.review is True:
        yield Breach(neg(ruling.review), "nobody is asked for a review")
    elif holds.review is False:
        yield Breach(either(ruling.review, disj(default.failed for default in ruling.defaults)), "a review is asked for")


def _check_fallback(study: Study, index: int, one: Invariant, when: Term) -> None:
    """What ends in the fallback, such as invalid facts, leaves the envelope: it must keep the promise too."""
    for region in Region:
        here = study.prover.space.fact("client.region") == study.prover.space.words.code(region)
        if study.prover.never(when, here):
            continue
        facts = Facts(client=ClientFacts(region=region))
        route = study.policy.refuse(facts, "not to be judged").route
        if not _keeps(study.policy, one, route, facts):
            rows = study.policy.document.fallback
            row = next(i for i, row in enumerate(rows) if row.region in (None, region))
            reason = (
                f"the fallback for clients in {region} ({route.mode}, `{route.pool}`) breaks invariant `{one.name}`: "
                "cases that cannot be judged end there"
            )
            study.faults.append(study.finding("fallback-breaks-invariant", f"invariant:{one.name}", ("fallback", row), reason))
            return


def _check_overrides(study: Study, index: int, one: Invariant, when: Term) -> None:
    """Guards that a person may suspend, and without which the promise would not hold."""
    for guard in study.policy.document.guards:
        if guard.override is None:
            continue
        without = study.ruling.without(guard.id)
        if any(study.prover.asks(when, breach.term) is Answer.POSSIBLE for breach in _breaches(study, without, index, one)):
            reason = f"invariant `{one.name}` holds only as long as nobody suspends guard {listed([guard.id])}"
            study.notes.append(study.finding("invariant-can-be-suspended", f"invariant:{one.name}", ("invariants", index), reason))


def _keeps(policy: CompiledPolicy, one: Invariant, route: Route, facts: Facts) -> bool:
    holds = one.holds
    return (
        (holds.modes is None or route.mode in holds.modes)
        and (holds.pools is None or route.pool in holds.pools)
        and route.action not in holds.forbid_actions
        and _pool_fits(policy, one, route.pool, facts, None)
    )


def _pool_fits(policy: CompiledPolicy, one: Invariant, pool: str, facts: Facts, proposal: Proposal | None) -> bool:
    where = one.holds.pools_where
    return where is None or outcome_of(policy, where, facts, proposal, pool) is True


def _where(study: Study, index: int, pool: str) -> Value:
    names = {**study.ruling.names, "pool": study.ruling.pool_facts[pool]}
    return study.ruling.condition(("invariants", index, "holds", "pools_where"), names)
