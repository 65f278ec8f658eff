"""The form by which a version is rolled out: its rows, and the plan that a filled-in one asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from console.speech import _, mark
from domain.errors import InvalidInput
from domain.policy_life import CanaryStep, Metric, Release, RolloutGate, Stage
from policies.rollouts.experiment import Conclusion
from policies.rollouts.gates import default_gates
from policies.rollouts.rollout import Plan

SPARE_GATES, STEPS = 2, 5
"""Empty rows of gates to fill in, and rows of steps."""
MOST_ROWS = 52
"""Gates that a rollout may have, and the spare rows."""
MINUTE_S = 60
POINTS = 100
FIRST_SHARE = 5.0
USUAL_STEPS = (CanaryStep(percent=5, hold_s=1_800), CanaryStep(percent=25, hold_s=7_200), CanaryStep(percent=50, hold_s=86_400))
"""What a canary that grows by itself begins with in the form."""
METRICS = {
    "forbidden": mark("routes that the active version forbids"),
    "errors": mark("decisions with a failed condition"),
    "sla_breaches": mark("cases whose promise was broken"),
    "escalations": mark("cases that go to a person alone"),
    "overruled": mark("proposals that were overruled"),
    "reviews": mark("cases that stop for a lead"),
}
OUTCOMES = {
    "sla_attained": (mark("Promises kept"), mark("Both promises kept, of cases of which that can be said by now.")),
    "escalated": (mark("To a person alone"), mark("A person alone answers.")),
    "reopened": (mark("Opened again"), mark("The client came back after the case was resolved.")),
    "needless_escalations": (mark("Reviews for nothing"), mark("Of the reviews that a person ruled on: approved unchanged.")),
    "missed_escalations": (
        mark("Sent to a person too late"),
        mark("Of the messages that were not sent to a person alone: moved up by a person later."),
    ),
    "first_response_s": (mark("Time to the first answer"), mark("Until the client heard from us.")),
    "csat": (mark("Satisfaction"), mark("What clients say, 5 is best.")),
}
"""What both arms of an experiment come to, each with what it counts."""
CONCLUSIONS = {
    Conclusion.NOT_ENOUGH: mark("not enough data"),
    Conclusion.BETTER: mark("the candidate is better"),
    Conclusion.WORSE: mark("the candidate is worse"),
    Conclusion.ALIKE: mark("no difference that matters was found"),
}
Form = Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """One row of the form, as text: what was typed stays what was typed."""

    number: int
    values: Mapping[str, str]


@dataclass(frozen=True)
class RolloutForm:
    """What stands in the form."""

    stage: str
    pace: str
    percent: str
    starts_at: str
    gates: tuple[Row, ...]
    steps: tuple[Row, ...]


def form_for(release: Release | None, running: bool, highest_tier: str) -> RolloutForm:
    """The form before anybody typed: what stands of the rollout that runs, or what is sane for one that begins."""
    gates = release.gates if release and running and release.gates else default_gates(highest_tier)
    steps = release.steps if release and running else ()
    stage = str(release.stage) if release and running and release.stage else str(Stage.SHADOW)
    percent = release.percent if release and running and release.percent else FIRST_SHARE
    rows = [_gate_values(gate) for gate in gates] + [{}] * SPARE_GATES
    return RolloutForm(
        stage=stage,
        pace="steps" if steps else "hand",
        percent=f"{percent:g}",
        starts_at="",
        gates=tuple(Row(number, values) for number, values in enumerate(rows)),
        steps=tuple(Row(number, _step_values(steps or USUAL_STEPS, number)) for number in range(max(STEPS, len(steps)))),
    )


def form_again(form: Form) -> RolloutForm:
    """The form as it was sent, to be sent again."""
    return RolloutForm(
        stage=form.get("stage", ""),
        pace=form.get("pace", ""),
        percent=form.get("percent", f"{FIRST_SHARE:g}"),
        starts_at=form.get("starts_at", ""),
        gates=tuple(Row(number, _typed(form, "gate", number)) for number in _numbers(form, "gate")),
        steps=tuple(Row(number, _typed(form, "step", number)) for number in _numbers(form, "step")) or _usual_steps(),
    )


def _usual_steps() -> tuple[Row, ...]:
    """For a form whose canary was closed, so that its fields were not sent."""
    return tuple(Row(number, _step_values(USUAL_STEPS, number)) for number in range(STEPS))


def plan_of(form: Form, clock: ZoneInfo, highest_tier: str) -> Plan:
    """The plan that a form asks for. Raises InvalidInput with the fields that do not fit."""
    faults: list[tuple[str, str]] = []
    stage = form.get("stage", "")
    if stage not in (Stage.SHADOW, Stage.CANARY, Stage.ACTIVE):
        raise InvalidInput(_("Say how far the version goes."), [("/stage", _("is none of shadow, canary and active"))])
    canary = stage == Stage.CANARY
    by_steps = canary and form.get("pace") == "steps"
    gates = [gate for row in _numbers(form, "gate") if (gate := _gate(_typed(form, "gate", row), row, faults))]
    steps = [step for row in _numbers(form, "step") if (step := _step(_typed(form, "step", row), row, faults))] if by_steps else []
    starts_at = _moment(form.get("starts_at", ""), clock, faults)
    percent = _number(form.get("percent", ""), "/percent", faults, most=100) if canary and not by_steps else None
    if by_steps and not steps and not faults:
        faults.append(("/steps", _("are empty: fill in one at least, or move the canary on by hand")))
    if faults:
        raise InvalidInput(_("This rollout does not fit."), faults)
    own = () if tuple(gates) == default_gates(highest_tier) else tuple(gates)
    return Plan(
        stage=Stage(stage),
        percent=percent,
        gates=None if stage == Stage.ACTIVE else own,
        steps=tuple(steps) if canary else None,
        starts_at=starts_at,
    )


def _gate_values(gate: RolloutGate) -> dict[str, str]:
    return {
        "metric": gate.metric.value,
        "tier": gate.tier or "",
        "points": f"{gate.most_worse * POINTS:g}",
        "minimum": str(gate.minimum),
    }


def _step_values(steps: Sequence[CanaryStep], number: int) -> dict[str, str]:
    if number >= len(steps):
        return {}
    return {"percent": f"{steps[number].percent:g}", "minutes": f"{steps[number].hold_s / MINUTE_S:g}"}


def _numbers(form: Form, what: str) -> list[int]:
    """The rows that a form sent; no more than a page of ours has."""
    return [number for number in range(MOST_ROWS) if any(name.startswith(f"{what}-{number}-") for name in form)]


def _typed(form: Form, what: str, number: int) -> dict[str, str]:
    start = f"{what}-{number}-"
    return {name.removeprefix(start): value.strip() for name, value in form.items() if name.startswith(start)}


def _gate(row: Mapping[str, str], number: int, faults: list[tuple[str, str]]) -> RolloutGate | None:
    """A row without a metric is no gate."""
    if not row.get("metric"):
        return None
    here = _("Gate %(number)s:", number=number + 1)
    points = _number(row.get("points", ""), here, faults, most=POINTS)
    minimum = _number(row.get("minimum", ""), here, faults, most=1_000_000)
    if points is None or minimum is None:
        return None
    try:
        return RolloutGate.model_validate(
            {
                "metric": row["metric"],
                "tier": row.get("tier") or None,
                "most_worse": round(points / POINTS, 6),
                "minimum": int(minimum) if minimum.is_integer() else minimum,
            }
        )
    except ValidationError:
        faults.append((here, _("cases are counted in whole numbers, of one of the measures that are offered")))
        return None


def _step(row: Mapping[str, str], number: int, faults: list[tuple[str, str]]) -> CanaryStep | None:
    """An empty row is no step."""
    if not row.get("percent"):
        return None
    here = _("Step %(number)s:", number=number + 1)
    percent = _number(row["percent"], here, faults, most=100)
    minutes = _number(row.get("minutes") or "10", here, faults, most=525_600)
    if percent is None or minutes is None:
        return None
    if percent <= 0:
        faults.append((here, _("a share of clients is above 0")))
        return None
    return CanaryStep(percent=percent, hold_s=round(minutes * MINUTE_S))


def _number(text: str, where: str, faults: list[tuple[str, str]], *, most: float) -> float | None:
    try:
        given: Any = float(text.replace(",", "."))
    except ValueError:
        given = None
    if given is None or not 0 <= given <= most:
        faults.append((where, _("must be a number from 0 to %(most)s", most=f"{most:g}")))
        return None
    return given


def _moment(text: str, clock: ZoneInfo, faults: list[tuple[str, str]]) -> datetime | None:
    """A time on the visitor's clock; None for none."""
    if not text.strip():
        return None
    try:
        given = datetime.fromisoformat(text.strip())
        return (given if given.tzinfo else given.replace(tzinfo=clock)).astimezone(UTC)
    except (ValueError, OverflowError):
        faults.append(("/starts_at", _("must be a date and a time")))
        return None


METRIC_NAMES = tuple(metric.value for metric in Metric)
