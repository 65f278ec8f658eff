"""The floor: runs of cases in this process, how many there may be, and who waits for which of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from typing import Protocol

import structlog

from domain.case import PendingTurn, TurnStatus
from domain.errors import MaitredError, TooBusy
from domain.ports import TurnQueue

log = structlog.get_logger("maitred.floor")

POLL_S = 0.1
RETRY_LEASE_S = 0.25
RETRY_LEASE_FOR_S = 8.0
DECIDED = frozenset({TurnStatus.DECIDED, TurnStatus.DONE})
SETTLED = DECIDED | {TurnStatus.WAITING}


class Worker(Protocol):
    """Works a case; `graphs.runner.CaseRunner` is one."""

    async def work(self, case_id: str, first: PendingTurn | None = None) -> bool:
        """False when another worker holds the case."""
        ...


class Floor:
    """Background runs with a bound, and futures for those who wait."""

    def __init__(self, queue: TurnQueue, *, at_once: int, standard_limit: int, vip_limit: int) -> None:
        """`at_once` runs go side by side; past `standard_limit` accepted runs standard traffic is shed, past `vip_limit` all of it."""
        self._queue = queue
        self._slots = asyncio.Semaphore(at_once)
        self._limits = {False: standard_limit, True: vip_limit}
        self._waiting: defaultdict[tuple[str, int], list[asyncio.Future[None]]] = defaultdict(list)
        self._tasks: set[asyncio.Task[None]] = set()
        self._worker: Worker | None = None
        self._closing = False

    def employ(self, worker: Worker) -> None:
        """Say who works the cases."""
        self._worker = worker

    @property
    def running(self) -> int:
        """Runs accepted and not yet over."""
        return len(self._tasks)

    def admit(self, vip: bool) -> None:
        """Raise TooBusy when there is no place: standard traffic goes first."""
        if self._closing:
            raise TooBusy("This worker is stopping; please send the message again.", retry_after_s=2)
        if len(self._tasks) >= self._limits[vip]:
            raise TooBusy("The desk is full; please send the message again.", retry_after_s=1)

    def start(self, case_id: str, first: PendingTurn | None = None) -> None:
        """Work the case in the background."""
        task = asyncio.create_task(self._work(case_id, first), name=f"case {case_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def announce(self, case_id: str, turn: int) -> None:
        """A turn is decided or stopped for a person: wake who waits for it."""
        for future in self._waiting.pop((case_id, turn), []):
            if not future.done():
                future.set_result(None)

    async def settled(self, case_id: str, turn: int, within_s: float) -> bool:
        """Wait until a turn is decided or stopped for a person."""
        return await self._reached(case_id, turn, within_s, SETTLED)

    async def decided(self, case_id: str, turn: int, within_s: float) -> bool:
        """Wait until a turn is decided."""
        return await self._reached(case_id, turn, within_s, DECIDED)

    async def _reached(self, case_id: str, turn: int, within_s: float, wanted: frozenset[TurnStatus]) -> bool:
        """Another process may run the turn, so the store is asked now and then as well."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[case_id, turn].append(future)
        deadline = asyncio.get_running_loop().time() + within_s
        pause = POLL_S
        try:
            while (left := deadline - asyncio.get_running_loop().time()) > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(future), min(pause, left))
                    return True
                if await self._queue.status(case_id, turn) in wanted:
                    return True
                pause = min(1.0, pause * 1.5)
            return False
        finally:
            waiting = self._waiting.get((case_id, turn), [])
            if future in waiting:
                waiting.remove(future)
            if not waiting:
                self._waiting.pop((case_id, turn), None)

    async def drain(self, within_s: float) -> int:
        """Stop admitting, let runs end, and cancel what is left; its turns stay in the store. Returns how many were cancelled."""
        self._closing = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return len(left)

    async def _work(self, case_id: str, first: PendingTurn | None) -> None:
        if self._worker is None:
            raise RuntimeError("nobody works on this floor")
        deadline = asyncio.get_running_loop().time() + RETRY_LEASE_FOR_S
        try:
            async with self._slots:
                while not await self._worker.work(case_id, first):
                    if asyncio.get_running_loop().time() > deadline:
                        return
                    first = None
                    await asyncio.sleep(RETRY_LEASE_S)
        except MaitredError as error:
            log.warning("run put off", case_id=case_id, reason=error.code)
        except Exception:
            log.exception("run broke", case_id=case_id)
