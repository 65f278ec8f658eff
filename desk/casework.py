"""Casework: what people and helpdesks do with a case. Each move holds the case's lock, moves its clock, and lands in the ledger with it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from desk.floor import Floor
from desk.rerouting import Decided
from desk.reviews import close_review
from domain.access import ApiKey
from domain.case import CaseStanding, CaseStatus, Outcome, Reservation, Resolution
from domain.decision import Route
from domain.errors import Conflict, InvalidInput, NotFound, PreconditionRequired, StaleObject
from domain.events import Happening, Kind
from domain.facts import Mode
from domain.identifiers import derived_id
from domain.ports import Clock, Views
from domain.review import OVER, REVIEW_EXPIRY, Closing
from domain.sla import SLA_STEP, step_timers
from domain.unit_of_work import Store, Tx
from domain.views import CaseChange
from policies.shelf import PolicyShelf

BEING_ROUTED = frozenset({CaseStatus.RECEIVED, CaseStatus.ROUTING})
UNTRANSFERABLE = BEING_ROUTED | {CaseStatus.AWAITING_REVIEW}


@dataclass(frozen=True)
class Asked:
    """Who asks for a move, and which state of the case they have seen."""

    key: ApiKey
    revision: int | None
    request_id: str
    note: str = ""


@dataclass(frozen=True)
class MoveUnderWay:
    """One move in its transaction, the case locked."""

    tx: Tx
    case: CaseStanding
    asked: Asked
    at: datetime

    async def acknowledge(self) -> datetime | None:
        """Stop the clock of the first promise; None when it was stopped before."""
        if self.case.acknowledged_at:
            return None
        await self.tx.timers.cancel(self.case.id, SLA_STEP, "ack")
        return self.at

    async def tell(self, kind: Kind, facts: dict[str, Any], **unrecorded: Any) -> None:
        """Ledger and event; what is `unrecorded` may be personal and is only told."""
        case, actor = self.case, self.asked.key.actor
        happening = Happening(
            id=derived_id("ent", case.id, case.last_turn, f"{kind}-{case.revision}"),
            kind=kind,
            case_id=case.id,
            region=case.region,
            client_id=case.client_id,
            actor=actor,
            at=self.at,
            request_id=self.asked.request_id,
            entry=facts,
            event={**facts, "actor": actor, **unrecorded},
        )
        await self.tx.journal.write(happening)

    def in_time(self, due_at: datetime | None) -> bool:
        """Whether a promise is kept by what happens now."""
        return due_at is None or self.at <= due_at


@dataclass(frozen=True)
class Casework:
    """Acknowledge, accept, decline, transfer, resolve, reopen.

    Each raises NotFound, PreconditionRequired or StaleObject for the state that the caller names, and Conflict with a sentence when the
    case cannot be moved so.
    """

    store: Store
    views: Views
    policies: PolicyShelf
    clock: Clock
    floor: Floor

    async def acknowledge(self, case_id: str, asked: Asked) -> None:
        """The client was told that somebody is at it: the clock of the first promise stops."""
        async with self._move(case_id, asked) as move:
            _must_live(move.case)
            if move.case.acknowledged_at:
                raise Conflict.said("The case was acknowledged already, at %(at)s.", {"at": _moment(move.case.acknowledged_at)})
            await move.tx.cases.settle(case_id, CaseChange(acknowledged_at=await move.acknowledge(), at=move.at))
            await move.tell(Kind.CASE_ACKNOWLEDGED, {"in_time": move.in_time(move.case.ack_due_at)}, note=asked.note)

    async def accept(self, case_id: str, asked: Asked) -> None:
        """Whom the case is reserved for takes it on: somebody is found, so the clock of the first promise stops."""
        async with self._move(case_id, asked) as move:
            held = await _reservation(move)
            await move.tx.assignments.accept(case_id, move.at)
            await move.tx.cases.settle(case_id, CaseChange(acknowledged_at=await move.acknowledge(), at=move.at))
            told = {"person": held.person, "pool": held.pool, "in_time": move.in_time(move.case.ack_due_at)}
            await move.tell(Kind.CASE_ACCEPTED, told, note=asked.note)

    async def decline(self, case_id: str, asked: Asked) -> None:
        """Whom the case is reserved for does not take it: the next fitting person of the pool gets it, or nobody, and that is said."""
        decided = await self._decided(case_id)
        async with self._move(case_id, asked) as move:
            held = await _reservation(move)
            if decided is None:
                raise Conflict.said("The case is being routed; read it again in a moment.")
            route = decided.standing(move.case).model_copy(update={"assignee": None})
            person = await self._give(move, decided, route, "declined")
            told = {"person": held.person, "pool": held.pool, "assigned": person}
            await move.tell(Kind.CASE_DECLINED, told, note=asked.note)

    async def transfer(self, case_id: str, asked: Asked, wanted: dict[str, Any]) -> None:
        """Another pool or person takes the case, inside the envelope of its decision. Raises InvalidInput, ForbiddenByPolicy."""
        decided = await self._decided(case_id)
        async with self._move(case_id, asked) as move:
            _must_live(move.case)
            decided = _transferable(move.case.status, decided)
            before, route = decided.standing(move.case), decided.transferred(move.case, wanted)
            if route.assignee and not await move.tx.assignments.works_in(route.assignee, route.pool):
                raise InvalidInput.said("Nobody of this name works in the pool.", errors=[("/assignee", f"works not in {route.pool}")])
            person = await self._give(move, decided, route, "transferred")
            told = {
                "from": {"pool": before.pool, "person": before.assignee},
                "to": {"pool": route.pool, "person": person, "mode": route.mode},
            }
            await move.tell(Kind.CASE_TRANSFERRED, told, note=asked.note)

    async def resolve(self, case_id: str, asked: Asked, outcome: Outcome, csat: int | None) -> None:
        """The case is at its end, wherever that was found: its clocks stop, and nothing that waits or runs decides it any more."""
        async with self._move(case_id, asked) as move:
            _must_live(move.case)
            if move.case.status is CaseStatus.ROUTING:
                raise Conflict.said("A ruling was given and its decision is being stored; read the case again in a moment.", retry=True)
            case, tx, actor = move.case, move.tx, asked.key.actor
            ended = await tx.turns.end(case_id, actor)
            await self._close_review(move)
            for kind in (REVIEW_EXPIRY, SLA_STEP):
                await tx.timers.cancel(case_id, kind)
            await tx.assignments.end(case_id, move.at, "resolved")
            resolution = Resolution(outcome=outcome, csat=csat, notes=asked.note, by=actor, at=move.at)
            change = CaseChange(
                status=CaseStatus.RESOLVED,
                acknowledged_at=None if case.acknowledged_at else move.at,
                resolved_at=move.at,
                outcome=resolution.model_dump(mode="json"),
                at=move.at,
            )
            await tx.cases.settle(case_id, change)
            told = {"outcome": outcome, "csat": csat, "turns_ended": ended, "in_time": move.in_time(case.resolve_due_at)}
            await move.tell(Kind.CASE_RESOLVED, told, notes=asked.note)

    async def reopen(self, case_id: str, asked: Asked) -> None:
        """The end was none: the promises begin again, with a person; a message that was never decided is routed after all."""
        decided = await self._decided(case_id)
        async with self._move(case_id, asked) as move:
            case, tx = move.case, move.tx
            if case.status is not CaseStatus.RESOLVED:
                raise Conflict.said("Only a resolved case can be reopened; this one is %(status)s.", {"status": case.status})
            await tx.cases.reopen(case_id)
            policy = self.policies.active(case.client_id)
            turn = await tx.turns.repeat(case_id, case.last_turn, policy.digest, asked.request_id, move.at)
            if turn is not None:
                await tx.cases.settle(case_id, CaseChange(at=move.at))
            elif decided is not None:
                await self._begin_again(move, decided)
            await move.tell(Kind.CASE_REOPENED, {"turn": turn}, note=asked.note)
        if turn is not None:
            self.floor.start(case_id)

    async def _begin_again(self, move: MoveUnderWay, decided: Decided) -> None:
        route, verdict = decided.reopened(move.case, move.at)
        await self._give(move, decided, route, "reopened")
        sla, decision = verdict.sla, decided.decision
        await move.tx.cases.settle(move.case.id, CaseChange(ack_due_at=sla.ack_due_at, resolve_due_at=sla.resolve_due_at, at=move.at))
        mark = f"-{move.case.revision}"
        passed = partial(decided.policy.passed, sla.calendar, move.at)
        timers = step_timers(move.case.id, decision.turn, sla, decision.verdict.escalation, passed, mark)
        await move.tx.timers.schedule(*timers)

    async def _give(self, move: MoveUnderWay, decided: Decided, route: Route, because: str) -> str | None:
        """End the reservation, make the next one on `route`, and let the case stand there."""
        person = None
        if route.mode is not Mode.AI:
            step = f"{because}-{move.case.revision}"
            turn = decided.decision.turn
            person = await move.tx.assignments.move(step, move.case.id, turn, route, decided.language, move.at, because)
        stands = route.model_copy(update={"assignee": person})
        status = None if move.case.status in UNTRANSFERABLE else CaseStatus.ASSIGNED  # a later turn's status stays its own
        change = CaseChange(status=status, pool=route.pool, assignee=person, route=stands, at=move.at)
        await move.tx.cases.settle(move.case.id, change)
        return person

    async def _close_review(self, move: MoveUnderWay) -> None:
        review = await move.tx.reviews.locked(move.case.review_id) if move.case.review_id else None
        if review is not None and review.status not in OVER:
            closing = Closing(actor=move.asked.key.actor, because="The case was resolved elsewhere.", at=move.at)
            await close_review(move.tx, move.case, review, closing, move.asked.request_id)

    async def _decided(self, case_id: str) -> Decided | None:
        """The last decision. It is read before the lock: one that comes in between moves the case's revision, which the move then finds."""
        record = await self.views.record(case_id)
        return await Decided.from_record(record, self.policies) if record else None

    @asynccontextmanager
    async def _move(self, case_id: str, asked: Asked) -> AsyncGenerator[MoveUnderWay, None]:
        async with self.store.transaction() as tx:
            case = (await tx.cases.locked(case_id)).get(case_id)
            if case is None or not asked.key.sees(case.region, case.client_id):
                raise NotFound.said("There is no case %(id)s.", {"id": case_id})
            if asked.revision is None:
                raise PreconditionRequired.said("Moving a case needs If-Match with the case's ETag.")
            if asked.revision != case.revision:
                raise StaleObject.said("The case changed since you read it.")
            yield MoveUnderWay(tx, case, asked, self.clock.now())


