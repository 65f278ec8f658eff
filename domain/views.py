"""What goes into the stores and what is read from them, apart from the records themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from domain.case import CaseStatus, Identity
from domain.decision import Frozen, Route


def part(data: Mapping[str, Any] | None, *path: str) -> dict[str, Any]:
    """The object at `path` of plain data; empty when it, or anything on the way, is missing or null."""
    for name in path:
        data = (data or {}).get(name)
    return data if isinstance(data, dict) else {}


class CaseOpening(Frozen):
    """What intake knows when a message is accepted."""

    case_id: str = Field(description="Id of the case, if this message opens one.")
    message_id: str
    identity: Identity | None
    unidentified: str = Field(default="", description="Why the CRM could not be asked who writes.")
    region: str
    policy_digest: str
    request_id: str
    at: datetime


class Accepted(Frozen):
    """The case and turn of an accepted message."""

    case_id: str
    turn: int
    message_id: str
    repeated: bool = Field(description="This message was here before; nothing was written.")
    opened: bool = Field(default=False, description="The message opened the case.")
    region: str = Field(description="The case's, as for `client_id`: another client's contact may have written in its conversation.")
    client_id: str | None

    @classmethod
    def as_first(cls, opening: CaseOpening) -> Accepted:
        """What is true of a message that opens a case."""
        return cls(
            case_id=opening.case_id,
            turn=1,
            message_id=opening.message_id,
            repeated=False,
            opened=True,
            region=opening.region,
            client_id=opening.identity.client_id if opening.identity else None,
        )


class CaseChange(Frozen):
    """New values of a case; None leaves a field alone."""

    status: CaseStatus | None = None
    tier: str | None = None
    pool: str | None = None
    priority: int | None = None
    assignee: str | None = None
    value: dict[str, Any] | None = None
    signals: tuple[str, ...] | None = Field(default=None, description="They join those that stand until somebody has resolved the case.")
    decision_id: str | None = None
    review_id: str | None = None
    reply: dict[str, Any] | None = None
    handover: dict[str, Any] | None = None
    ack_due_at: datetime | None = None
    resolve_due_at: datetime | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    outcome: dict[str, Any] | None = None
    route: Route | None = Field(default=None, description="The route that stands from now on, until the next decision.")
    at: datetime


class ReviewStanding(Frozen):
    """What the list of reviews is ordered and filtered by."""

    pool: str
    at_stake: float
    sla_due_at: datetime


class Timer(Frozen):
    """Something that will be done at `due_at`."""

    id: str
    case_id: str
    kind: str
    due_at: datetime
    data: dict[str, Any] = Field(default_factory=dict)


class CaseQuery(Frozen):
    """Filters of the list of cases."""

    status: str | None = None
    tier: str | None = None
    client_id: str | None = None
    pool: str | None = None
    region: str | None = None
    words: tuple[str, ...] = Field(
        default=(), description="All of them stand in the client's name or id, tier, pool, channel or a case's ids."
    )
    before: tuple[datetime, str] | None = None
    after: tuple[datetime, str] | None = Field(default=None, description="Only cases that are newer: the oldest of those.")
    limit: int = 50


class ReviewQuery(Frozen):
    """Filters of the list of reviews."""

    status: str | None = Field(default=None, description="A status, or `waiting`: open, or claimed by whomever.")
    pool: str | None = None
    region: str | None = None
    client_id: str | None = None
    after: tuple[datetime, float, str] | None = None
    limit: int = 50


class LedgerQuery(Frozen):
    """Filters of the ledger."""

    case_id: str | None = None
    actor: str | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    region: str | None = Field(default=None, description="Only entries about cases of this region, and those about no case.")
    client_id: str | None = Field(default=None, description="Only entries about cases of this client.")
    q: str | None = Field(default=None, description='Words of the entry, as a search engine takes them: all of them, "a phrase", or, -not.')
    after: int = 0
    before: int | None = Field(default=None, description="Only entries of a smaller index.")
    newest_first: bool = False
    limit: int = 50


class CaseRow(Frozen):
    """A case as it is stored, with its last decision (as recorded), review and messages."""

    case: dict[str, Any]
    decision: dict[str, Any] | None = None
    review: dict[str, Any] | None = None
    assignment: dict[str, Any] | None = None
    messages: tuple[dict[str, Any], ...] = ()
    asks: str = Field(default="", description="In lists, which have no messages: the beginning of what the client wrote first.")


class ReviewRow(Frozen):
    """A review with its case and the record that a lead rules on."""

    review: dict[str, Any]
    case: dict[str, Any]
    record: dict[str, Any]
    messages: tuple[dict[str, Any], ...] = ()
    amendments: tuple[dict[str, Any], ...] = ()
    asks: str = Field(default="", description="What the client wrote, in lists, which have no messages.")
