"""Kinds of events and ledger entries: what the outside hears of and what the audit log keeps."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.decision import Frozen


class Kind(StrEnum):
    """What happened. The same words name an event's type and a ledger entry's kind."""

    MESSAGE_RECEIVED = "message.received"
    TURN_FAILED = "turn.failed"
    REVIEW_OPENED = "review.opened"
    REVIEW_CLAIMED = "review.claimed"
    REVIEW_RELEASED = "review.released"
    REVIEW_RULED = "review.ruled"
    REVIEW_ESCALATED = "review.escalated"
    REVIEW_EXPIRED = "review.expired"
    CASE_DECIDED = "case.decided"
    CASE_REPLIED = "case.replied"
    CASE_HANDED_OVER = "case.handed_over"
    CASE_ACKNOWLEDGED = "case.acknowledged"
    CASE_RESOLVED = "case.resolved"
    CASE_REOPENED = "case.reopened"
    CASE_TRANSFERRED = "case.transferred"
    CASE_ACCEPTED = "case.accepted"
    CASE_DECLINED = "case.declined"
    SLA_STEP_DUE = "sla.step_due"
    POLICY_LOADED = "policy.loaded"
    KEY_CREATED = "key.created"
    KEY_REVOKED = "key.revoked"


class Event(Frozen):
    """One line of the event stream, before it becomes a CloudEvent."""

    sequence: int
    id: str
    kind: Kind
    case_id: str | None
    region: str
    at: datetime
    data: dict[str, Any]
