"""Message, Case and Turn: one conversation that needs an end."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from domain.decision import Frozen, Route
from domain.facts import ContactRole, Region, Signal

THREAD_KEPT = 3
"""Earlier messages that a turn brings along: a conversation may go on for years, and each turn is kept whole."""


class CaseStatus(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    ROUTING = "routing"
    AWAITING_REVIEW = "awaiting_review"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    CLOSED = "closed"
    FAILED = "failed"


class TurnStatus(StrEnum):
    """Where one run of the graph stands."""

    PENDING = "pending"
    WAITING = "waiting"
    DECIDED = "decided"
    DONE = "done"


class Outcome(StrEnum):
    """How a case ended."""

    SOLVED = "solved"
    WORKAROUND = "workaround"
    ANSWERED = "answered"
    DECLINED = "declined"
    DUPLICATE = "duplicate"
    UNREACHABLE = "unreachable"
    SPAM = "spam"


class Resolution(Frozen):
    """The end of a case: what came of it, how content the client was, and who said so."""

    outcome: Outcome
    csat: int | None = Field(default=None, ge=1, le=5, description="The client's satisfaction, 5 is best.")
    notes: str = ""
    by: str
    at: datetime


class CaseStanding(Frozen):
    """Where a case stands, as a transaction that holds its lock sees it."""

    id: str
    region: str
    client_id: str | None
    status: CaseStatus
    last_turn: int
    priority: int
    pool: str | None
    assignee: str | None
    decision_id: str | None
    review_id: str | None
    ack_due_at: datetime | None
    resolve_due_at: datetime | None
    acknowledged_at: datetime | None
    outcome: Resolution | None
    route: Route | None
    revision: int
    updated_at: datetime
    answered_at: datetime | None = Field(description="When the AI alone answered, and so ended it unless its client comes back.")


class Reservation(Frozen):
    """A case that is kept for a person, who may accept or decline it."""

    person: str
    pool: str
    accepted_at: datetime | None = None


class Sender(Frozen):
    """Who wrote, as the channel says it."""

    client_id: str | None = None
    email: str | None = None
    name: str | None = None
    handle: str | None = None
    phone: str | None = None


class Identity(Frozen):
    """Which client and contact a sender was matched to, and by what."""

    client_id: str
    client_name: str
    region: Region
    resolved_by: str = Field(description="client_id, email, handle, phone, domain, or none.")
    confidence: float = Field(ge=0, le=1)
    contact_id: str | None = None
    contact_name: str | None = None
    contact_role: ContactRole = ContactRole.UNKNOWN
    language: str | None = None
    vip: bool = Field(default=False, description="The contract is strategic or platinum: shed last under load.")


class InboundMessage(Frozen):
    """One utterance from a channel, checked at the border."""

    channel: str
    external_id: str
    conversation_id: str
    sender: Sender
    text: str
    sent_at: datetime
    language: str | None = None
    attachments: tuple[dict[str, Any], ...] = ()
    metadata: dict[str, Any] = Field(default_factory=dict)


class TurnInput(Frozen):
    """All that one run of the graph starts from."""

    case_id: str
    turn: int
    message_id: str
    message: InboundMessage
    identity: Identity | None
    received_at: datetime
    region: str = Field(default="", description="The case's, where all that happens in it is filed; empty in what is in no case.")
    client_id: str | None = Field(default=None, description="The case's client: `identity` is whoever wrote this message.")
    request_id: str = ""
    unidentified: str = Field(default="", description="Why the CRM could not be asked who writes; empty when it answered.")
    thread: tuple[str, ...] = Field(default=(), description="The last earlier texts of the conversation, oldest first.")
    earlier_signals: tuple[Signal, ...] = Field(default=(), description="What earlier messages held, until somebody has resolved the case.")

    @property
    def filed(self) -> tuple[str, str | None]:
        """Region and client of the case; a checkpoint from before they were kept knows only who wrote."""
        if self.region:
            return self.region, self.client_id
        return (self.identity.region, self.identity.client_id) if self.identity else (Region.EU, None)


class PendingTurn(Frozen):
    """A turn that a worker can take up, with what its earlier runs left in the record."""

    input: TurnInput
    policy_digest: str
    status: TurnStatus
    record: dict[str, Any] | None = None
    ruling: dict[str, Any] | None = None
    decision: dict[str, Any] | None = None