def _transferable(status: CaseStatus, decided: Decided | None) -> Decided:
    if status in BEING_ROUTED:
        raise Conflict.said("The case is being routed; read it again in a moment.")
    if status is CaseStatus.AWAITING_REVIEW:
        raise Conflict.said("The case waits for a lead's ruling: `reassign` it there.")
    if decided is None:
        raise Conflict.said("The case has no decision yet.")
    return decided


def _must_live(case: CaseStanding) -> None:
    if case.status is CaseStatus.CLOSED:
        raise Conflict.said("The case is closed; a new message of the conversation opens another one.")
    if case.status is CaseStatus.RESOLVED:
        if case.outcome is None:
            raise Conflict.said("The case was resolved already; reopen it first.")
        done = {"person": case.outcome.by, "at": _moment(case.outcome.at)}
        raise Conflict.said("The case was resolved already by %(person)s, at %(at)s; reopen it first.", done)


def _moment(at: datetime) -> str:
    """A time of any day, for whoever reads it anywhere."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


async def _reservation(move: MoveUnderWay) -> Reservation:
    """The reservation that can be accepted or declined."""
    _must_live(move.case)
    held = await move.tx.assignments.holder(move.case.id)
    if held is None:
        raise Conflict.said("The case is reserved for nobody.")
    if held.accepted_at is not None:
        taken = {"person": held.person, "at": _moment(held.accepted_at)}
        raise Conflict.said("%(person)s accepted the case already, at %(at)s; transfer it instead.", taken)
    return held
