"""The form of a rollout: what is typed becomes a plan or a sentence about the field, and what was typed stays."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from console.rollout_forms import RolloutForm, form_again, form_for, plan_of
from domain.errors import InvalidInput
from domain.policy_life import CanaryStep, Metric, Release, RolloutGate, Stage
from policies.rollouts.gates import default_gates

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
CLOCK = ZoneInfo("Europe/Berlin")
TOP = "strategic"


def sent(form: RolloutForm, **changes: str) -> dict[str, str]:
    """What a browser sends of a form."""
    fields = {"stage": form.stage, "pace": form.pace, "percent": form.percent, "starts_at": form.starts_at}
    for what, rows, names in (
        ("gate", form.gates, ("metric", "tier", "points", "minimum")),
        ("step", form.steps, ("percent", "minutes")),
    ):
        fields |= {f"{what}-{row.number}-{name}": row.values.get(name, "") for row in rows for name in names}
    return {**fields, **changes}


def fresh(**changes: str) -> dict[str, str]:
    """The form of a rollout that begins."""
    return sent(form_for(None, False, TOP), **changes)


@pytest.mark.parametrize("percent", ["", "nan", "inf", "-1", "101", "1e999", "five", "0x10"])
def test_a_percent_that_is_none_is_refused_by_name(percent: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan_of(fresh(stage="canary", percent=percent), CLOCK, TOP)
    assert caught.value.errors == [("/percent", "must be a number from 0 to 100")]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"gate-0-metric": "harm"}, "Gate 1:"),
        ({"gate-1-points": "a few"}, "Gate 2:"),
        ({"gate-1-minimum": "1.5"}, "Gate 2:"),
        ({"gate-1-minimum": ""}, "Gate 2:"),
        ({"pace": "steps", "step-0-percent": "0"}, "Step 1:"),
        ({"pace": "steps", "step-1-minutes": "soon"}, "Step 2:"),
        ({"pace": "steps", **{f"step-{row}-percent": "" for row in range(5)}}, "/steps"),
        ({"starts_at": "tomorrow"}, "/starts_at"),
    ],
)
def test_each_field_that_does_not_fit_is_named(change: dict[str, str], where: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan_of(fresh(stage="canary", **change), CLOCK, TOP)
    assert [pointer for pointer, _ in caught.value.errors] == [where]


def test_a_form_without_a_stage_is_refused() -> None:
    with pytest.raises(InvalidInput):
        plan_of(fresh(stage="draft"), CLOCK, TOP)


def test_gates_that_nobody_touched_are_the_usual_ones_and_others_are_their_own() -> None:
    assert plan_of(fresh(stage="canary"), CLOCK, TOP).gates == ()
    plan = plan_of(fresh(stage="canary", **{"gate-0-points": "2.5", "gate-0-tier": "premium", "gate-1-metric": ""}), CLOCK, TOP)
    assert plan.gates is not None
    assert plan.gates[0] == RolloutGate(metric=Metric.FORBIDDEN, tier="premium", most_worse=0.025, minimum=50)
    assert len(plan.gates) == len(default_gates(TOP)) - 1


def test_a_canary_grows_by_its_steps_or_stays_where_it_is_put() -> None:
    grows = plan_of(fresh(stage="canary", pace="steps"), CLOCK, TOP)
    assert (grows.percent, [step.percent for step in grows.steps or ()]) == (None, [5, 25, 50])
    stays = plan_of(fresh(stage="canary", percent="12,5"), CLOCK, TOP)
    assert (stays.percent, stays.steps) == (12.5, ())


def test_only_a_canary_has_a_share_and_an_active_one_leaves_the_gates() -> None:
    assert plan_of(fresh(stage="shadow", percent="30", pace="steps"), CLOCK, TOP).percent is None
    assert plan_of(fresh(stage="active"), CLOCK, TOP).model_dump() == {
        "stage": Stage.ACTIVE,
        "percent": None,
        "gates": None,
        "steps": None,
        "starts_at": None,
    }


def test_a_time_is_one_on_the_clock_of_whoever_typed_it() -> None:
    plan = plan_of(fresh(stage="shadow", starts_at="2026-12-24T18:00"), CLOCK, TOP)
    assert plan.starts_at == datetime(2026, 12, 24, 17, tzinfo=UTC)


def test_what_runs_stands_in_the_form_and_goes_through_it_unchanged() -> None:
    gates = (RolloutGate(metric=Metric.REVIEWS, tier="premium", most_worse=0.07, minimum=20),)
    steps = (CanaryStep(percent=7.5, hold_s=90), CanaryStep(percent=60, hold_s=3600))
    stands = Release(
        name="p", active="sha256:a", candidate="sha256:b", stage=Stage.CANARY, percent=7.5, gates=gates, steps=steps, updated_at=NOW
    )
    plan = plan_of(sent(form_for(stands, True, TOP)), CLOCK, TOP)
    assert (plan.stage, plan.gates, plan.steps) == (Stage.CANARY, gates, steps)


def test_what_was_refused_is_typed_still() -> None:
    typed = fresh(stage="canary", percent="five", **{"gate-3-points": "x", "step-2-minutes": "soon"})
    again = sent(form_again(typed))
    assert again == typed
