"""Runs the tests that stand inside a policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from domain.decision import Verdict
from policies.comparison.document_words import SPANS, span
from policies.engine import CompiledPolicy
from policies.language.document import Expectation, PolicyTest
from policies.language.markup import place_of
from policies.language.raw import laid_over_neutral, strict_proposal


@dataclass(frozen=True)
class Outcome:
    """One test: `failures` says what came out otherwise than expected."""

    name: str
    line: int
    failures: tuple[str, ...]
    fired: tuple[str, ...] = ()
    tier: str = ""

    @property
    def passed(self) -> bool:
        """Everything came out as expected."""
        return not self.failures


def run_suite(policy: CompiledPolicy) -> list[Outcome]:
    """Run every test of the policy."""
    return [_run(policy, test, place_of(policy.places, "tests", index)[0]) for index, test in enumerate(policy.document.tests)]


def uncovered(policy: CompiledPolicy, outcomes: list[Outcome]) -> tuple[list[str], list[str]]:
    """(guards that no passing test saw fire, tiers that no passing test reached)."""
    passing = [outcome for outcome in outcomes if outcome.passed]
    fired = {guard for outcome in passing for guard in outcome.fired}
    tiers = {outcome.tier for outcome in passing}
    return (
        [guard.id for guard in policy.document.guards if guard.id not in fired],
        [tier.id for tier in policy.document.tiers if tier.id not in tiers],
    )


def _run(policy: CompiledPolicy, test: PolicyTest, line: int) -> Outcome:
    try:
        facts = laid_over_neutral(test.given)
        proposal = strict_proposal(test.proposal) if test.proposal is not None else None
    except ValidationError as error:
        reasons = tuple(f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}" for detail in error.errors())
        return Outcome(test.name, line, reasons)
    except ValueError as error:
        return Outcome(test.name, line, (str(error),))
    verdict = policy.evaluate(facts, proposal)
    fired = tuple(guard.id for guard in verdict.guards)
    return Outcome(test.name, line, tuple(_failures(test.expect, verdict, fired)), fired, verdict.tier.id)


def _failures(expect: Expectation, verdict: Verdict, fired: tuple[str, ...]) -> list[str]:
    got: dict[str, Any] = {
        "mode": verdict.route.mode,
        "pool": verdict.route.pool,
        "action": verdict.route.action,
        "review": verdict.review is not None,
        "tier": verdict.tier.id,
        "ack": verdict.sla.ack_within_s,
        "resolve": verdict.sla.resolve_within_s,
        "overruled": verdict.overruled,
        "source": verdict.source,
        "modes": verdict.envelope.modes,
    }
    failures = [
        f"{name} is {_shown(name, value)}, expected {_shown(name, getattr(expect, name))}"
        for name, value in got.items()
        if getattr(expect, name) is not None and getattr(expect, name) != value
    ]
    failures += [f"guard {guard} did not fire" for guard in expect.guards if guard not in fired]
    failures += [f"guard {guard} fired" for guard in expect.not_guards if guard in fired]
    if expect.only_guards is not None and set(expect.only_guards) != set(fired):
        failures.append(f"guards are {', '.join(fired) or 'none'}, expected only {', '.join(expect.only_guards) or 'none'}")
    if expect.priority_at_least is not None and verdict.priority < expect.priority_at_least:
        failures.append(f"priority is {verdict.priority}, expected at least {expect.priority_at_least}")
    failures += [f"skill {skill} is missing" for skill in expect.skills if skill not in verdict.route.skills]
    failures += list(verdict.errors)
    return failures


def _shown(name: str, value: Any) -> str:
    """A value as the test writes it."""
    if name in SPANS and isinstance(value, int):
        return span(value)
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
