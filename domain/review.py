"""Review and Ruling: a case waiting at an interrupt, and the lead's answer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from domain.decision import Frozen, Gate, Route


class ReviewStatus(StrEnum):
    """Where a review stands."""

    OPEN = "open"
    CLAIMED = "claimed"
    RULED = "ruled"
    EXPIRED = "expired"


class RulingAction(StrEnum):
    """What a lead can say."""

    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"
    REASSIGN = "reassign"
    ASK = "ask"


class Ruling(Frozen):
    """A lead's answer. It is stored durably first, then the graph resumes with it."""

    action: RulingAction
    actor: str = Field(description="`person:<id>`, `key:<name>` or `policy`.")
    route: Route | None = Field(default=None, description="The wanted route of edit and reassign.")
    note: str = ""
    question: str = Field(default="", description="What the client is asked, for `ask`.")
    reason: str = ""
    ruled_at: datetime


class Review(Frozen):
    """A case that waits for a person."""

    id: str
    case_id: str
    turn: int
    status: ReviewStatus
    gate: Gate
    opened_at: datetime
    due_at: datetime
    escalations: int = 0
    claimed_by: str | None = None
    claim_expires_at: datetime | None = None
    ruling: Ruling | None = None
    revision: int = 1
