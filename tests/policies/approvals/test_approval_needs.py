"""What a version needs: a guard whose text stands can be emptied from outside, and what is proved can be taken away."""

from __future__ import annotations

from typing import Any

import pytest

from domain.decision import Effect, Gate, OnExpiry
from domain.examination import Examination, Remark
from domain.facts import Action, Mode
from policies.analysis.publishing import analyse
from policies.approvals.approval_needs import needs_of
from policies.approvals.loosened import narrows_less
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import STARTER, shipped

ABROAD = (
    ("overflow: [front-desk]}\n", "overflow: [front-desk]}\n  us-core: {region: us, skills: [how_to], overflow: []}\n"),
    (
        "guards:\n",
        "guards:\n  - id: eu-residency\n    owner: privacy\n    when: 'client.region == \"eu\"'\n"
        "    pools_where: 'pool.region == \"eu\"'\n    because: EU clients' data stays in the EU.\n",
    ),
)
"""A pool abroad, and a guard that keeps clients of the EU away from it."""
INVARIANT = """  - {name: a person answers legal threats, when: '"legal" in message.signals', holds: {modes: [human], review: true}}\n"""


def version(*pairs: tuple[str, str]) -> CompiledPolicy:
    """The starter policy with the pool abroad, and with words replaced."""
    text = shipped(STARTER)
    for old, new in (*ABROAD, *pairs):
        assert old in text, old
        text = text.replace(old, new, 1)
    return compile_policy(text)


def examined(before: CompiledPolicy, after: CompiledPolicy) -> Examination:
    """With the widenings that the prover finds."""
    found = analyse(after, base=before)
    return Examination(widenings=tuple(Remark.model_validate(one.model_dump()) for one in found.widenings))


def test_who_moves_a_pool_past_a_guard_needs_the_owner_of_the_guard() -> None:
    before, after = version(), version(("us-core: {region: us", "us-core: {region: eu"))
    needs = needs_of(before, after, examined(before, after))
    assert needs.owners == ("privacy",)
    assert "Guard eu-residency holds less, though its own text stands; owned by privacy." in needs.why
    assert any("pool `us-core` is allowed where it was not" in said for said in needs.why)


def test_who_takes_clients_out_of_a_tier_needs_the_owner_of_the_guard_that_held_for_them() -> None:
    before, after = version(), version((" || value.at_stake >= 1000000.0", " || value.at_stake >= 2000000.0"))
    assert "vip-desk" in needs_of(before, after, examined(before, after)).owners


def test_what_a_version_allows_more_is_told_whole_whatever_the_tier() -> None:
    before, after = version(), version(("Who is a VIP, what", "Now who is a VIP, what"))
    plain = {"given": {"client": {"contract": {"tier": "none"}}}}
    wider = tuple(Remark(id=f"w{number}", code="pool", reason=f"tier standard: number {number}", example=plain) for number in range(9))
    needs = needs_of(before, after, Examination(widenings=wider))
    assert (needs.approvals, needs.owners, needs.board) == (1, (), False)
    assert needs.why == tuple(f"It allows more: tier standard: number {number}" for number in range(9))


@pytest.mark.parametrize(
    ("replaced", "said"),
    [
        (INVARIANT.replace("[human]", "[hybrid, human]"), "changes"),
        (INVARIANT.replace("legal threats", "threats"), "is gone"),
        ("", "is gone"),
    ],
    ids=["weaker", "renamed", "removed"],
)
def test_an_invariant_that_is_gone_or_changed_asks_the_board(replaced: str, said: str) -> None:
    needs = needs_of(version(), version((INVARIANT, replaced)), Examination())
    assert (needs.approvals, needs.board) == (2, True)
    assert needs.why == (f"Invariant `a person answers legal threats` {said}: it is not proved as it was.",)


def test_one_invariant_more_asks_nobody() -> None:
    more = INVARIANT.replace("legal threats", "them all")
    assert needs_of(version(), version((INVARIANT, INVARIANT + more)), Examination()).board is False


GATE = Gate(by="lead", within_s=900, on_expiry=OnExpiry.ESCALATE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"modes": (Mode.HUMAN,)}, {}),
        ({"modes": (Mode.HUMAN,)}, {"modes": (Mode.HUMAN, Mode.HYBRID)}),
        ({"pools": ("a",)}, {"pools": ("a", "b")}),
        ({"model_regions": ("eu",)}, {"model_regions": ("us",)}),
        ({"forbid_actions": (Action.REFUND,)}, {}),
        ({"require_skills": ("legal",)}, {"require_skills": ("billing",)}),
        ({"priority_floor": 50}, {"priority_floor": 40}),
        ({"review": GATE}, {}),
        ({"review": GATE}, {"review": GATE.model_copy(update={"within_s": 1_800})}),
    ],
)
def test_an_effect_narrows_less_in_any_of_its_parts_and_never_less_than_itself(before: dict[str, Any], after: dict[str, Any]) -> None:
    was, now = Effect.model_validate(before), Effect.model_validate(after)
    assert narrows_less(was, now)
    assert not narrows_less(was, was)
    assert not narrows_less(Effect(), was)
