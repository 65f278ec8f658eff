"""Kinds of events and ledger entries: what the outside hears of and what the audit log keeps."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from domain.decision import Frozen


class Kind(StrEnum):
    """What happened. The same words name an event's type and a ledger entry's kind."""

    MESSAGE_RECEIVED = "message.received"
    TURN_FAILED = "turn.failed"
    REVIEW_OPENED = "review.opened"
    REVIEW_CLAIMED = "review.claimed"
    REVIEW_RELEASED = "review.released"
    REVIEW_OVERRIDE_ASKED = "review.override_asked"
    REVIEW_RULING_HELD = "review.ruling_held"
    REVIEW_RULING_UNDONE = "review.ruling_undone"
    REVIEW_RULING_DROPPED = "review.ruling_dropped"
    REVIEW_RULED = "review.ruled"
    GUARDS_OVERRIDDEN = "guards.overridden"
    REVIEW_ESCALATED = "review.escalated"
    REVIEW_EXPIRED = "review.expired"
    REVIEW_AMENDED = "review.amended"
    REVIEW_CLOSED = "review.closed"
    CASE_DECIDED = "case.decided"
    CASE_REPLIED = "case.replied"
    CASE_HANDED_OVER = "case.handed_over"
    CASE_ACKNOWLEDGED = "case.acknowledged"
    CASE_RESOLVED = "case.resolved"
    CASE_REOPENED = "case.reopened"
    CASE_REASSIGNED = "case.reassigned"
    CASE_CLOSED = "case.closed"
    CASE_TRANSFERRED = "case.transferred"
    CASE_ACCEPTED = "case.accepted"
    CASE_DECLINED = "case.declined"
    SLA_STEP_DUE = "sla.step_due"
    POLICY_LOADED = "policy.loaded"
    POLICY_DRAFTED = "policy.drafted"
    POLICY_SUBMITTED = "policy.submitted"
    POLICY_APPROVED = "policy.approved"
    POLICY_REJECTED = "policy.rejected"
    POLICY_APPROVALS_LAPSED = "policy.approvals_lapsed"
    POLICY_ROLLOUT_PLANNED = "policy.rollout_planned"
    POLICY_ROLLOUT_STARTED = "policy.rollout_started"
    POLICY_ROLLOUT_MOVED = "policy.rollout_moved"
    POLICY_ROLLOUT_HELD = "policy.rollout_held"
    POLICY_ACTIVATED = "policy.activated"
    POLICY_ROLLED_BACK = "policy.rolled_back"
    POLICY_CASE_RECALLED = "policy.case_recalled"
    POLICY_CASE_SEEN = "policy.case_seen"
    POLICY_REFUSED = "policy.refused"
    POLICY_IMPORTED = "policy.imported"
    EVAL_CANDIDATE_COLLECTED = "eval.candidate_collected"
    EVAL_CANDIDATE_LABELLED = "eval.candidate_labelled"
    EVAL_CANDIDATE_ACCEPTED = "eval.candidate_accepted"
    EVAL_CANDIDATE_REJECTED = "eval.candidate_rejected"
    EVAL_DATASET_EXPORTED = "eval.dataset_exported"
    EVAL_WINDOW_ACCEPTED = "eval.window_accepted"
    KEY_CREATED = "key.created"
    KEY_REVOKED = "key.revoked"
    ACCOUNT_INVITED = "account.invited"
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_LET_IN = "account.let_in"
    ACCOUNT_KEPT_OUT = "account.kept_out"
    ACCOUNT_LOCKED = "account.locked"
    ACCOUNT_UNLOCKED = "account.unlocked"


class Happening(Frozen):
    """One thing that was done: a line of the ledger and, when `event` is set, an event for the outside."""

    id: str = Field(description="Derived from what it records, so that a retry cannot write it twice.")
    kind: Kind
    case_id: str | None
    region: str
    client_id: str | None = None
    actor: str
    at: datetime
    request_id: str = ""
    entry: dict[str, Any] = Field(description="What the ledger keeps: ids, digests and outcomes, no personal data.")
    event: dict[str, Any] | None = Field(default=None, description="What the outside hears.")


class Event(Frozen):
    """One line of the event stream, before it becomes a CloudEvent."""

    sequence: int
    id: str
    kind: Kind
    case_id: str | None
    region: str
    at: datetime
    request_id: str = Field(default="", description="The request that caused it.")
    data: dict[str, Any]
