"""What changed between two texts, in sentences that a policy owner reads, with the line in each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from policies.comparison.structural_diff import Change, StructuralChange, structural_changes, text_diff
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped
from tests.policies.comparison.versions import changed, shipped_policy
from tests.policies.examples import guards
from tests.policies.test_laws import with_guards


def only(*edits: tuple[str, str]) -> StructuralChange:
    """The one change between the shipped policy and its edited text."""
    found = structural_changes(shipped_policy(), changed(*edits))
    assert len(found) == 1, found
    return found[0]


def line_of(policy: CompiledPolicy, words: str) -> int:
    return next(number for number, line in enumerate(policy.text.splitlines(), 1) if words in line)


EDITS: tuple[tuple[str, str, str, str], ...] = (
    ("rank: 60, budget_ms: 2500", "rank: 70, budget_ms: 2500", "Tier premium, the rank: 60 → 70.", "id: premium"),
    (
        "value.at_stake >= 1000000.0'",
        "value.at_stake >= 2000000.0'",
        'Tier strategic, the condition: `client.contract.tier == "strategic" || value.at_stake >= 1000000.0` → '
        '`client.contract.tier == "strategic" || value.at_stake >= 2000000.0`.',
        "id: strategic, when",
    ),
    (
        "  - {tier: strategic,                   ack: 15m,",
        "  - {tier: strategic,                   ack: 1h30m,",
        "SLA row for tier strategic, the first response: 15m → 1h30m (slower).",
        "{tier: strategic,                   ack",
    ),
    (
        "  - {severity: '>= 5',                  ack: 1h,  resolve: 1d,",
        "  - {severity: '>= 5',                  ack: 1h,  resolve: 20h,",
        "SLA row for severity >= 5, the resolution: 1d → 20h (tighter).",
        "{severity: '>= 5',  ",
    ),
    (
        "because: A legal threat is answered by a person only.",
        "because: A legal threat goes to a person.",
        "Guard legal-threat, the reason: A legal threat is answered by a person only. → A legal threat goes to a person.",
        "because: A legal threat",
    ),
    (
        "overflow: [eu-senior], skills: [security,",
        "overflow: [], skills: [security,",
        "Pool eu-security, the overflow: eu-senior → none.",
        "eu-security:",
    ),
    (
        "hours: {mon-fri: ['08:30-18:30']}",
        "hours: {mon-fri: ['08:30-12:00', '13:00-24:00']}",
        "Calendar business-apac, the hours: mon-fri 08:30-18:30 → mon-fri 08:30-12:00, 13:00-24:00.",
        "mon-fri: ['08:30",
    ),
    (
        "  - {mode: human, pool: eu-senior}\n\ndefaults",
        "  - {mode: human, pool: eu-legal}\n\ndefaults",
        "Fallback for everything else, the pool: eu-senior → eu-legal.",
        "  - {mode: human, pool: eu-",
    ),
    (
        "{tier: strategic, region: eu,   mode: human, pool: eu-senior}",
        "{tier: strategic, region: eu,   mode: hybrid, pool: eu-senior}",
        "Default for tier strategic, region eu, the mode: human → hybrid.",
        "{tier: strategic, region: eu, ",
    ),
    (
        "review: {by: lead, within: 5m, on_expiry: default}",
        "review: {by: lead, within: 10m, on_expiry: escalate}",
        "Guard strategic-outage, the review: by lead within 5m, then default → by lead within 10m, then escalate.",
        "review: {by: lead, within: ",
    ),
    (
        "{at: 'ack 100%', do: notify lead, raise: 20}",
        "{at: 'ack 100%', do: notify lead, raise: 30}",
        "Escalation at ack 100%, the raise of priority: 20 → 30.",
        "'ack 100%'",
    ),
    (
        "{name: EU stays in the EU, when: 'client.region == \"eu\"', holds: {pools_where: 'pool.region == \"eu\"', model_regions: [eu]}}",
        "{name: EU stays in the EU, when: 'client.region == \"eu\"', holds: {pools_where: 'pool.region == \"eu\"'}}",
        "Invariant 'EU stays in the EU', the holds: pools_where `pool.region == \"eu\"`, model_regions eu → "
        'pools_where `pool.region == "eu"`.',
        "EU stays in the EU",
    ),
    (
        "description: Routing of strategic and premium clients of a B2B",
        "description: Routing of all clients of a B2B",
        "The description: Routing of strategic and premium clients of a B2B software company in three regions → "
        "Routing of all clients of a B2B software company in three regions.",
        "description:",
    ),
)


@pytest.mark.parametrize(("old", "new", "sentence", "near"), EDITS, ids=[edit[2][:30] for edit in EDITS])
def test_each_kind_of_part_says_what_it_was_and_is(old: str, new: str, sentence: str, near: str) -> None:
    found = only((old, new))
    assert found.sentence == sentence
    assert found.change is Change.CHANGED
    assert found.before != found.after
    if "strategic-outage" not in sentence:
        assert found.line_after == line_of(changed((old, new)), near)
        assert found.line_before == line_of(shipped_policy(), near)
    else:
        assert found.line_before == found.line_after == line_of(shipped_policy(), "within: 5m")


def test_the_time_to_take_a_ruling_back_is_a_change_like_any_other() -> None:
    found = only(("escalation:", "reviews: {undo_within_s: 10}\nescalation:"))
    assert found.sentence == "The time to take a ruling back: 0s → 10s."
    assert changed(("escalation:", "reviews: {undo_within_s: 10}\nescalation:")).document.undo_within_s == 10
    assert shipped_policy().document.undo_within_s == 0


STRATEGIC_PEOPLE = next(line for line in shipped().splitlines() if "id: strategic-people" in line) + "\n"


def test_a_guard_that_is_gone_is_named_with_all_that_it_did() -> None:
    found = only((STRATEGIC_PEOPLE, ""))
    assert found.sentence == (
        'Guard strategic-people is removed: the owner vip-desk; the condition `tier.id == "strategic"`; '
        "the modes allowed hybrid, human; the reason A strategic client is never left to a bot."
    )
    assert (found.line_before, found.line_after) == (line_of(shipped_policy(), "id: strategic-people"), None)
    assert found.before["modes"] == ["hybrid", "human"]
    assert found.after is None


def test_a_guard_that_is_new_has_a_line_in_the_later_text_alone() -> None:
    found = structural_changes(changed((STRATEGIC_PEOPLE, "")), shipped_policy())
    assert [(one.change, one.line_before, one.line_after) for one in found] == [
        (Change.ADDED, None, line_of(shipped_policy(), "id: strategic-people"))
    ]


def test_guards_in_another_order_are_no_change_and_rows_of_a_table_are() -> None:
    rest = shipped().replace(STRATEGIC_PEOPLE, "")
    reordered = compile_policy(rest.replace("guards:  ", f"guards: # first\n{STRATEGIC_PEOPLE}  #", 1), version=2)
    assert structural_changes(shipped_policy(), reordered) == ()
    us, apac = "  - {region: us,   mode: human, pool: us-senior}\n", "  - {region: apac, mode: human, pool: apac-senior}\n"
    moved = only((us + apac, apac + us))
    assert (moved.part, moved.change) == ("fallback", Change.MOVED)
    assert "stands in another place" in moved.sentence


def test_a_text_that_says_the_same_in_another_layout_has_a_textual_diff_alone() -> None:
    other = changed(("facts: v1", "facts: v1   # the vocabulary"))
    assert structural_changes(shipped_policy(), other) == ()
    assert text_diff(shipped_policy(), other).splitlines()[:2] == ["--- vip-support@1", "+++ vip-support@2"]
    assert "+facts: v1   # the vocabulary" in text_diff(shipped_policy(), other)


def test_changes_come_in_the_order_of_a_policys_parts() -> None:
    found = structural_changes(shipped_policy(), changed(*((old, new) for old, new, _, _ in EDITS)))
    parts = [
        "policy",
        "tiers",
        "tiers",
        "sla",
        "sla",
        "pools",
        "calendars",
        "fallback",
        "defaults",
        "guards",
        "guards",
        "escalation",
        "invariants",
    ]
    assert [one.part for one in found] == parts


@settings(max_examples=20)
@given(guards(), guards())
def test_no_structural_change_means_the_same_behaviour_and_both_ways_mirror_each_other(
    one: list[dict[str, Any]], other: list[dict[str, Any]]
) -> None:
    before, after = with_guards(one), with_guards(other)
    there, back = structural_changes(before, after), structural_changes(after, before)
    opposite = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}
    assert {(c.name, c.field, opposite.get(c.change, c.change)) for c in there} == {(c.name, c.field, c.change) for c in back}
    if not there:
        assert before.digest == after.digest
    assert structural_changes(before, before) == ()
