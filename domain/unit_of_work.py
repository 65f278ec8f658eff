"""The unit of work: what one transaction may write, all or nothing."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from domain.case import CaseStanding, InboundMessage, Reservation, TurnStatus
from domain.context import Reply
from domain.decision import Decision, Route
from domain.events import Happening
from domain.review import Amendment, Review, Ruling
from domain.views import (
    Accepted,
    CaseChange,
    CaseOpening,
    ReviewStanding,
    Timer,
)


class Cases(Protocol):
    """Cases and their messages."""

    async def open(self, message: InboundMessage, opening: CaseOpening, received: Happening) -> Accepted | None:
        """Store the message that opens a case, with its journal, as a transaction by itself; None, and nothing is stored, for others."""
        ...

    async def accept(self, message: InboundMessage, opening: CaseOpening) -> Accepted:
        """Store an inbound message with its case and turn, or find the ones that it already has."""
        ...

    async def locked(self, *case_ids: str) -> dict[str, CaseStanding]:
        """Where cases stand, locked until the transaction ends. It is the first lock of whoever ends or moves a case."""
        ...

    async def settle(self, case_id: str, change: CaseChange) -> None:
        """Apply a change to a case and move its revision on."""
        ...

    async def reopen(self, case_id: str) -> None:
        """Forget how and when the case was resolved; its promises begin again."""
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

    async def end(self, case_id: str, actor: str) -> list[int]:
        """End every turn that has no decision yet, for good, and say which."""
        ...

    async def repeat(self, case_id: str, turn: int, policy_digest: str, request_id: str, at: datetime) -> int | None:
        """Begin a new turn for the message of a turn that was ended without a decision; None when the turn was not."""
        ...


class Decisions(Protocol):
    """Decisions with their whole record."""

    async def put(self, decision: Decision, record: dict[str, Any]) -> None:
        """Store a decision; the transaction fails with AlreadyDecided when its turn has one."""
        ...

    async def of(self, case_id: str, turn: int) -> Decision:
        """The decision of a turn that has one. Raises TurnEnded for a turn that was ended without."""
        ...


class Reviews(Protocol):
    """Cases that wait for a person."""

    async def put(self, review: Review, standing: ReviewStanding) -> bool:
        """Store a review; False when this turn already has one, or was ended."""
        ...

    async def locked(self, review_id: str) -> Review | None:
        """The review, locked until the transaction ends."""
        ...

    async def save(self, review: Review) -> None:
        """Store a changed review and move its revision on."""
        ...

    async def renew(self, review_id: str, until: datetime) -> None:
        """Prolong a claim; the revision stays."""
        ...

    async def amend(self, amendment: Amendment, due_at: datetime, sla_due_at: datetime) -> bool:
        """Append a later message and move the revision on; due times only come nearer. False when it was appended before."""
        ...

    async def amendments(self, review_id: str) -> list[Amendment]:
        """What was appended to a review, in order."""
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

    async def cancel(self, case_id: str, kind: str, promise: str | None = None) -> None:
        """Remove the timers of one kind of a case, or only those of one promise."""
        ...

    async def take_due(self, now: datetime, limit: int = 50) -> list[Timer]:
        """Take the due timers that no other worker holds; they are gone when the transaction commits."""
        ...


class Assignments(Protocol):
    """Who works a case."""

    async def assign(self, case_id: str, turn: int, route: Route, language: str, at: datetime) -> str | None:
        """Give the case to a fitting person with free capacity and return the person's id; None when nobody is free."""
        ...

    async def move(self, step: str, case_id: str, turn: int, route: Route, language: str, at: datetime, because: str) -> str | None:
        """Free who has the case, and give it to the person whom the route names or to a fitting one who did not decline it before."""
        ...

    async def holder(self, case_id: str) -> Reservation | None:
        """Who has the case now."""
        ...

    async def accept(self, case_id: str, at: datetime) -> None:
        """Who has the case takes it on."""
        ...

    async def end(self, case_id: str, at: datetime, because: str) -> None:
        """Who had the case is free for another one."""
        ...

    async def works_in(self, person_id: str, pool: str) -> bool:
        """Whether this person exists and works in the pool."""
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
