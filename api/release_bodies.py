"""Bodies of rollouts and rollbacks, as they come in and as the OpenAPI document shows what goes out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from api.policy_bodies import Reason
from api.requests import Closed, Number, Time, plausible
from api.responses import Shown
from api.rollout_bodies import OutcomeOut, StandingOut
from domain.policy_life import CanaryStep, RolloutGate, Stage
from policies.rollouts.rollout import Plan

VersionNumber = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]
Percent = Annotated[float | None, Field(ge=0, le=100, allow_inf_nan=False), Number]


class RolloutIn(Closed):
    """How a version shall be rolled out, or how far the rollout that runs shall go."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "version": 8,
                    "stage": "canary",
                    "percent": 5,
                    "gates": [{"metric": "sla_breaches", "tier": "strategic", "most_worse": 0.02, "minimum": 50}],
                    "steps": [{"percent": 5, "hold_s": 600}, {"percent": 25, "hold_s": 1800}],
                    "starts_at": None,
                    "reason": "Outages of strategic clients go to seniors.",
                }
            ]
        },
    )

    version: VersionNumber
    stage: Literal[Stage.SHADOW, Stage.CANARY, Stage.ACTIVE]
    percent: Annotated[Percent, Field(description="Share of clients in a canary; the first step's when left out.")] = None
    gates: Annotated[tuple[RolloutGate, ...] | None, Field(max_length=50, description="What must not get worse.")] = None
    steps: Annotated[
        tuple[CanaryStep, ...] | None, Field(max_length=50, description="Shares that the service goes through by itself, then active.")
    ] = None
    starts_at: Annotated[
        Annotated[Time, AfterValidator(plausible)] | None, Field(description="When it begins, by the database's clock; now when left out.")
    ] = None
    reason: Reason = ""

    def as_plan(self) -> Plan:
        """The plan in the words of the policies."""
        return Plan(stage=Stage(self.stage), percent=self.percent, gates=self.gates, steps=self.steps, starts_at=self.starts_at)


class RollbackIn(Closed):
    """Why, and what is meant: the candidate is dropped, or the version before decides again, when no version is named."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "A strategic client reached a bot.", "to": None, "candidate": 8}]}
    )

    reason: Annotated[str, Field(min_length=1, max_length=10_000)]
    to: VersionNumber | None = Field(default=None, description="The version that decides again.")
    candidate: VersionNumber | None = Field(
        default=None, description="The version that is to be dropped: 409 when it is not being rolled out any more, and nothing changes."
    )


class RolloutVersionsOut(Shown):
    """The versions of a release by their numbers."""

    active: int | None
    previous: int | None
    candidate: int | None


class WaitingOut(Shown):
    """A case that waits for a lead under a version that decides no more, beside what the active version says of the same facts."""

    case_id: str
    turn: int
    review_id: str
    due_at: str
    client_id: str | None
    region: str
    decided: OutcomeOut
    active: OutcomeOut
    differences: list[dict[str, Any]]


class RolloutOut(Shown):
    """Which version decides, and the rollout that runs or waits for its time."""

    name: str
    active: str
    previous: str | None
    candidate: str | None
    stage: Stage | None
    percent: float
    salt: str
    gates: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    starts_at: str | None
    started_at: str | None
    started_by: str
    step_at: str | None
    held_because: str | None
    revision: int
    updated_at: str
    versions: RolloutVersionsOut
    standing: StandingOut
    waiting_total: int
    waiting: list[WaitingOut]
    links: dict[str, str]
