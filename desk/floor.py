"""The floor: runs of cases in this process, how many there may be, and who waits for which of them."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from typing import Protocol

import structlog

from domain.case import PendingTurn, TurnStatus
from domain.errors import MaitredError, TooBusy
from domain.ports import TurnQueue

log = structlog.get_logger("maitred.floor")

POLL_S = 0.1
POLL_OWN_S = 1.0
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
        self._waiting: defaultdict[str, list[_Wait]] = defaultdict(list)
        self._at_work: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._worker: Worker | None = None
        self._closing: asyncio.Task[int] | None = None
        self._left_behind: set[str] = set()

    def employ(self, worker: Worker) -> None:
        """Say who works the cases."""
        self._worker = worker

    @property
    def running(self) -> int:
        """Runs accepted and not yet over."""
        return len(self._tasks)

    @property
    def is_closing(self) -> bool:
        """A stop was asked for: whoever waits or listens should come to an end."""
        return self._closing is not None

    def admit(self, vip: bool) -> None:
        """Raise TooBusy when there is no place: standard traffic goes first."""
        if self.is_closing:
            raise TooBusy("This worker is stopping; please send the message again.", retry_after_s=2)
        limit = self._limits[vip]
        if len(self._tasks) >= limit:
            raise TooBusy("The desk is full; please send the message again.", retry_after_s=1, limit=limit)

    def works_on(self, case_id: str) -> bool:
        """Whether a run of the case was started here and is not over."""
        return self._at_work[case_id] > 0

    def start(self, case_id: str, first: PendingTurn | None = None, *, patience_s: float = RETRY_LEASE_FOR_S) -> None:
        """Work the case in the background; once closing, it is left to another worker. `patience_s` bounds the wait for who holds it."""
        if self.is_closing:
            self._left_behind.add(case_id)
            return
        self._at_work[case_id] += 1
        task = asyncio.create_task(self._work(case_id, first, patience_s), name=f"case {case_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def announce(self, case_id: str, turn: int) -> None:
        """A turn is decided or stopped for a person: wake who waits for it."""
        for wait in self._waiting.get(case_id, []):
            if wait.turn == turn:
                wait.tell(settled=True)

    async def settled(self, case_id: str, turn: int, within_s: float) -> bool:
        """Wait until a turn is decided or stopped for a person."""
        return await self._reached(case_id, turn, within_s, SETTLED)

    async def decided(self, case_id: str, turn: int, within_s: float) -> bool:
        """Wait until a turn is decided."""
        return await self._reached(case_id, turn, within_s, DECIDED)

    async def _reached(self, case_id: str, turn: int, within_s: float, wanted: frozenset[TurnStatus]) -> bool:
        """Another process may run the turn, so the store is asked now and then as well: seldom while this one has the case at work."""
        now = asyncio.get_running_loop().time
        deadline, pause = now() + within_s, POLL_S
        while (left := deadline - now()) > 0:
            if await self._told(case_id, turn, min(left, POLL_OWN_S if self._at_work[case_id] else pause)):
                return True
            if await self._queue.status(case_id, turn) in wanted:
                return True
            if self.is_closing and not self._at_work[case_id]:
                return False
            pause = min(1.0, pause * 1.5)
        return False

    async def _told(self, case_id: str, turn: int, within_s: float) -> bool:
        """Whether an announcement came; False also when the case is at work here no more."""
        wait = _Wait(turn)
        self._waiting[case_id].append(wait)
        try:
            return await asyncio.wait_for(wait.told, within_s)
        except TimeoutError:
            return False
        finally:
            self._waiting[case_id].remove(wait)
            if not self._waiting[case_id]:
                del self._waiting[case_id]

    def close(self, within_s: float) -> None:
        """Stop admitting and begin to drain."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._drain(within_s), name="drain")

    async def drain(self, within_s: float) -> int:
        """Stop admitting, let runs end, and cancel what is left; its turns go to other workers. Returns how many were cancelled."""
        self.close(within_s)
        return await self._closing if self._closing else 0

    async def _drain(self, within_s: float) -> int:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        left = list(self._tasks)
        self._left_behind |= set(self._at_work)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        try:
            await self._queue.hand_back(sorted(self._left_behind))
        except MaitredError as error:
            log.warning("turns not handed back", reason=error.code)
        return len(left)

    async def _work(self, case_id: str, first: PendingTurn | None, patience_s: float) -> None:
        if self._worker is None:
            raise RuntimeError("nobody works on this floor")
        try:
            await self._work_until_taken(self._worker, case_id, first, patience_s)
        except MaitredError as error:
            log.warning("run put off", case_id=case_id, reason=error.code)
        except Exception:
            log.exception("run broke", case_id=case_id)
        finally:
            self._leave(case_id)

    async def _work_until_taken(self, worker: Worker, case_id: str, first: PendingTurn | None, patience_s: float) -> None:
        if await self._tried(worker, case_id, first):
            return
        deadline = asyncio.get_running_loop().time() + patience_s
        while asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(RETRY_LEASE_S)
            if await self._tried(worker, case_id, None):
                return

    async def _tried(self, worker: Worker, case_id: str, first: PendingTurn | None) -> bool:
        """Only a try takes a slot: who waits for another worker keeps nobody else waiting."""
        async with self._slots:
            return await worker.work(case_id, first)

    def _leave(self, case_id: str) -> None:
        self._at_work[case_id] -= 1
        if self._at_work[case_id] > 0:
            return
        del self._at_work[case_id]
        for wait in self._waiting.get(case_id, []):
            wait.tell(settled=False)


class _Wait:
    """Somebody who waits for a turn."""

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def tell(self, *, settled: bool) -> None:
        """Wake, once."""
        if not self.told.done():
            self.told.set_result(settled)
