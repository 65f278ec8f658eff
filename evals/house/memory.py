"""The store of one conversation: what the graph writes is kept in memory, looked at by the outcome, and gone with it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.case import CaseStanding, Reservation, TurnStatus
from domain.client import Person
from domain.context import Handover, Reply
from domain.decision import Decision, Route
from domain.errors import AlreadyDecided, TurnEnded
from domain.events import Happening
from domain.facts import LoadFacts, PoolLoad
from domain.review import Review
from domain.shift import works_at
from domain.views import CaseChange, ReviewStanding, Timer
from evals.house.changes import laid_over


@dataclass
class KeptTurn:
    """What one turn left."""

    status: TurnStatus = TurnStatus.PENDING
    record: dict[str, Any] | None = None
    review: Review | None = None
    decision: Decision | None = None
    reply: Reply | None = None
    handover: Handover | None = None


@dataclass
class Memory:
    """A store of the unit of work's shape. A conversation fails as a whole, so nothing has to be taken back."""

    people: Sequence[Person]
    load: LoadFacts
    turns: dict[int, KeptTurn] = field(default_factory=dict[int, KeptTurn])
    journal: list[Happening] = field(default_factory=list[Happening])
    timers: list[Timer] = field(default_factory=list[Timer])
    holder: tuple[str, str] | None = None
    """Who has the case, and in which pool."""

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[MemoryTx, None]:
        """All of it stays."""
        yield MemoryTx(self)

    def turn(self, number: int) -> KeptTurn:
        """What is known of a turn."""
        return self.turns.setdefault(number, KeptTurn())


class MemoryTx:
    """The repositories that the nodes of the graph use; there are no others, so a node that begins to use one fails loudly."""

    def __init__(self, memory: Memory) -> None:
        self.cases = _Cases(memory)
        self.turns = _Turns(memory)
        self.decisions = _Decisions(memory)
        self.reviews = _Reviews(memory)
        self.journal = _Journal(memory)
        self.timers = _Timers(memory)
        self.assignments = _Assignments(memory)


class _Part:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory


class _Cases(_Part):
    async def settle(self, case_id: str, change: CaseChange) -> None:
        del case_id
        turn = self._memory.turn(max(self._memory.turns, default=1))
        if change.reply is not None:
            turn.reply = Reply.model_validate(change.reply)
        if change.handover is not None:
            turn.handover = Handover.model_validate(change.handover)

    async def locked(self, *case_ids: str) -> dict[str, CaseStanding]:
        """No promise of an earlier message stands here: each turn is judged by its own."""
        del case_ids
        return {}

    async def answer(self, case_id: str, turn: int, reply: Reply, at: datetime) -> None:
        del case_id, at
        self._memory.turn(turn).reply = reply


class _Turns(_Part):
    async def move(self, case_id: str, turn: int, status: TurnStatus, record: dict[str, Any] | None = None) -> None:
        del case_id
        kept = self._memory.turn(turn)
        kept.status, kept.record = status, record or kept.record


class _Decisions(_Part):
    async def put(self, decision: Decision, record: dict[str, Any]) -> None:
        kept = self._memory.turn(decision.turn)
        if kept.decision is not None:
            raise AlreadyDecided(f"Turn {decision.turn} is decided.")
        kept.decision, kept.record = decision, record

    async def of(self, case_id: str, turn: int) -> Decision:
        decision = self._memory.turn(turn).decision
        if decision is None:
            raise TurnEnded(f"Turn {turn} of {case_id} has no decision.")
        return decision


class _Reviews(_Part):
    async def put(self, review: Review, standing: ReviewStanding) -> bool:
        del standing
        kept = self._memory.turn(review.turn)
        new, kept.review = kept.review is None, kept.review or review
        return new


class _Journal(_Part):
    async def write(self, *happenings: Happening) -> None:
        self._memory.journal.extend(happenings)

    write_once = write


class _Timers(_Part):
    async def schedule(self, *timers: Timer) -> None:
        self._memory.timers.extend(timers)

    async def cancel_answered(self, case_id: str, kind: str) -> None:
        self._memory.timers[:] = [timer for timer in self._memory.timers if (timer.case_id, timer.kind) != (case_id, kind)]


class _Assignments(_Part):
    async def holder(self, case_id: str) -> Reservation | None:
        del case_id
        holder = self._memory.holder
        return Reservation(person=holder[0], pool=holder[1]) if holder else None

    async def end(self, case_id: str, at: datetime, because: str) -> None:
        del case_id, at, because
        self._memory.holder = None

    async def assign(self, case_id: str, turn: int, route: Route, language: str, at: datetime) -> str | None:
        """Chosen as the store of the service chooses: who has the case keeps it in its pool, else skills, then language, then id."""
        del case_id, turn
        memory = self._memory
        if memory.holder and memory.holder[1] == route.pool and route.assignee in (None, memory.holder[0]):
            return memory.holder[0]
        person = route.assignee or self._free(route, language, at)
        memory.holder = (person, route.pool) if person else None
        return person

    def _free(self, route: Route, language: str, at: datetime) -> str | None:
        load = self._memory.load.pools.get(route.pool)
        if load is None or not load.available:
            return None
        fitting = [one for one in self._memory.people if route.pool in one.pools and works_at(one.shift, one.timezone, at)]
        wanted = set(route.skills)
        best = min(fitting, key=lambda one: (not wanted <= set(one.skills), language not in one.languages, one.id), default=None)
        return best.id if best else None


class MemoryRoster:
    """How busy the desk is, as the case says."""

    def __init__(self, load: LoadFacts) -> None:
        self._load = load

    async def load(self) -> LoadFacts:
        """The same for the whole conversation."""
        return self._load


def load_at(people: Sequence[Person], moment: datetime, changes: Mapping[str, Any]) -> LoadFacts:
    """Everybody who is on shift is free, unless `changes` say otherwise."""
    pools: dict[str, PoolLoad] = {}
    for name in sorted({pool for one in people for pool in one.pools}):
        here = [one for one in people if name in one.pools and works_at(one.shift, one.timezone, moment)]
        pools[name] = PoolLoad(available=len(here), open=0, capacity=sum(one.capacity for one in here))
    load = LoadFacts(pools=pools)
    return LoadFacts.model_validate(laid_over(load.model_dump(), dict(changes))) if changes else load
