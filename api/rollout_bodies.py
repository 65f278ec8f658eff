"""Bodies of what comes of a rollout, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Any

from api.responses import PolicyRefOut, RouteOut, Shown


class OutcomeOut(Shown):
    """What one version says of a case."""

    policy: PolicyRefOut
    tier: str
    route: RouteOut
    review: dict[str, Any] | None
    guards: list[str]


class RecallOut(Shown):
    """A case that a withdrawn version touched, beside what the active version would do."""

    case_id: str
    turn: int
    status: str
    waits_for_review: bool
    client_id: str | None
    region: str
    tier: str
    because: str
    recalled_at: str
    seen_by: str | None
    seen_at: str | None
    decided: OutcomeOut
    active: OutcomeOut
    differences: list[dict[str, Any]]


class RecallsOut(Shown):
    """A page of recalled cases, oldest first."""

    items: list[RecallOut]
    next_cursor: str | None


class SeenOut(Shown):
    """Who has looked at a recalled turn."""

    case_id: str
    turn: int
    seen_by: str | None
    seen_at: str | None


class RecallSeenOut(Shown):
    """A recalled case that a lead has looked at."""

    case_id: str
    turns: list[SeenOut]


class GateReadingOut(Shown):
    """A gate with what it says now: pass, hold or trip."""

    metric: str
    tier: str | None
    most_worse: float
    minimum: int
    reading: str
    candidate_hits: int
    candidate_cases: int
    active_hits: int
    active_cases: int
    difference: float
    low: float
    high: float
    because: str


class NextMoveOut(Shown):
    """What the roller does next: wait, promote, activate or roll_back, and why."""

    move: str
    percent: float | None
    because: str


class AgreementOut(Shown):
    """Decisions that the other version judged afterwards, and on how many of them nobody would notice the difference."""

    agrees: int
    compared: int


class StandingOut(Shown):
    """How a running rollout stands by its gates; without gates when none runs."""

    gates: list[GateReadingOut]
    next: NextMoveOut | None
    counted_since: str | None
    agreement: AgreementOut | None


class IntervalOut(Shown):
    """A value with its 95 % interval."""

    value: float | None
    low: float | None
    high: float | None


class ArmOut(IntervalOut):
    """What one version came to."""

    cases: int


class MetricOut(Shown):
    """One outcome in both arms; `conclusion` says nothing until there is enough data."""

    metric: str
    meaning: str
    arms: dict[str, ArmOut]
    difference: IntervalOut | None
    least_that_matters: float
    cases_needed: int | None
    cases_reached: int
    enough_data: bool
    conclusion: str


class ExperimentOut(Shown):
    """Two versions as arms."""

    policy: str
    active: str
    candidate: str
    percent: float
    since: str
    metrics: list[MetricOut]
