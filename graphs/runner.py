"""Starts, resumes and rebuilds runs: a case is worked turn by turn, in order, by the one worker that holds its lease."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import structlog
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, Interrupt

from domain.case import PendingTurn, TurnStatus
from domain.errors import LeaseLost, MaitredError, StoreUnavailable, TurnEnded
from domain.failpoints import failpoint
from domain.ports import Lease, Leases, TurnQueue
from domain.views import part
from graphs.deps import Deps
from graphs.giving_up import decide_by_fallback
from graphs.parsed import Parsed
from graphs.settle import open_review
from graphs.state import CaseState, fresh_state, opening_of, record_of

log = structlog.get_logger("maitred.runner")

RETAKES = 3
FAILURES_BEFORE_FALLBACK = 3
SHORT_RUN_S = 4.0
Settled = Callable[[str, int], None]
CaseGraph = CompiledStateGraph[CaseState, Deps, CaseState, CaseState]


class CaseRunner:
    """Runs the graph for one case at a time under its lease."""

    def __init__(self, graph: CaseGraph, deps: Deps, leases: Leases, queue: TurnQueue, settled: Settled) -> None:
        """`settled(case_id, turn)` is called as soon as a decision is stored or the turn stopped for a person."""
        self._graph = graph
        self._deps = deps
        self._leases = leases
        self._queue = queue
        self._settled = settled

    async def work(self, case_id: str, first: PendingTurn | None = None) -> bool:
        """Work every runnable turn of a case, oldest first; False when another worker holds the case.

        `first` spares a look into the store when the caller has just opened the case.
        """
        for _ in range(RETAKES):
            async with self._leases.hold(case_id) as lease:
                if lease is None:
                    return False
                failpoint("lease-taken")
                try:
                    await self._work_turns(case_id, lease, first)
                except LeaseLost:
                    log.warning("lease lost", case_id=case_id)
                    first = None
                    continue
                return True
        return False

    async def _work_turns(self, case_id: str, lease: Lease, first: PendingTurn | None) -> None:
        pending, fresh = first or await self._queue.next_turn(case_id), first is not None
        while pending is not None:
            began = time.monotonic()
            try:
                await self._run(pending, lease, fresh)
                if fresh and time.monotonic() - began < SHORT_RUN_S:
                    return  # who brought a later turn meanwhile still asks for the lease
            except (LeaseLost, StoreUnavailable):
                raise
            except TurnEnded:
                log.info("turn ended elsewhere", case_id=case_id, turn=pending.input.turn)
            except Exception as error:
                if await self._failed(pending, error):
                    return
            pending, fresh = await self._queue.next_turn(case_id), False

    async def _run(self, pending: PendingTurn, lease: Lease, fresh: bool) -> None:
        await self._deps.policies.have(pending.policy_digest)
        run = Run(self._graph, self._deps, pending, lease, self._settled)
        start = run.from_the_start(begins=True) if fresh else await run.where_it_stopped()
        interrupts = await run.advance(start) if start is not None else run.stopped_at
        if interrupts and pending.ruling is not None:
            interrupts = await run.advance(Command(resume={interrupts[0].id: pending.ruling}))
        if interrupts:
            await run.stop_for_a_person()
        else:
            await run.forget()

    async def _failed(self, pending: PendingTurn, error: Exception) -> bool:
        """Count the failure; after the last try the case goes to a person by the policy's fallback. True: stop for now."""
        case_id, turn = pending.input.case_id, pending.input.turn
        failures = await self._queue.fail(case_id, turn)
        reason = error.code if isinstance(error, MaitredError) else type(error).__name__
        log.error("turn failed", case_id=case_id, turn=turn, failures=failures, reason=reason, exc_info=error)
        if failures < FAILURES_BEFORE_FALLBACK:
            return True
        await decide_by_fallback(self._deps, pending, reason)
        self._settled(case_id, turn)
        return False


class Run:
    """One turn on the graph, with the state as far as it is known here."""

    def __init__(self, graph: CaseGraph, deps: Deps, pending: PendingTurn, lease: Lease, settled: Settled) -> None:
        self._graph = graph
        self._deps = replace(deps, parsed=Parsed())
        self._pending = pending
        self._settled = settled
        self._state = fresh_state({}, pending.policy_digest, 0.0)
        self.stopped_at: list[Interrupt] = []
        self._config: RunnableConfig = {"configurable": {"thread_id": pending.input.case_id, "lease_token": lease.token}}

    def from_the_start(self, *, begins: bool = False) -> CaseState:
        """The input of a run that has no checkpoint that it could go on from; one that `begins` never had any."""
        pending = self._pending
        self._state = fresh_state(self._deps.parsed.plain(pending.input), pending.policy_digest, time.time())
        if not begins:
            return self._state
        self._config["configurable"] = {**self._config.get("configurable", {}), "begins": True}
        return opening_of(self._state)

    async def where_it_stopped(self) -> CaseState | Command[Any] | None:
        """What resumes the run at its last step, or rebuilds it from its record; None when it only waits at its interrupt."""
        snapshot = await self._graph.aget_state(self._config)
        values: dict[str, Any] = snapshot.values
        same_turn = part(values, "turn").get("turn") == self._pending.input.turn
        if not same_turn or not snapshot.next or self._pending.status is TurnStatus.DECIDED:
            return self._rebuilt()
        self._state = CaseState(**values)
        self.stopped_at = list(snapshot.interrupts)
        return None if self.stopped_at else Command()

    def _rebuilt(self) -> CaseState:
        state = self.from_the_start()
        for key, value in (self._pending.record or {}).items():
            if key in state:
                state[key] = value
        if self._pending.decision is not None:
            state["decision"] = self._pending.decision
            state["ruling"] = self._pending.ruling
        return state

    async def advance(self, start: CaseState | Command[Any]) -> list[Interrupt]:
        """Run until the end or an interrupt, and return the interrupts."""
        stopped: list[Interrupt] = []
        given = None if isinstance(start, Command) and start.resume is None else start
        stream: Any = self._graph.astream(  # pyright: ignore[reportUnknownMemberType] - the engine types its stream loosely
            given, self._config, context=self._deps, stream_mode="updates", durability="sync"
        )
        async for update in stream:
            for node, change in update.items():
                if node == "__interrupt__":
                    stopped.extend(change)
                    continue
                self._state.update(change or {})
                if node == "decide":
                    self._settled(self._pending.input.case_id, self._pending.input.turn)
        return stopped

    async def stop_for_a_person(self) -> None:
        """Store the review, once the run has stopped at its interrupt."""
        routing = self._state.get("routing")
        if routing is None:
            raise RuntimeError("the run stopped before it was routed")
        turn = self._pending.input
        failpoint("interrupted")
        await open_review(self._deps.store, turn, record_of(self._state), routing["verdict"], self._deps.clock.now())
        failpoint("review-opened")
        self._settled(turn.case_id, turn.turn)

    async def forget(self) -> None:
        """Drop the checkpoints of a turn that is over: its record stands in Postgres, and Redis holds what is under way and no more."""
        checkpointer: Any = getattr(self._graph, "checkpointer", None)
        if isinstance(checkpointer, BaseCheckpointSaver):
            with contextlib.suppress(StoreUnavailable):
                await checkpointer.adelete_thread(self._pending.input.case_id)
