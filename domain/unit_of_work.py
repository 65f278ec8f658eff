"""The unit of work: what one transaction may write, all or nothing."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from domain.case import InboundMessage, TurnStatus
from domain.context import Reply
from domain.decision import Decision, Route
from domain.events import Happening
from domain.review import Review, Ruling
from domain.views import (
    Accepted,
    CaseChange,
    CaseOpening,
    ReviewStanding,
    Timer,
)


class Cases(Protocol):
    """Cases and their messages."""

    async def accept(self, message: InboundMessage, opening: CaseOpening) -> Accepted:
        """Store an inbound message with its case and turn, or find the ones that it already has."""
        ...

    async def settle(self, case_id: str, change: CaseChange) -> None:
        """Apply a change to a case and move its revision on."""
        ...

    async def answer(self, case_id: str, turn: int, reply: Reply, at: datetime) -> None:
        """Add our reply to the conversation."""
        ...


class Turns(Protocol):
    """Runs of the graph."""

    async def move(self, case_id: str, turn: int, status: TurnStatus, record: dict[str, Any] | None = None) -> None:
        """Set where a turn stands; `record` keeps facts and proposal so that the run can be rebuilt without its checkpoint."""
        ...

    async def rule(self, case_id: str, turn: int, ruling: Ruling) -> None:
        """Keep the ruling that the turn will resume with."""
        ...


class Decisions(Protocol):
    """Decisions with their whole record."""

    async def put(self, decision: Decision, record: dict[str, Any]) -> None:
        """Store a decision; the transaction fails with AlreadyDecided when its turn has one."""
        ...

    async def of(self, case_id: str, turn: int) -> Decision:
        """The decision of a turn that has one."""
        ...


class Reviews(Protocol):
    """Cases that wait for a person."""

    async def put(self, review: Review, standing: ReviewStanding) -> bool:
        """Store a review; False when this turn already has one."""
        ...

    async def locked(self, review_id: str) -> Review | None:
        """The review, locked until the transaction ends."""
        ...

    async def save(self, review: Review) -> None:
        """Store a changed review and move its revision on."""
        ...


class Journal(Protocol):
    """Ledger and outbox: what happened is written to both in the transaction that did it."""

    async def write(self, *happenings: Happening) -> None:
        """Append; a happening whose id is there already is left alone."""
        ...


class Timers(Protocol):
    """Durable timers."""

    async def schedule(self, *timers: Timer) -> None:
        """Add timers; one whose id is there already is left alone."""
        ...

    async def cancel(self, case_id: str, kind: str) -> None:
        """Remove the timers of one kind of a case."""
        ...

    async def take_due(self, now: datetime, limit: int = 50) -> list[Timer]:
        """Take the due timers that no other worker holds; they are gone when the transaction commits."""
        ...


class Assignments(Protocol):
    """Who works a case."""

    async def assign(self, case_id: str, turn: int, route: Route, language: str, at: datetime) -> str | None:
        """Give the case to a fitting person with free capacity and return the person's id; None when nobody is free."""
        ...

    async def end(self, case_id: str, at: datetime) -> None:
        """The case needs nobody any more."""
        ...


class Tx(Protocol):
    """One open transaction."""

    @property
    def cases(self) -> Cases: ...
    @property
    def turns(self) -> Turns: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def reviews(self) -> Reviews: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def timers(self) -> Timers: ...
    @property
    def assignments(self) -> Assignments: ...


class Store(Protocol):
    """The truth: PostgreSQL."""

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """All or nothing. Raises AlreadyDecided, or StoreUnavailable within a second when the server does not answer."""
        ...
