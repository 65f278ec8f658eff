"""The inbox: lines that say what decides about each review, how somebody looks at them, and the looks that they keep."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NamedTuple, Protocol

from pydantic import AfterValidator, Field, StringConstraints

from domain.decision import Frozen


class View(StrEnum):
    """Which reviews somebody wants to see."""

    WAITING = "waiting"
    UNCLAIMED = "unclaimed"
    MINE = "mine"
    CLAIMED = "claimed"
    RULED = "ruled"
    EXPIRED = "expired"


class Sort(StrEnum):
    """What comes first."""

    URGENCY = "urgency"
    """The least time to the promised answer, then the most money at stake."""
    VALUE = "value"
    NEWEST = "newest"
    OLDEST = "oldest"


class Place(NamedTuple):
    """Where a list was cut: the last line's time (its promise's, or when it opened), money at stake and id."""

    at: datetime
    at_stake: float
    id: str


class InboxQuery(Frozen):
    """What a list shows."""

    view: View = View.WAITING
    sort: Sort = Sort.URGENCY
    actor: str = Field(description="Whose reviews `mine` are.")
    pool: str | None = None
    tier: str | None = None
    region: str | None = None
    client_id: str | None = None
    words: tuple[str, ...] = Field(
        default=(), description="All of them stand in what was written, the client's name or id, the pool or the case's id."
    )
    ids: tuple[str, ...] | None = Field(default=None, description="These alone.")
    after: Place | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One review as lists show it. Thousands are read, so it is no model."""

    id: str
    case_id: str
    revision: int
    status: str
    """As stored: a claim may have run out since."""
    claimed_by: str | None
    claim_expires_at: datetime | None
    sla_due_at: datetime
    opened_at: datetime
    at_stake: float
    currency: str | None
    client_id: str | None
    client_name: str | None
    tier: str | None
    region: str
    pool: str
    mode: str
    confidence: float | None
    contested: bool
    """An override waits for a second person."""
    ruled_by: str | None
    """Whose ruling waits to take effect, and can still be taken back."""
    ended_by: str | None
    """Whose ruling took effect, ..."""
    ended_how: str | None
    """... what it was, ..."""
    ended_at: datetime | None
    """... and when it was given."""
    asks: str
    """The beginning of what the client wrote."""

    def holder(self, now: datetime) -> str | None:
        """Who holds it; a claim that ran out holds nothing."""
        return self.claimed_by if self.claim_expires_at is not None and self.claim_expires_at > now else None

    def place(self, sort: Sort) -> Place:
        """Where a list that ends with this line goes on."""
        return Place(self.opened_at if sort in (Sort.NEWEST, Sort.OLDEST) else self.sla_due_at, self.at_stake, self.id)


class InboxLists(Protocol):
    """Reads lines."""

    async def lines(self, query: InboxQuery) -> list[InboxLine]:
        """In the order that was asked for."""
        ...

    async def lines_of(self, review_ids: Collection[str]) -> list[InboxLine]:
        """These reviews, whatever became of them, in no order."""
        ...


def _must_be_seen(name: str) -> str:
    if not name.isprintable():
        raise ValueError("holds marks that cannot be seen")
    return name


LookName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(_must_be_seen)]


class SavedLook(Frozen):
    """A look that somebody keeps under a name."""

    name: LookName
    query: str = Field(max_length=1000, description="As it stands in the address, without the question mark.")


class SavedLooks(Protocol):
    """Each person's own."""

    async def of(self, person_id: str) -> list[SavedLook]:
        """By name."""
        ...

    async def put(self, person_id: str, look: SavedLook, most: int) -> bool:
        """Keep a look; one of the same name is replaced. False when the person has `most` others."""
        ...

    async def drop(self, person_id: str, name: str) -> bool:
        """Forget one; False when there is none."""
        ...
