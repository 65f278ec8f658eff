"""What two versions do differently: nothing when they are one, the same however the cases are split, and the worst first."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.canonical import canonical_json
from domain.decision import Proposal
from domain.facts import Facts, Mode
from policies.comparison.behaviour import (
    BehaviouralDiff,
    Harm,
    RecordedCase,
    compare,
    differences,
    put_together,
    sample_cases,
    strategic_effects,
)
from policies.comparison.behavioural_diff import WORST_KEPT
from policies.language.raw import laid_over_neutral
from tests.policies.comparison.versions import changed, shipped_policy
from tests.policies.examples import cases, guards
from tests.policies.test_laws import with_guards

Pairs = list[tuple[Facts, Proposal | None]]
EXAMPLES = 15


def recorded(several: Pairs) -> list[RecordedCase]:
    return [RecordedCase(f"case_{number}", facts, proposal) for number, (facts, proposal) in enumerate(several)]


def case(name: str, given: dict[str, Any], mode: str = "ai", confidence: float = 0.9) -> RecordedCase:
    """A case of a known client in the EU about something simple."""
    known: dict[str, dict[str, Any]] = {
        "client": {"known": True, "id": name, "contract": {"tier": "none", "status": "active"}},
        "message": {"sender": {"known": True, "verified": True, "role": "user"}},
        "context": {"knowledge_score": 0.9},
    }
    for group, values in given.items():
        known[group] = {**known.get(group, {}), **values}
    proposal = Proposal(mode=Mode(mode), pool="eu-core", confidence=confidence, rationale="")
    return RecordedCase(name, laid_over_neutral(known), proposal)


STRATEGIC = {"client": {"known": True, "contract": {"tier": "strategic", "status": "active"}}}
NO_PEOPLE_FOR_STRATEGIC = (
    "{id: strategic-people, owner: vip-desk, when: 'tier.id == \"strategic\"', modes: [hybrid, human]",
    "{id: strategic-people, owner: vip-desk, when: 'tier.id == \"strategic\"', forbid_actions: [cancel]",
)
SLOWER_FOR_ALL = (
    "  - {                                   ack: 8h,  resolve: 3d,",
    "  - {                                   ack: 9h,  resolve: 3d,",
)


@settings(max_examples=EXAMPLES)
@given(guards(), cases)
def test_a_version_beside_itself_changes_nothing(extra: list[dict[str, Any]], several: Pairs) -> None:
    policy = with_guards(extra)
    found = compare(policy, policy, recorded(several))
    assert found.cases == len(several)
    assert (found.changed, found.worst) == (0, ())
    assert all(name in ("all", "tier", "region", "language", "guard", "pool", "review") for name in found.counts)
    assert not any(number in ("fires_now", "no_longer") for one in found.counts.get("guard", {}).values() for number in one)
    assert strategic_effects(policy, policy, recorded(several)) == []


@settings(max_examples=EXAMPLES)
@given(guards(), cases, st.integers(0, 20), st.integers(0, 20))
def test_the_diff_is_the_same_however_the_cases_are_split(extra: list[dict[str, Any]], several: Pairs, one: int, two: int) -> None:
    before, after, all_cases = shipped_policy(), with_guards(extra), recorded(several)
    first, second = sorted((one, two))
    parts = [compare(before, after, part) for part in (all_cases[:first], all_cases[first:second], all_cases[second:])]
    whole, nothing = compare(before, after, all_cases), compare(before, after, [])
    assert put_together(parts, nothing) == whole
    assert parts[0].plus(parts[1].plus(parts[2])) == parts[0].plus(parts[1]).plus(parts[2])
    assert put_together(reversed(parts), nothing) == whole
    assert canonical_json(put_together(parts, nothing).plain()) == canonical_json(whole.plain())


@settings(max_examples=EXAMPLES)
@given(guards(), cases)
def test_the_counts_of_the_parts_add_up(extra: list[dict[str, Any]], several: Pairs) -> None:
    before, after = shipped_policy(), with_guards(extra)
    found = compare(before, after, recorded(several))
    for what in ("tier", "region", "language"):
        assert _sum(found, what, "cases") == found.cases
        assert _sum(found, what, "changed") == found.changed
    verdicts = [(before.evaluate(*one), after.evaluate(*one)) for one in several]
    assert _sum(found, "guard", "before") == sum(len(was.guards) for was, _ in verdicts)
    assert _sum(found, "guard", "after") - _sum(found, "guard", "before") == _sum(found, "guard", "fires_now") - _sum(
        found, "guard", "no_longer"
    )
    assert found.count("review", "cases", "after") - found.count("review", "cases", "before") == found.count(
        "review", "cases", "added"
    ) - found.count("review", "cases", "removed")
    people = found.count("people", "cases", "to") - found.count("people", "cases", "from")
    assert _sum(found, "pool", "after") - _sum(found, "pool", "before") == people
    assert found.changed <= _sum(found, "harm", "changed") <= found.changed + found.count("all", "cases", "widened")


@settings(max_examples=EXAMPLES)
@given(guards(), cases, st.randoms(use_true_random=False))
def test_the_order_of_the_cases_leaves_no_trace(extra: list[dict[str, Any]], several: Pairs, chance: random.Random) -> None:
    before, after, listed = shipped_policy(), with_guards(extra), recorded(several)
    assert compare(before, after, listed) == compare(before, after, chance.sample(listed, len(listed)))


def test_a_strategic_client_that_may_meet_a_bot_comes_before_slower_promises_and_those_before_the_rest() -> None:
    before = shipped_policy()
    after = changed(NO_PEOPLE_FOR_STRATEGIC, SLOWER_FOR_ALL, ("20.0 * value.score", "30.0 * value.score"))
    listed = [
        case("rest", {"client": {"known": True, "contract": {"tier": "gold", "status": "active"}}, "value": {"score": 0.9}}),
        case("slower", {"value": {"score": 0.1}}),
        case("bot", STRATEGIC),
    ]
    found = compare(before, after, listed)
    assert [(one.id, one.harm) for one in found.worst] == [("bot", Harm.STRATEGIC), ("slower", Harm.SLOWER), ("rest", Harm.OTHER)]
    assert found.worst[0].differences[0] == {"field": "mode", "before": "human", "after": "ai"}
    assert found.count("guard", "strategic-people", "after") == 1
    assert found.worst[1].ack_later_s == 54_000  # an hour more of business time ends the next morning
    assert found.count("sla", "ack", "slower_s") == 54_000
    assert found.count("people", "cases", "from") == 1
    assert found.count("mode", "human > ai", "cases") == 1
    assert found.count("all", "cases", "forbidden") == 1


def test_a_strategic_client_that_loses_a_review_is_as_bad() -> None:
    weaker = ("    priority_floor: 150\n    review: {by: lead, within: 5m, on_expiry: default}\n", "    priority_floor: 150\n")
    outage = case("outage", {**STRATEGIC, "message": {"intent": "outage", "severity": 4, "signals": ["outage"]}})
    found = compare(shipped_policy(), changed(weaker), [outage])
    assert found.worst[0].harm is Harm.STRATEGIC
    assert found.count("review", "cases", "removed") == 1


def test_a_review_that_may_take_longer_is_a_looser_one() -> None:
    weaker = ("review: {by: lead, within: 5m, on_expiry: default}", "review: {by: lead, within: 2h, on_expiry: default}")
    outage = case("outage", {**STRATEGIC, "message": {"intent": "outage", "severity": 4, "signals": ["outage"]}})
    found = compare(shipped_policy(), changed(weaker), [outage])
    assert (found.count("review", "cases", "looser"), found.worst[0].harm) == (1, Harm.STRATEGIC)


def test_a_calendar_that_closes_earlier_slows_promises_without_touching_their_seconds() -> None:
    after = changed(
        ("timezone: Europe/Berlin\n    hours: {mon-fri: ['08:00-18:00']}", "timezone: Europe/Berlin\n    hours: {mon-fri: ['08:00-17:00']}")
    )
    found = compare(shipped_policy(), after, [case("standard", {})])
    assert [one["field"] for one in found.worst[0].differences] == ["ack_due_at", "resolve_due_at"]
    assert found.worst[0].harm is Harm.SLOWER


def test_an_envelope_that_widens_without_another_outcome_is_listed_for_a_strategic_client() -> None:
    found = compare(shipped_policy(), changed(NO_PEOPLE_FOR_STRATEGIC), [case("human", STRATEGIC, mode="human")])
    assert (found.changed, found.count("all", "cases", "widened")) == (0, 1)
    assert [one.harm for one in found.worst] == [Harm.STRATEGIC]


def test_the_list_is_bounded_and_the_counts_are_not() -> None:
    many = [case(f"case_{number:04d}", STRATEGIC) for number in range(WORST_KEPT + 50)]
    found = compare(shipped_policy(), changed(NO_PEOPLE_FOR_STRATEGIC), many)
    assert found.changed == WORST_KEPT + 50
    assert [one.id for one in found.worst] == [one.id for one in many[:WORST_KEPT]]
    halves = [compare(shipped_policy(), changed(NO_PEOPLE_FOR_STRATEGIC), half) for half in (many[:80], many[80:])]
    assert halves[0].plus(halves[1]) == found


def test_differences_are_plain_data() -> None:
    one = case("bot", STRATEGIC)
    found = differences(
        shipped_policy().evaluate(one.facts, one.proposal), changed(NO_PEOPLE_FOR_STRATEGIC).evaluate(one.facts, one.proposal)
    )
    assert [difference["field"] for difference in found] == ["mode", "pool", "envelope"]
    assert canonical_json(found)


def test_effects_on_strategic_clients_are_sentences_and_others_are_left_out() -> None:
    sentences = strategic_effects(shipped_policy(), changed(NO_PEOPLE_FOR_STRATEGIC), [case("bot", STRATEGIC)])
    assert sentences[0] == "Tier strategic: who answers changes from human to ai in 1 of the compared cases, such as bot."
    assert strategic_effects(shipped_policy(), changed(SLOWER_FOR_ALL), [case("slower", {}), case("bot", STRATEGIC)]) == []


def test_a_client_that_stops_being_strategic_is_an_effect_on_the_strategic_tier() -> None:
    moved = changed(('when: \'client.contract.tier == "strategic" || value.at_stake', "when: 'value.at_stake"))
    sentences = strategic_effects(shipped_policy(), moved, [case("bot", STRATEGIC)])
    assert sentences[0].startswith("Tier strategic: the tier changes from strategic to standard")


EDITS = {
    "tier strategic": ("value.at_stake >= 1000000.0', rank", "value.at_stake >= 1000001.0', rank"),
    "refund-limit": ("proposal.amount > 500.0'", "proposal.amount > 500.005'"),
    "vip-silence": ("client.days_since_contact > 45'", "client.days_since_contact > 46'"),
    "reopened-before": ("when: 'context.reopened_90d >= 2'", "when: 'context.reopened_90d >= 3'"),
    "press-flag": ("when: '\"press\" in client.flags'", "when: '\"journalists\" in client.flags'"),
    "": ("{at: 'ack 50%',  do: notify assignee}", "{at: 'ack 40%',  do: notify assignee}"),
}


def test_sample_cases_reach_the_boundary_of_every_changed_condition() -> None:
    for edited, edit in EDITS.items():
        after = changed(edit)
        near = [one for one in sample_cases(shipped_policy(), after) if one.id.startswith(f"boundary:{edited}")]
        found = compare(shipped_policy(), after, near)
        assert found.changed or found.count("all", "cases", "widened"), f"no sampled case notices {edit[1]}"


def test_what_only_some_proposals_show_is_seen_for_the_most_valuable_clients() -> None:
    after = changed(("message.sentiment <= -0.6", "message.sentiment <= -0.4"))
    [told] = strategic_effects(shipped_policy(), after, sample_cases(shipped_policy(), after))
    assert told.startswith("Tier strategic: who answers changes from hybrid to human")


def test_promises_and_reviews_are_told_in_the_words_of_a_policy() -> None:
    slower = changed(("{tier: strategic,                   ack: 15m,", "{tier: strategic,                   ack: 20m,"))
    sentences = strategic_effects(shipped_policy(), slower, sample_cases(shipped_policy(), slower))
    assert any("the promised first response changes from 15m to 20m" in one for one in sentences), sentences
    later = changed(("within: 5m, on_expiry: default}", "within: 6m, on_expiry: default}"))
    sentences = strategic_effects(shipped_policy(), later, sample_cases(shipped_policy(), later))
    assert any("from one by lead within 5m (then default) to one by lead within 6m (then default)" in one for one in sentences), sentences


def test_two_versions_of_one_condition_are_sampled_apart() -> None:
    both = sample_cases(shipped_policy(), changed(EDITS["refund-limit"]))
    amounts = {one.proposal.amount for one in both if one.id.startswith("boundary:refund-limit") and one.proposal}
    assert {499.99, 500.0, 500.01, 500.005, 500.015} <= amounts
    assert len({one.id for one in both}) == len(both)


def test_sample_cases_are_the_same_every_time_with_an_id_of_their_own() -> None:
    first, second = sample_cases(shipped_policy()), sample_cases(shipped_policy())
    assert first == second
    assert len({one.id for one in first}) == len(first)
    assert {shipped_policy().frame(one.facts).tier.id for one in first} == {"strategic", "premium", "standard"}


def _sum(found: BehaviouralDiff, what: str, number: str) -> int:
    return sum(numbers.get(number, 0) for numbers in found.counts.get(what, {}).values())
