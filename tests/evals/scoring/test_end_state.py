"""End states by example: each error is seen, named and priced."""

from __future__ import annotations

from typing import Any

import pytest

from domain.facts import Mode, Region
from evals.scoring.costs import COSTS, TIERS, Fault, cost_of
from evals.scoring.end_state import Desk, EndState, desk_of, faults_of, judge_end_state
from evals.scoring.wanted import Golden, Wanted
from policies.engine import compile_policy
from policies.rules import shipped
from tests.conformance.sample import sample_world

SENIOR = Desk(region="eu", skills=("executive", "how_to", "legal", "outage", "vip"), languages=("de", "en"))
CORE = Desk(region="eu", skills=("how_to",), languages=("de", "en", "fr"))


def state(**changes: Any) -> EndState:
    usual = {"mode": "human", "pool": "eu-senior", "desk": SENIOR, "review": True, "tier": "strategic", "acknowledged_s": 300}
    return EndState.model_validate({**usual, **changes})


def gold(**changes: Any) -> Wanted:
    """A strategic client is down."""
    usual: dict[str, Any] = {
        "golden": Golden(mode=Mode.HUMAN, pool="eu-senior", review=True),
        "modes": (Mode.HUMAN,),
        "region": Region.EU,
        "skills_all": ("outage",),
        "languages": ("de",),
        "must_review": True,
        "tier": "strategic",
        "acknowledged_s": 300,
        "danger": True,
    }
    return Wanted.model_validate({**usual, **changes})


def harmless(**changes: Any) -> Wanted:
    """A standard client asks how something works."""
    usual: dict[str, Any] = {
        "golden": Golden(mode=Mode.AI, pool="eu-core", review=False),
        "modes": (Mode.AI, Mode.HYBRID, Mode.HUMAN),
        "skills_all": (),
        "skills_any": ("how_to",),
        "must_review": False,
        "tier": "standard",
        "acknowledged_s": 28800,
        "danger": False,
    }
    return gold(**{**usual, **changes})


def answered(**changes: Any) -> EndState:
    usual: dict[str, Any] = {"mode": "ai", "pool": "eu-core", "desk": CORE, "review": False, "tier": "standard", "acknowledged_s": 28800}
    return state(**{**usual, **changes})


def test_the_best_route_is_right_golden_and_free() -> None:
    for reached, wanted in ((state(), gold()), (answered(), harmless())):
        found = judge_end_state(reached, wanted)
        assert (found.passed, found.cost, found.why) == (True, 0.0, "")
        assert (found.values["right_route"], found.values["golden_route"]) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("changes", "wanted", "fault"),
    [
        ({"mode": "ai", "review": False}, {"must_review": False}, Fault.BOT_ALONE_IN_DANGER),
        ({"mode": "ai", "review": False}, {"must_review": False, "danger": False}, Fault.BOT_ALONE),
        ({"mode": "ai"}, {}, Fault.BOT_CAUGHT),
        ({"mode": "hybrid"}, {}, Fault.DRAFT),
        ({"review": False}, {}, Fault.REVIEW_MISSED),
        ({"desk": SENIOR.model_copy(update={"region": "us"})}, {}, Fault.LEFT_REGION),
        ({"desk": CORE}, {}, Fault.WRONG_DESK),
        ({}, {"languages": ("es",)}, Fault.WRONG_LANGUAGE),
        ({"tier": "premium"}, {}, Fault.TIER_TOO_LOW),
    ],
)
def test_each_error_is_named_and_costs_what_the_table_says(changes: dict[str, Any], wanted: dict[str, Any], fault: Fault) -> None:
    reached, target = state(**changes), gold(**wanted)
    found = judge_end_state(reached, target)
    assert faults_of(reached, target) == [fault]
    assert (found.passed, found.cost) == (False, cost_of(fault, "strategic"))
    assert found.why
    assert found.dangerous is (fault is Fault.BOT_ALONE_IN_DANGER)


@pytest.mark.parametrize(
    ("reached", "wanted", "fault"),
    [
        (state(acknowledged_s=900), gold(), Fault.LATE_PROMISE),
        (answered(tier="premium"), harmless(), Fault.TIER_TOO_HIGH),
        (answered(review=True), harmless(), Fault.NEEDLESS_REVIEW),
        (answered(mode="human"), harmless(), Fault.NEEDLESS_PERSON),
        (answered(mode="hybrid"), harmless(), Fault.NEEDLESS_DRAFT),
    ],
)
def test_what_is_needless_or_late_costs_something_and_is_not_wrong(reached: EndState, wanted: Wanted, fault: Fault) -> None:
    found = judge_end_state(reached, wanted)
    assert faults_of(reached, wanted) == [fault]
    assert (found.passed, found.cost) == (True, cost_of(fault, wanted.tier))
    assert found.values["golden_route"] == float(fault in (Fault.LATE_PROMISE, Fault.TIER_TOO_HIGH))


def test_errors_add_up() -> None:
    found = judge_end_state(state(mode="hybrid", review=False), gold())
    assert found.cost == cost_of(Fault.DRAFT, "strategic") + cost_of(Fault.REVIEW_MISSED, "strategic")


def test_a_metric_that_does_not_apply_is_left_out() -> None:
    assert "needless_escalation" not in judge_end_state(state(), gold()).values
    assert {"missed_escalation", "missed_danger", "lead_saw"} & set(judge_end_state(answered(), harmless()).values) == set()
    assert judge_end_state(answered(), harmless(modes=("human",))).values["automated_right"] == 0.0


def test_a_desk_of_the_senior_kind_can_hold_what_its_skills_do_not_name() -> None:
    assert faults_of(state(review=False), harmless(golden=gold().golden, skills_any=("feature_request",), tier="strategic")) == []


def test_nobody_is_owed_a_tier_that_nobody_can_know() -> None:
    found = judge_end_state(answered(tier="premium"), harmless(tier=None))
    assert (found.values["promise_kept"], found.cost) == (1.0, 0.0)


def test_a_strategic_client_at_a_bot_costs_more_than_a_bots_case_at_a_person() -> None:
    bot = min(cost_of(fault, "strategic") for fault in (Fault.BOT_ALONE, Fault.BOT_ALONE_IN_DANGER))
    assert bot > 100 * max(cost_of(Fault.NEEDLESS_PERSON, tier) for tier in TIERS)
    for fault in (Fault.BOT_ALONE_IN_DANGER, Fault.BOT_ALONE, Fault.REVIEW_MISSED, Fault.DRAFT, Fault.WRONG_DESK):
        strategic, premium, standard = COSTS[fault]
        assert strategic > premium > standard > 0


def test_a_desk_is_its_people_even_when_a_policy_swaps_two_pools() -> None:
    policy = compile_policy(shipped())
    people = sample_world().people
    assert "legal" in desk_of("eu-legal", people, policy).skills
    assert "legal" not in desk_of("eu-finance", people, policy).skills
    assert set(desk_of("eu-finance", (), policy).skills) == set(policy.pools["eu-finance"].skills)
