"""The guards suite passes with the shipped policy, and names the guard that another policy lacks or weakens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncGenerator

import pytest

from evals.case import EvalCase
from evals.house import House, HouseSpec
from evals.suite import Judgement
from evals.suites.guards import SUITE
from policies.engine import compile_policy
from policies.rules import shipped
from tests.service import MODELS

LOST = ("severity-five", "refund-limit", "eu-residency")
"""One of facts alone, one that reads the proposal, one that binds pools."""


@pytest.fixture(scope="module")
def cases() -> list[EvalCase]:
    return list(SUITE.cases(1))


@pytest.fixture
async def house() -> AsyncGenerator[House, None]:
    async with House.open(HouseSpec(models=MODELS)) as opened:
        yield opened


async def judged(house: House, cases: list[EvalCase]) -> dict[str, Judgement]:
    return {case.id: SUITE.judge(case, await SUITE.answer(house, case)) for case in cases}


def without(guard: str) -> str:
    """The shipped policy less one guard, its tests and what was proved of it."""
    text = shipped()
    head, _, tail = text.partition("\nguards:")
    guards, _, rest = tail.partition("\nescalation:")
    fewer = re.sub(rf"\n  - (?:\{{id: {guard},.*|id: {guard}\n(?:    .*\n?)+)", "\n", guards)
    assert fewer != guards
    escalation = rest.partition("\ninvariants:")[0]
    return f"{head}\nguards:{fewer}\nescalation:{escalation}\n"


def test_each_guard_of_the_shipped_policy_has_two_cases_and_a_twin_beyond_its_line(cases: list[EvalCase]) -> None:
    fires = Counter(case.gold["guard"] for case in cases if "facts" in case.input and case.gold["fires"])
    silent = Counter(case.gold["guard"] for case in cases if "facts" in case.input and not case.gold["fires"])
    for guard in compile_policy(shipped()).document.guards:
        assert (fires[guard.id] >= 2, silent[guard.id] >= 1) == (True, True), guard.id
    assert sum("messages" in case.input for case in cases) >= 30


async def test_every_guard_of_the_shipped_policy_holds(house: House, cases: list[EvalCase]) -> None:
    failed = {case: one.why for case, one in (await judged(house, cases)).items() if not one.passed}
    assert failed == {}


@pytest.mark.parametrize("guard", LOST)
async def test_a_guard_that_is_gone_is_a_miss_with_its_name(cases: list[EvalCase], guard: str) -> None:
    stated = [case for case in cases if "facts" in case.input]
    async with House.open(HouseSpec(models=MODELS, policy_text=without(guard))) as poorer:
        found = await judged(poorer, stated)
    failed = {case: one for case, one in found.items() if not one.passed}
    assert set(failed) == {f"g-{guard}-1", f"g-{guard}-2"}
    assert {one.why for one in failed.values()} == {f"The policy has no guard {guard}."}
    assert all(one.dangerous and one.values["missed"] == 1.0 for one in failed.values())


@pytest.mark.parametrize(
    ("guard", "change", "told"),
    [
        (
            "severity-five",
            ("modes: [human], priority_floor: 120", "modes: [hybrid, human], priority_floor: 120"),
            "hybrid is still allowed",
        ),
        (
            "overdue-invoices",
            ("forbid_actions: [refund, credit], because: 'Invoices", "forbid_actions: [refund], because: 'Invoices"),
            "credit",
        ),
        ("vip-silence", ("client.days_since_contact > 45'", "client.days_since_contact > 60'"), "did not fire"),
        ("vip-silence", ("client.days_since_contact > 45'", "client.days_since_contact > 30'"), "other side of its line"),
        (
            "press-flag",
            ("by: lead, within: 30m, on_expiry: escalate}, because: This", "by: lead, within: 8h, on_expiry: escalate}, because: This"),
            "no lead",
        ),
        (
            "abusive-sender",
            ("""'"abuse" in pool.skills'""", """'"abuse" in pool.skills || pool.id == "eu-finance"'"""),
            "eu-finance is still allowed",
        ),
    ],
)
async def test_a_guard_that_is_weaker_or_moved_is_told(cases: list[EvalCase], guard: str, change: tuple[str, str], told: str) -> None:
    text = shipped()
    assert text.count(change[0]) == 1
    own = [case for case in cases if case.gold["guard"] == guard and "facts" in case.input]
    async with House.open(HouseSpec(models=MODELS, policy_text=text.replace(*change))) as weaker:
        failed = [one for one in (await judged(weaker, own)).values() if not one.passed]
    assert failed
    assert all(guard in one.why and told in one.why for one in failed)
