"""Cases to compare versions by when too few were recorded: the boundaries of conditions, a small company, the policies' own tests.

Nothing here is drawn at random: the same policies give the same cases.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice, product
from typing import Any

from domain.decision import Proposal
from domain.facts import Action, ContractTier, Facts, Intent, Mode, Region, Signal
from policies.comparison.boundaries import values_at
from policies.comparison.recorded import RecordedCase
from policies.engine import CompiledPolicy, compile_policy
from policies.expressions import Expression
from policies.language.raw import laid_over_neutral, strict_proposal
from policies.rules import shipped

MOST_BOUNDARY_CASES = 6_000
FEWEST, MOST = 3, 48
"""Combinations of values for one condition."""
MOMENTS = ("2026-01-05T09:00:00Z", "2026-01-09T16:50:00Z", "2026-01-10T12:00:00Z", "2026-12-24T22:00:00Z", "2026-03-29T00:30:00Z")
"""A working hour, the end of a week, a weekend, a holiday's eve, the night of a clock change."""


BENIGN = {
    "client.known": True,
    "client.identity_confidence": 1.0,
    "client.contract.status": "active",
    "message.sender.known": True,
    "message.sender.verified": True,
    "context.knowledge_score": 0.9,
    "context.knowledge_hits": 2,
}
"""A client and a message that little speaks against: beside guards that fire for unknown senders, many others would change nothing."""


def sample_cases(*policies: CompiledPolicy) -> list[RecordedCase]:
    """Cases at the boundaries of these policies' conditions in each of their tiers, those of a small company, and the policies' tests.

    Conditions that only some of the policies have get more cases, each beside a proposal of every mode. Without policies: those of the
    shipped one.
    """
    several = list(policies) or [compile_policy(shipped())]
    tests = {case.id: case for policy in several for case in recorded_tests(policy)}
    return [*_boundary_cases(several), *_company(several[-1]), *tests.values()]


def recorded_tests(policy: CompiledPolicy) -> list[RecordedCase]:
    """The tests that stand in a policy, as cases; one whose facts are not valid is left out, since it fails as a test."""
    found: list[RecordedCase] = []
    for test in policy.document.tests:
        with suppress(ValueError):
            proposal = strict_proposal(test.proposal) if test.proposal is not None else None
            found.append(RecordedCase(f"test:{test.name}", laid_over_neutral(test.given), proposal))
    return found


