"""How a release may change, as pure functions: each takes the release that stands and gives the one that shall, with the stages that move.

At any time one version is active. A candidate waits for its time as `approved`, or is in shadow or canary; nothing else is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field

from domain.decision import Frozen
from domain.errors import Conflict, InvalidInput
from domain.events import Kind
from domain.policy_life import CanaryStep, Release, RolloutGate, Stage

ORDER = {Stage.SHADOW: 1, Stage.CANARY: 2, Stage.ACTIVE: 3}
"""The way of a rollout; it never goes back, except by a rollback."""
NO_CANDIDATE: dict[str, Any] = {
    "candidate": None,
    "stage": None,
    "percent": 0.0,
    "salt": "",
    "gates": (),
    "steps": (),
    "starts_at": None,
    "started_at": None,
    "started_by": "",
    "step_at": None,
    "held_because": None,
}


class Plan(Frozen):
    """How a version shall be rolled out."""

    stage: Stage
    percent: float | None = Field(default=None, ge=0, le=100)
    gates: tuple[RolloutGate, ...] | None = Field(default=None, description="None leaves those that stand.")
    steps: tuple[CanaryStep, ...] | None = Field(default=None, description="None leaves those that stand.")
    starts_at: datetime | None = None


@dataclass(frozen=True)
class By:
    """Who changes a release, and when."""

    actor: str
    at: datetime


@dataclass(frozen=True)
class StageMove:
    """One version goes from one stage to another."""

    digest: str
    before: Stage
    after: Stage


@dataclass(frozen=True)
class Transition:
    """A release as it shall stand (at the revision that was read), and all that changes with it."""

    kind: Kind
    release: Release
    moves: tuple[StageMove, ...] = ()
    activated: bool = False
    """A rollout made a version active, and where a rollback of it would go is to be remembered."""


def candidate_stage(release: Release) -> Stage | None:
    """The stage that the candidate has: approved until its time comes."""
    if release.candidate is None:
        return None
    return release.stage if release.started_at else Stage.APPROVED


def start(release: Release, digest: str, stage: Stage, plan: Plan, by: By, salt: str) -> Transition:
    """Begin a rollout of the version `digest`, which stands at `stage`, now or at `plan.starts_at`.

    What waits for its time can be planned anew. Raises Conflict when another rollout runs or the version is not approved, InvalidInput for
    a plan that makes no sense.
    """
    if release.candidate not in (None, digest):
        raise Conflict.said("A rollout of another version runs: finish it, or roll it back first.")
    if release.active == digest:
        raise Conflict.said("This version is active already.")
    if stage is not Stage.APPROVED:
        raise Conflict.said("Only an approved version is rolled out; this one is %(stage)s.", {"stage": stage})
    if plan.starts_at is not None and plan.starts_at <= by.at:
        raise InvalidInput.said(
            "A rollout cannot start in the past.", errors=[("/starts_at", "must lie in the future; leave it out to start now")]
        )
    planned = release.model_copy(
        update={
            **NO_CANDIDATE,
            "candidate": digest,
            "stage": plan.stage,
            "percent": share_of(plan),
            "salt": salt,
            "gates": plan.gates or (),
            "steps": plan.steps or (),
            "starts_at": plan.starts_at,
            "started_by": by.actor,
        }
    )
    if plan.starts_at is not None:
        return Transition(Kind.POLICY_ROLLOUT_PLANNED, planned)
    return begin(planned, by.at)


def begin(release: Release, at: datetime) -> Transition:
    """The time of the candidate has come."""
    candidate, stage = _waiting(release)
    if stage is Stage.ACTIVE:
        return _activated(release, candidate, Stage.APPROVED)
    begun = release.model_copy(update={"started_at": at, "step_at": at, "held_because": None})
    return Transition(Kind.POLICY_ROLLOUT_STARTED, begun, (StageMove(candidate, Stage.APPROVED, stage),))


def hold(release: Release, because: str) -> Transition:
    """A rollout waits for a person, with the reason."""
    if release.candidate is None:
        raise Conflict.said("No rollout runs.")
    return Transition(Kind.POLICY_ROLLOUT_HELD, release.model_copy(update={"held_because": because}))


def move(release: Release, plan: Plan, at: datetime) -> Transition:
    """Go on with a rollout that runs: a larger share, the next stage, other gates or steps. Raises Conflict for a way back."""
    candidate, before = _running(release)
    if plan.starts_at is not None:
        raise Conflict.said("This rollout runs already: `starts_at` is for one that begins.")
    if ORDER[plan.stage] < ORDER[before]:
        raise Conflict.said("A rollout goes on, not back: it is in %(stage)s. Roll it back instead.", {"stage": before})
    if plan.stage is Stage.ACTIVE:
        share_of(plan)
        return _activated(release, candidate, before)
    percent = share_of(plan)
    if percent < release.percent:
        raise Conflict.said(
            "The share of a canary only grows, so that nobody is moved back and forth; it is %(percent)g %% now.",
            {"percent": release.percent},
        )
    same_share = plan.stage is before and percent == release.percent
    moved = release.model_copy(
        update={
            "stage": plan.stage,
            "percent": percent,
            "gates": release.gates if plan.gates is None else plan.gates,
            "steps": release.steps if plan.steps is None else plan.steps,
            "step_at": release.step_at if same_share else at,
            "held_because": None,
        }
    )
    moves = () if plan.stage is before else (StageMove(candidate, before, plan.stage),)
    return Transition(Kind.POLICY_ROLLOUT_MOVED, moved, moves)


def roll_back(release: Release, activations: Mapping[str, str | None], stages: Mapping[str, Stage], to: str | None = None) -> Transition:
    """Drop the candidate; or, when there is none or `to` names a version, let one decide again that was active before.

    `stages` tells where versions stand that may be gone back to. What decided nothing yet stays approved; a canary that is dropped is
    retired, and so is the active version that is left. Raises Conflict.
    """
    dropped = _dropped(release)
    if to is None and release.candidate is None:
        if release.previous is None:
            raise Conflict.said("No version was active before this one, so there is nothing to go back to.")
        to = release.previous
    if to in (None, release.active):
        if release.candidate is None:
            raise Conflict.said("This version is active already.")
        return Transition(Kind.POLICY_ROLLED_BACK, release.model_copy(update=NO_CANDIDATE), dropped)
    if to not in activations and to != release.previous:
        raise Conflict.said("A rollback goes to a version that was active once; this one never was. Roll it out instead.")
    stands = {**stages, **{one.digest: one.after for one in dropped}}.get(to, Stage.RETIRED)
    moves = (*dropped, StageMove(release.active, Stage.ACTIVE, Stage.RETIRED), StageMove(to, stands, Stage.ACTIVE))
    restored = release.model_copy(update={**NO_CANDIDATE, "active": to, "previous": activations.get(to)})
    return Transition(Kind.POLICY_ROLLED_BACK, restored, moves)


def share_of(plan: Plan) -> float:
    """The share of clients that a plan asks for. Raises InvalidInput."""
    steps = [step.percent for step in plan.steps or ()]
    if steps != sorted(set(steps)):
        raise InvalidInput.said(
            "Each step of a canary takes a larger share than the one before.", errors=[("/steps", "must grow from step to step")]
        )
    if plan.stage is not Stage.CANARY:
        if plan.percent or steps:
            raise InvalidInput.said(
                "Only a canary has a share of clients.", errors=[("/percent", f"does not go with the stage {plan.stage}")]
            )
        return 0.0
    percent = plan.percent if plan.percent is not None else (steps[0] if steps else 0.0)
    if percent <= 0:
        raise InvalidInput.said("A canary needs a share of clients.", errors=[("/percent", "must be above 0, or `steps` must be given")])
    return percent


def _waiting(release: Release) -> tuple[str, Stage]:
    if release.candidate is None or release.stage is None or release.started_at is not None:
        raise Conflict.said("No rollout waits for its time.")
    return release.candidate, release.stage


def _running(release: Release) -> tuple[str, Stage]:
    if release.candidate is None or release.stage is None or release.started_at is None:
        raise Conflict.said("No rollout runs.")
    return release.candidate, release.stage


def _activated(release: Release, candidate: str, before: Stage) -> Transition:
    active = release.model_copy(update={**NO_CANDIDATE, "active": candidate, "previous": release.active})
    moves = (StageMove(release.active, Stage.ACTIVE, Stage.RETIRED), StageMove(candidate, before, Stage.ACTIVE))
    return Transition(Kind.POLICY_ACTIVATED, active, moves, activated=True)


def _dropped(release: Release) -> tuple[StageMove, ...]:
    stage = candidate_stage(release)
    if release.candidate is None or stage in (None, Stage.APPROVED):
        return ()
    return (StageMove(release.candidate, stage, Stage.RETIRED if stage is Stage.CANARY else Stage.APPROVED),)
