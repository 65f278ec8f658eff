"""Reviews as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.responses import GuardOut, MessageOut, PolicyRefOut, ProposalOut, RouteOut, Shown, SlaOut, ValueOut
from domain.decision import OnExpiry


class AmendmentOut(Shown):
    """What the client wrote while the review was open: `worse` says in what it is worse than all before, `guards` which hold only now."""

    id: str
    turn: int
    message_id: str
    external_id: str
    text: str
    triage: dict[str, Any]
    degraded: list[str]
    worse: list[str]
    guards: list[str]
    sent_at: str
    appended_at: str


class ClosingOut(Shown):
    """Why a review ended without a ruling, and who ended it."""

    actor: str
    because: str
    at: str


class ReviewedClientOut(Shown):
    """Whom the case is about; `id` and `name` are null for a stranger."""

    id: str | None
    name: str | None
    tier: str


class CitedFactOut(Shown):
    """What a tool found, with its source and age."""

    id: str
    text: str
    source: str
    as_of: str
    age_s: int


class ReviewOut(Shown):
    """All that a lead needs to rule."""

    id: str
    case_id: str
    turn: int
    status: str
    by: str
    on_expiry: OnExpiry = Field(description="What happens at `due_at` when nobody ruled.")
    opened_at: str
    due_at: str
    escalations: int = Field(description="How often nobody ruled in time.")
    claimed_by: str | None
    claim_expires_at: str | None
    revision: int = Field(description="What the ETag says.")
    client: ReviewedClientOut
    region: str
    priority: int
    value: ValueOut | None
    proposal: ProposalOut | None
    route: RouteOut
    envelope: dict[str, Any]
    guards: list[GuardOut]
    sla: SlaOut
    triage: dict[str, Any] | None = Field(description="What triage read in the message.")
    facts: list[CitedFactOut] = Field(description="What the tools found.")
    policy: PolicyRefOut
    override: dict[str, Any] | None
    ruling: dict[str, Any] | None
    closing: ClosingOut | None
    messages: list[MessageOut]
    amendments: list[AmendmentOut]
    links: dict[str, str]


class ReviewsOut(Shown):
    """A page of reviews, most urgent first."""

    items: list[ReviewOut]
    next_cursor: str | None