def _boundary_cases(policies: list[CompiledPolicy]) -> Iterator[RecordedCase]:
    conditions: dict[str, tuple[str, Expression]] = {}
    sources = [{one.source for _, one in _conditions(policy)} for policy in policies]
    shared = sources[0].intersection(*sources)
    for policy in policies:
        for name, expression in _conditions(policy):
            told = name if expression.source in shared else f"{name}, version {policy.ref.version}"
            conditions.setdefault(expression.source, (told, expression))
    bases = _bases(policies)
    fewer = max(FEWEST, min(MOST, MOST_BOUNDARY_CASES // max(1, len(conditions) * len(bases))))
    for source, (name, expression) in conditions.items():
        same = source in shared and len(policies) > 1
        for number, assignment in enumerate(_assignments(expression, fewer if same else MOST)):
            region = list(Region)[number % len(Region)]
            for row, (tier, base) in enumerate(bases.items()):
                placed = {**BENIGN, "client.region": region, **base, **assignment}
                for turn in (number + row,) if same else range(len(Mode)):
                    if (case := _case(f"boundary:{name}:{number}:{tier}:{turn}", placed, policies[-1], turn)) is not None:
                        yield case


def _conditions(policy: CompiledPolicy) -> Iterator[tuple[str, Expression]]:
    rules = policy.rules
    yield from ((f"tier {tier.grade.id}", tier.when) for tier in rules.tiers)
    yield from ((f"sla row {number}", row.when) for number, row in enumerate(rules.sla, 1) if row.when)
    yield from ((f"default {row.index + 1}", row.when) for row in rules.defaults if row.when)
    yield "priority", rules.priority
    for guard in rules.guards:
        yield guard.rule.id, guard.when
        if guard.where is not None:
            yield f"pools of {guard.rule.id}", guard.where


def _assignments(expression: Expression, most: int) -> list[dict[str, Any]]:
    """Combinations of values at which the condition may turn, at most `most`; the choice hangs on the condition alone."""
    values = {path: found for path in expression.reads if (found := values_at(path, expression.source))}
    total = 1
    for found in values.values():
        total *= len(found)
    if total <= most:
        return [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())]
    chance = random.Random(expression.source)  # noqa: S311 - a fixed spread, no secret
    return [{path: chance.choice(found) for path, found in values.items()} for _ in range(most)]


def _bases(policies: list[CompiledPolicy]) -> dict[str, dict[str, Any]]:
    """For each tier, values that lead into it. A tier that no combination reaches is left out."""
    bases: dict[str, dict[str, Any]] = {}
    for policy in policies:
        for tier in policy.rules.tiers:
            if tier.grade.id in bases:
                continue
            for assignment in _assignments(tier.when, MOST):
                case = _case("", assignment, policy, 0)
                if case is not None and policy.frame(case.facts).tier.id == tier.grade.id:
                    bases[tier.grade.id] = assignment
                    break
    return bases


def _case(case_id: str, values: dict[str, Any], policy: CompiledPolicy, turn: int) -> RecordedCase | None:
    """Neutral facts with these values and the proposal whose turn it is; None when they are not valid together."""
    given: dict[str, Any] = {}
    suggested: dict[str, Any] = {}
    for path, value in values.items():
        group, *steps = path.split(".")
        into = suggested if group == "proposal" else given.setdefault(group, {})
        if not steps:
            given[group] = value
            continue
        for step in steps[:-1]:
            into = into.setdefault(step, {})
        into[steps[-1]] = value
    present = suggested.pop("present", True)
    try:
        facts = laid_over_neutral(given)
        return RecordedCase(case_id, facts, _proposal(facts, suggested, policy, turn) if present else None)
    except ValueError:
        return None


def _proposal(facts: Facts, suggested: dict[str, Any], policy: CompiledPolicy, number: int) -> Proposal:
    """A router's suggestion for the client's region."""
    mode = tuple(Mode)[number % len(Mode)]
    pools = [name for name, pool in policy.pools.items() if pool.region is facts.client.region] or list(policy.pools)
    return strict_proposal({"mode": mode, "pool": pools[number % len(pools)], "confidence": 0.9, "rationale": "", **suggested})


def _company(policy: CompiledPolicy) -> Iterator[RecordedCase]:
    """Clients of every contract in every region, each writing about everything, with what goes along turning at its own pace."""
    signals = ((), *((signal,) for signal in Signal))
    actions = tuple(Action)
    for number, (tier, region, intent) in enumerate(product(ContractTier, Region, Intent)):
        contract = {"tier": tier, "status": "none" if tier is ContractTier.NONE else "active"}
        client = {"id": f"{tier}-{region}", "known": True, "region": region, "contract": contract, "regulated": number % 7 == 0}
        message = {
            "intent": intent,
            "severity": number % 5 + 1,
            "signals": list(signals[number % len(signals)]),
            "language": ("en", "de", "fr", "es", "ja")[number % 5 if number % 2 else 0],
            "sentiment": (-0.8, 0.0, 0.5)[number % 3],
            "sender": {"role": ("user", "executive")[number % 4 == 0], "known": True, "verified": number % 3 != 0},
        }
        value = {"score": (number % 11) / 10, "at_stake": (0.0, 20_000.0, 400_000.0, 1_500_000.0)[number % 4], "confidence": 0.8}
        context = {"knowledge_score": (0.2, 0.8)[number % 2], "knowledge_hits": number % 3}
        given: dict[str, Any] = {
            "client": client,
            "message": message,
            "value": value,
            "context": context,
            "now": MOMENTS[number % len(MOMENTS)],
        }
        if number % 5 == 0:
            given["load"] = {"pools": {pool: {"available": 0} for pool in islice(policy.pools, number % 3, None, 3)}}
        facts = laid_over_neutral(given)
        suggested = {"action": actions[number % len(actions)], "amount": 600.0 if number % 2 else 0.0, "confidence": (0.5, 0.9)[number % 2]}
        yield RecordedCase(
            f"company:{tier}:{region}:{intent}", facts, None if number % 9 == 0 else _proposal(facts, suggested, policy, number)
        )
