"""The life of a policy: immutable versions, the stage each is in, who approved it, and which of them decides live traffic."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from domain.decision import Frozen


class Stage(StrEnum):
    """Where a version stands. It is kept apart from the text, which never changes."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SHADOW = "shadow"
    CANARY = "canary"
    ACTIVE = "active"
    RETIRED = "retired"


class ApprovalNeeds(Frozen):
    """What must be approved before a version may be rolled out, found by comparing it with the version that is active."""

    base_digest: str | None = Field(description="The active version that it was compared with; None when there was none.")
    approvals: int = Field(default=1, ge=1, description="How many people, none of them the author, must approve.")
    owners: tuple[str, ...] = Field(default=(), description="Roles that must be among them: owners of guards that changed.")
    board: bool = Field(default=False, description="One of them must sit on the review board: what strategic tiers get changes.")
    unproved: tuple[str, ...] = Field(default=(), description="Checks that were out of a prover's reach; an approver accepts them by name.")
    why: tuple[str, ...] = Field(default=(), description="The reasons, as sentences.")


class Approval(Frozen):
    """One person's word on a version."""

    id: str
    digest: str
    actor: str
    roles: tuple[str, ...]
    approves: bool
    accepts: tuple[str, ...] = Field(default=(), description="The unproved checks that this approver takes responsibility for.")
    reason: str = ""
    at: datetime
    expires_at: datetime


class PolicyVersion(Frozen):
    """An immutable text with its standing."""

    name: str
    version: int
    digest: str
    text: str
    stage: Stage
    author: str
    created_at: datetime
    revision: int = Field(description="Moves on with every change of the standing.")
    needs: ApprovalNeeds | None = None
    submitted_at: datetime | None = None
    reason: str = Field(default="", description="Why the standing last changed.")


class Metric(StrEnum):
    """What a gate compares between the candidate and the active version; each is a share of cases."""

    ERRORS = "errors"
    SLA_BREACHES = "sla_breaches"
    ESCALATIONS = "escalations"
    OVERRULED = "overruled"
    REVIEWS = "reviews"
    FORBIDDEN = "forbidden"


class RolloutGate(Frozen):
    """Something that must not get worse. `forbidden` counts routes that the active version's envelope would not have allowed."""

    metric: Metric
    tier: str | None = Field(default=None, max_length=64, description="Only cases of this tier.")
    most_worse: float = Field(default=0.0, ge=0, le=1, description="How much larger the candidate's share may be than the active one's.")
    minimum: int = Field(default=30, ge=0, le=1_000_000, description="Cases of the candidate below which the gate cannot promote.")


class CanaryStep(Frozen):
    """One step of a canary: so many percent of clients, for at least so long."""

    percent: float = Field(gt=0, le=100)
    hold_s: int = Field(default=600, ge=0, le=31_536_000)


class Release(Frozen):
    """What decides the traffic of one policy name: the active version and, while a rollout runs, its candidate."""

    name: str
    active: str = Field(description="Digest of the version that decides.")
    previous: str | None = Field(default=None, description="Digest that a rollback goes back to.")
    candidate: str | None = None
    stage: Stage | None = Field(default=None, description="shadow or canary, while there is a candidate.")
    percent: float = Field(default=0.0, ge=0, le=100, description="Share of clients that the candidate decides for, in canary.")
    salt: str = Field(default="", description="Draws the buckets; stays while the share grows, so that nobody is moved back and forth.")
    gates: tuple[RolloutGate, ...] = ()
    steps: tuple[CanaryStep, ...] = Field(
        default=(), description="The shares that the roller goes through by itself; empty: it only guards."
    )
    starts_at: datetime | None = Field(default=None, description="By the database's clock; before it nothing changes.")
    started_at: datetime | None = None
    started_by: str = ""
    step_at: datetime | None = Field(default=None, description="When the present share began.")
    held_because: str | None = Field(default=None, description="Set while the roller waits for a person.")
    revision: int = 1
    updated_at: datetime
