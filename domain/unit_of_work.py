"""The unit of work: what one transaction may write, all or nothing."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from domain.access import KeyRoll
from domain.account import AccountRoll
from domain.case import CaseStanding, InboundMessage, Reservation, TurnStatus
from domain.context import Reply
from domain.decision import Decision, Route
from domain.eval_candidate import Candidates
from domain.eval_window import Windows
from domain.events import Happening
from domain.policy_life import Approval, ApprovalNeeds, PolicyVersion, Release, Stage
from domain.review import Amendment, Review, Ruling
from domain.rollout_views import Recalls
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

    async def quiet(self, since: datetime, limit: int) -> list[CaseStanding]:
        """Cases at their end in which nothing has happened since then, locked until the transaction ends."""
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

    async def write_once(self, *happenings: Happening) -> None:
        """Append; the transaction fails with AlreadyWritten when one of them is there already."""
        ...


class Timers(Protocol):
    """Durable timers."""

    async def schedule(self, *timers: Timer) -> None:
        """Add timers; one whose id is there already is left alone."""
        ...

    async def cancel(self, case_id: str, kind: str, promise: str | None = None) -> None:
        """Remove the timers of one kind of a case, or only those of one promise."""
        ...

    async def cancel_answered(self, case_id: str, kind: str) -> None:
        """Remove the timers of one kind of a case that an answer of this moment ends."""
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

    async def anyone_free(self, case_id: str, pool: str) -> bool:
        """Whether somebody of the pool could take the case now, who did not decline it before."""
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


class Policies(Protocol):
    """Versions of policies and their standing. Who locks a release as well locks that first."""

    async def put(self, name: str, digest: str, text: str, author: str, stage: Stage = Stage.DRAFT) -> tuple[PolicyVersion, bool]:
        """Store a text as the next version of its name; the version that has this digest already, and False, when it is known."""
        ...

    async def active(self, name: str) -> str | None:
        """The digest that decides, which stays so until the transaction ends; None for a name that decides nothing."""
        ...

    async def version(self, name: str, number: int, *, lock: bool = False) -> PolicyVersion | None:
        """A version, its standing locked until the transaction ends when asked."""
        ...

    async def by_digest(self, digest: str, *, lock: bool = False) -> PolicyVersion | None:
        """The version with this digest."""
        ...

    async def set_stage(self, digest: str, stage: Stage, reason: str, *, expected: Stage) -> int:
        """Move a version on and return its new revision. Raises StaleObject when it does not stand where expected."""
        ...

    async def review(self, digest: str, needs: ApprovalNeeds, reason: str, at: datetime, *, expected: Stage) -> int:
        """Put a version in review with what it needs; approvals that it had stand until they are dropped. Raises StaleObject."""
        ...

    async def approve(self, approval: Approval) -> int:
        """Add one person's word and return the version's new revision. Raises Conflict when the person's word stands already."""
        ...

    async def approvals(self, digest: str) -> list[Approval]:
        """The approvals that stand, in order."""
        ...

    async def drop_approvals(self, digest: str, at: datetime, *, expired_only: bool = False) -> list[str]:
        """Let approvals fall (all, or those that expired) and return whose they were."""
        ...


class Releases(Protocol):
    """Which version of each policy decides."""

    async def get(self, name: str, *, lock: bool = False) -> Release | None:
        """The release of a policy; locked until the transaction ends when asked."""
        ...

    async def put(self, release: Release) -> Release:
        """Store a release that was read at its `revision`, tell every worker, and return it as it stands now. Raises StaleObject."""
        ...

    async def due(self) -> list[str]:
        """Names of policies whose rollout should have begun by now, by the database's clock."""
        ...

    async def activated(self, name: str, digest: str, previous: str | None, at: datetime) -> None:
        """Remember that a rollout made a version active, and which one was before it."""
        ...

    async def activations(self, name: str) -> dict[str, str | None]:
        """Every version that was ever active, with the one that was active before it."""
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
    @property
    def releases(self) -> Releases: ...
    @property
    def policies(self) -> Policies: ...
    @property
    def recalls(self) -> Recalls: ...
    @property
    def candidates(self) -> Candidates: ...
    @property
    def windows(self) -> Windows: ...
    @property
    def accounts(self) -> AccountRoll: ...
    @property
    def keys(self) -> KeyRoll: ...


class Store(Protocol):
    """The truth: PostgreSQL."""

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """All or nothing. Raises AlreadyDecided, AlreadyWritten, or StoreUnavailable within a second when the server does not answer."""
        ...
