"""One conversation in a house: its messages run turn by turn, as the service's runner would run them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from langgraph.types import Command

from desk.intake import who_writes
from desk.reviews import route_from
from domain.case import THREAD_KEPT, InboundMessage, PendingTurn, TurnInput, TurnStatus
from domain.client import ClientProfile
from domain.errors import InvalidInput
from domain.facts import Signal
from domain.identifiers import derived_id
from domain.review import Ruling
from domain.unit_of_work import Store
from domain.views import part
from evals.house.counting import tallied
from evals.house.memory import KeptTurn, Memory, MemoryRoster
from evals.house.messages import inbound
from evals.house.outcome import TurnOutcome, outcome_of
from graphs.deps import Deps
from graphs.runner import CaseGraph, Run

LEAD = "person:lead"


@dataclass
class CaseClock:
    """The time of the message that is worked."""

    moment: datetime

    def now(self) -> datetime:
        """It stands still within a turn."""
        return self.moment


class OwnLease:
    """Nobody else works a conversation of a house."""

    lost = False

    @property
    def token(self) -> str:
        """The only one there is."""
        return "1"


@dataclass
class Conversation:
    """A case with what it remembers from turn to turn."""

    case_id: str
    begins: datetime
    fixed: bool
    """The case says when it begins, whatever its messages say."""
    clients: Mapping[str, ClientProfile]
    deps: Deps
    memory: Memory
    graph: CaseGraph
    ruling: dict[str, Any] | None
    thread: list[str] = field(default_factory=list[str])
    signals: set[Signal] = field(default_factory=set[Signal])
    """What its messages held so far; nobody resolves a case of a suite between two of them."""

    async def take_in(self, body: Mapping[str, Any]) -> TurnOutcome:
        """The turn of one message."""
        number = len(self.thread) + 1
        message, at = inbound(body, self.clients, number=number, begins=self.begins, fixed=self.fixed)
        turn = await self._input(message, number, at)
        self.thread.append(message.text)
        began = time.perf_counter()
        with tallied() as tally:
            kept = await self._run(turn, at)
        self.signals.update(map(Signal, part(kept.record or {}, "facts", "message").get("signals", ())))
        ms = (time.perf_counter() - began) * 1000
        policy = self.deps.policies.active()
        return outcome_of(turn, kept, policy, models=tally.models, usage=tally.usage, ms=round(ms, 3))

    async def _input(self, message: InboundMessage, number: int, at: datetime) -> TurnInput:
        identity, unidentified = await who_writes(self.deps.gatherer.crm, message)
        return TurnInput(
            case_id=self.case_id,
            turn=number,
            message_id=derived_id("msg", self.case_id, number),
            message=message,
            identity=identity,
            unidentified=unidentified,
            received_at=at,
            thread=tuple(self.thread[-THREAD_KEPT:]),
            earlier_signals=tuple(sorted(self.signals)),
        )

    async def _run(self, turn: TurnInput, at: datetime) -> KeptTurn:
        """As `CaseRunner` runs a turn, with the ruling at hand."""
        kept = self.memory.turn(turn.turn)
        store = cast(Store, self.memory)  # it has what the nodes of the graph use, and no more: see MemoryTx
        deps = replace(self.deps, store=store, roster=MemoryRoster(self.memory.load), clock=CaseClock(at))
        pending = PendingTurn(input=turn, policy_digest=deps.policies.active().digest, status=TurnStatus.PENDING)
        run = Run(self.graph, deps, pending, OwnLease(), _nobody_waits)
        interrupts = await run.advance(run.from_the_start(begins=True))
        if interrupts:
            await run.stop_for_a_person()
            if self.ruling is not None:
                ruling = ruling_of(self.ruling, kept.record or {}, at)
                await run.advance(Command(resume={interrupts[0].id: ruling.model_dump(mode="json")}))
        await run.forget()  # nobody rules later: a turn that waits is over for us, and must not be in the way of the next one
        return kept


def _nobody_waits(case_id: str, turn: int) -> None:
    del case_id, turn


def ruling_of(said: Mapping[str, Any], record: dict[str, Any], at: datetime) -> Ruling:
    """What the case's lead says, with its route laid over the one on the table. Raises InvalidInput for what is no ruling."""
    try:
        route = route_from(record, dict(said["route"])) if said.get("route") else None
        return Ruling.model_validate({"actor": LEAD, **said, "route": route, "ruled_at": at})
    except ValueError as error:
        raise InvalidInput(f"The case's `ruling` is no ruling: {error}") from error
