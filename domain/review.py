"""Review and Ruling: a case waiting at an interrupt, and the lead's answer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from domain.case import TurnInput
from domain.decision import Frozen, Gate, Route
from domain.triage import Triage

REVIEW_EXPIRY = "review-expiry"
"""The kind of the timer that ends a review."""
RULING_GRACE = "ruling-grace"
"""The kind of the timer that lets a held ruling take effect."""


class ReviewStatus(StrEnum):
    """Where a review stands."""

    OPEN = "open"
    CLAIMED = "claimed"
    RULED = "ruled"
    EXPIRED = "expired"
    CLOSED = "closed"


OVER = frozenset({ReviewStatus.RULED, ReviewStatus.EXPIRED, ReviewStatus.CLOSED})
"""Nobody rules on these any more."""


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
    reply: str = Field(
        default="", description="What the client is to read, in place of a model's words; a route to a person alone has no use for it."
    )
    question: str = Field(default="", description="What the client is asked, for `ask`.")
    reason: str = ""
    overrides: tuple[str, ...] = Field(default=(), description="Guards that its actor suspends for this one decision, by their role.")
    seconded_by: str | None = Field(default=None, description="The second person, where policy wants one for an override.")
    ruled_at: datetime


class Closing(Frozen):
    """Why a review ended without a ruling."""

    actor: str
    because: str
    at: datetime


class HeldRuling(Frozen):
    """A ruling that can still be taken back."""

    ruling: Ruling
    until: datetime = Field(description="When it takes effect.")
    revision: int = Field(description="The review's while it is held; at another one the ruling was given without what came since.")
    request_id: str = ""
    dropped: str = Field(default="", description="Why it did not take effect; the review is open again.")

    @property
    def waits(self) -> bool:
        """It will take effect unless somebody takes it back."""
        return not self.dropped


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
    override: Ruling | None = Field(default=None, description="A ruling that suspends guards and waits for a second person.")
    held: HeldRuling | None = Field(default=None, description="A ruling that can still be taken back, or the last one that was dropped.")
    ruling: Ruling | None = None
    closing: Closing | None = None
    revision: int = 1


class LaterMessage(Frozen):
    """What a client wrote while the case waits for a person, with the record that the person rules on."""

    review_id: str
    turn: TurnInput
    policy_digest: str
    record: dict[str, Any]


class Amendment(Frozen):
    """A later message as it was appended to a review."""

    id: str = Field(description="Derived from case and turn: a repeat changes nothing.")
    review_id: str
    case_id: str
    turn: int = Field(description="The turn that the message will become.")
    message_id: str
    triage: Triage
    degraded: tuple[str, ...] = ()
    worse: tuple[str, ...] = Field(default=(), description="Of severity, urgency and signals, what is worse than all that was read before.")
    guards: tuple[str, ...] = Field(default=(), description="Guards that hold with this message and did not before.")
    at: datetime
