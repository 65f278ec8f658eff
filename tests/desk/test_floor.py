"""The floor: who waits is woken, who is too many is turned away, who stops leaves nothing half done."""

from __future__ import annotations

import asyncio
import time

import pytest

from desk.floor import Floor
from desk.recovery import Recovery
from domain.case import PendingTurn, TurnStatus
from domain.errors import TooBusy


class Queue:
    """Turns with a status that a test sets."""

    def __init__(self) -> None:
        self.now: TurnStatus | None = TurnStatus.PENDING
        self.asked = 0
        self.handed_back: list[str] = []
        self.left_behind: list[str] = []

    async def next_turn(self, case_id: str) -> PendingTurn | None:
        """None."""
        del case_id

    async def hand_back(self, case_ids: list[str]) -> None:
        """Remember them."""
        self.handed_back = case_ids

    async def stranded(self, older_than_s: float, limit: int = 100) -> list[str]:
        """What the test set."""
        del older_than_s, limit
        return self.left_behind

    async def status(self, case_id: str, turn: int) -> TurnStatus | None:
        """What the test set."""
        del case_id, turn
        self.asked += 1
        return self.now

    async def fail(self, case_id: str, turn: int) -> int:
        """Once."""
        del case_id, turn
        return 1


class Worker:
    """Works a case until it is let go; refuses as often as it is told to."""

    def __init__(self, refusals: int = 0) -> None:
        self.go_on = asyncio.Event()
        self.refusals = refusals
        self.tries = 0
        self.tried: list[str] = []

    async def work(self, case_id: str, first: PendingTurn | None = None) -> bool:
        """False: another worker holds the case."""
        del first
        self.tried.append(case_id)
        self.tries += 1
        if self.tries <= self.refusals:
            return False
        await self.go_on.wait()
        return True


def floor_with(queue: Queue, worker: Worker) -> Floor:
    """A floor for two standard and three VIP runs."""
    floor = Floor(queue, at_once=2, standard_limit=2, vip_limit=3)
    floor.employ(worker)
    return floor


async def test_who_waits_is_woken_by_the_announcement_without_asking_the_store() -> None:
    queue, worker = Queue(), Worker()
    floor = floor_with(queue, worker)
    floor.start("case_1")
    waiting = asyncio.create_task(floor.settled("case_1", 1, 10))
    await asyncio.sleep(0.3)
    floor.announce("case_1", 2)
    assert not waiting.done()
    floor.announce("case_1", 1)
    assert await waiting
    assert queue.asked == 0
    worker.go_on.set()


async def test_a_turn_that_another_process_decided_is_found_as_soon_as_the_work_here_ends() -> None:
    queue, worker = Queue(), Worker()
    floor = floor_with(queue, worker)
    floor.start("case_1")
    waiting = asyncio.create_task(floor.settled("case_1", 1, 10))
    await asyncio.sleep(0.05)
    queue.now = TurnStatus.DECIDED
    began = time.monotonic()
    worker.go_on.set()
    assert await waiting
    assert time.monotonic() - began < 0.5


async def test_who_waits_too_long_is_told_so_and_forgotten() -> None:
    floor = floor_with(Queue(), Worker())
    assert not await floor.settled("case_1", 1, 0.2)
    floor.announce("case_1", 1)


async def test_a_ruling_waits_past_the_stop_for_a_person() -> None:
    queue = Queue()
    queue.now = TurnStatus.WAITING
    floor = floor_with(queue, Worker())
    assert await floor.settled("case_1", 1, 1.0)
    assert not await floor.decided("case_1", 1, 0.3)


async def test_a_case_that_another_worker_holds_is_tried_again() -> None:
    worker = Worker(refusals=2)
    worker.go_on.set()
    floor = floor_with(Queue(), worker)
    floor.start("case_1")
    assert await floor.drain(5) == 0
    assert worker.tries == 3


async def settle() -> None:
    """Whatever can go on without time passing has gone on."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_who_waits_for_another_worker_takes_no_place_on_the_floor() -> None:
    worker = Worker(refusals=2)
    floor = floor_with(Queue(), worker)
    floor.start("case_1")
    floor.start("case_2")
    await settle()
    floor.start("case_3")
    await settle()
    assert worker.tried[:3] == ["case_1", "case_2", "case_3"], "both places were free although two cases wait for their leases"
    worker.go_on.set()
    assert await floor.drain(5) == 0


async def test_a_sweep_leaves_alone_what_is_at_work_here_however_long_it_takes() -> None:
    queue, worker = Queue(), Worker()
    queue.left_behind = ["case_1", "case_2"]
    floor = floor_with(queue, worker)
    recovery = Recovery(queue, floor, older_than_s=3)
    floor.start("case_1")
    assert [await recovery.sweep() for _ in range(3)] == [1, 0, 0]
    assert (floor.running, worker.tries) == (2, 0)
    worker.go_on.set()
    assert await floor.drain(5) == 0
    assert worker.tries == 2


async def test_a_swept_case_that_another_worker_holds_is_given_up_soon() -> None:
    queue, worker = Queue(), Worker(refusals=100)
    queue.left_behind = ["case_1"]
    floor = floor_with(queue, worker)
    began = time.monotonic()
    await Recovery(queue, floor, older_than_s=3).sweep()
    assert await floor.drain(5) == 0
    assert time.monotonic() - began < 3
    assert not floor.works_on("case_1")


async def test_standard_traffic_is_shed_before_that_of_vips() -> None:
    worker = Worker()
    floor = floor_with(Queue(), worker)
    floor.start("case_1")
    floor.start("case_2")
    with pytest.raises(TooBusy) as shed:
        floor.admit(vip=False)
    assert shed.value.code == "overloaded"
    floor.admit(vip=True)
    floor.start("case_3")
    with pytest.raises(TooBusy):
        floor.admit(vip=True)
    worker.go_on.set()


async def test_a_floor_that_stops_admits_nobody_and_says_how_many_it_cut_off() -> None:
    queue = Queue()
    floor = floor_with(queue, Worker())
    floor.start("case_1")
    waiting = asyncio.create_task(floor.settled("case_1", 1, 30))
    assert await floor.drain(0.1) == 1
    with pytest.raises(TooBusy, match="stopping"):
        floor.admit(vip=True)
    assert await asyncio.wait_for(waiting, 5) is False
    assert queue.handed_back == ["case_1"]
    floor.start("case_2")
    assert floor.running == 0
