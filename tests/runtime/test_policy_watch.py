"""Workers follow the release: within two seconds whether or not they are told, and with their last good version when they cannot."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from domain.policy_life import Approval, PolicyVersion, Stage
from policies.rollouts.release import in_share
from policies.rollouts.rollout import Plan
from stores.policy_feed import PgPolicyFeed
from stores.policy_views import PgPolicyViews
from stores.postgres import Database
from tests.desk.release_house import ReleaseHouse, Worker, open_release_house
from tests.faults.proxy import Blackhole, FaultProxy, Mode, Pass, Refuse, upstream_of, url_through

WITHIN_S = 2.0
ACTIVE = Plan(stage=Stage.ACTIVE)


@pytest_asyncio.fixture
async def house(database_url: str) -> AsyncIterator[ReleaseHouse]:
    async with open_release_house(database_url) as opened:
        yield opened


@contextlib.asynccontextmanager
async def following(*workers: Worker) -> AsyncGenerator[None, None]:
    """The workers follow the release while inside, as their chore does."""

    async def follow(worker: Worker) -> None:
        while True:
            await worker.watch.follow()

    tasks = [asyncio.create_task(follow(worker)) for worker in workers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for worker in workers:
            await worker.watch.close()


async def seconds_until(done: Callable[[], bool], within_s: float = WITHIN_S) -> float:
    """How long it took."""
    began = time.monotonic()
    while not done():
        if time.monotonic() - began > within_s:
            raise AssertionError(f"not within {within_s} s")
        await asyncio.sleep(0.005)
    return time.monotonic() - began


def serves(worker: Worker) -> int:
    return worker.shelf.active().ref.version


async def test_every_worker_serves_each_change_and_a_run_under_way_finds_what_it_is_pinned_to(house: ReleaseHouse) -> None:
    workers = [house.worker() for _ in range(3)]
    first = workers[0].shelf.active()
    async with following(*workers):
        for number in (2, 3):
            await house.roll_out(await house.approved(number), ACTIVE)
            await seconds_until(lambda number=number: {serves(worker) for worker in workers} == {number})
        await house.roll_back()
        await seconds_until(lambda: {serves(worker) for worker in workers} == {2})
    assert [worker.shelf.pinned(first.digest).ref.stage for worker in workers] == ["active"] * 3
    assert {worker.shelf.by_ref(f"{house.name}@1").ref.stage for worker in workers} == {"retired"}
    assert {(await worker.shelf.find(f"{house.name}@3")).ref.stage for worker in workers} == {"retired"}


async def test_a_canary_decides_for_the_same_clients_on_every_worker_and_its_decisions_say_so(house: ReleaseHouse) -> None:
    workers = [house.worker() for _ in range(2)]
    version = await house.approved(2)
    clients = [f"client-{number}" for number in range(200)]
    async with following(*workers):
        for percent in (10.0, 40.0):
            release = await house.roll_out(version, Plan(stage=Stage.CANARY, percent=percent))
            await seconds_until(lambda percent=percent: {worker.shelf.live.percent for worker in workers} == {percent})
            inside = {client for client in clients if in_share(house.name, release.salt, client, percent)}
            for worker in workers:
                decided = {client: worker.shelf.active(client).ref for client in clients}
                assert {client for client, ref in decided.items() if ref.version == 2} == inside
                assert {ref.stage for client, ref in decided.items() if client in inside} == {"canary"}
                assert worker.shelf.active(None).ref.stage == "active"
                assert worker.shelf.active(min(inside)).evaluate_raw({}).policy.stage == "canary"


class Deaf(PgPolicyFeed):
    """Hears no notification: its connection is dead and does not know it."""

    async def wait(self, timeout_s: float, heard: int) -> None:
        """Only time passes."""
        del heard
        await asyncio.sleep(timeout_s)


async def test_a_worker_that_hears_nothing_looks_and_serves_a_change_in_time_all_the_same(house: ReleaseHouse) -> None:
    worker = house.worker()
    worker.watch._feed = Deaf(house.database)  # pyright: ignore[reportPrivateUsage] - what a broken line leaves of it
    async with following(worker):
        await house.roll_out(await house.approved(2), ACTIVE)
        await seconds_until(lambda: serves(worker) == 2)


class Spoiled(PgPolicyViews):
    """Gives a worker a text that it cannot compile, as a maitred of another version would have it."""

    def __init__(self, database: Database, number: int) -> None:
        super().__init__(database)
        self.number = number

    async def by_digest(self, digest: str) -> PolicyVersion | None:
        """The version, spoiled."""
        version = await super().by_digest(digest)
        return self._spoiled(version) if version else None

    async def version(self, name: str, number: int) -> tuple[PolicyVersion, list[Approval]] | None:
        """The version, spoiled."""
        found = await super().version(name, number)
        return (self._spoiled(found[0]), found[1]) if found else None

    def _spoiled(self, version: PolicyVersion) -> PolicyVersion:
        return version.model_copy(update={"text": "policy: [" if version.version == self.number else version.text})


async def alarms(house: ReleaseHouse) -> list[dict[str, Any]]:
    return await house.policy.entries("policy.refused")


async def test_a_version_that_a_worker_cannot_use_is_never_served_there_and_raises_one_alarm(house: ReleaseHouse) -> None:
    good, *bad = house.worker(), house.worker(Spoiled(house.database, 2)), house.worker(Spoiled(house.database, 2))
    first = good.shelf.active()
    async with following(good, *bad):
        version = await house.approved(2)
        await house.roll_out(version, ACTIVE)
        await seconds_until(lambda: serves(good) == 2 and all(worker.watch.report()["refused"] for worker in bad))
        assert {serves(worker) for worker in bad} == {1}
        await seconds_until(lambda: bad[0].shelf.release is not None and bad[0].shelf.release.active == version.digest)
        report = bad[0].watch.report()
        assert (report["active"]["version"], report["refused"][0]["version"], report["refused"][0]["digest"]) == (1, 2, version.digest)
        assert report["refused"][0]["because"]
        assert good.watch.report()["refused"] == []
        while not await alarms(house):
            await asyncio.sleep(0.02)
        await house.roll_out(await house.approved(3), ACTIVE)
        await seconds_until(lambda: {serves(worker) for worker in (good, *bad)} == {3})
        assert bad[0].watch.report()["refused"] == []
    told = await alarms(house)
    assert [(one["policy"]["version"], one["actor"], one["serves"]) for one in told] == [(2, "maitred:worker", first.digest)]
    await house.check()


async def test_a_candidate_that_a_worker_cannot_use_decides_nothing_there_and_the_active_version_goes_on(house: ReleaseHouse) -> None:
    good, bad = house.worker(), house.worker(Spoiled(house.database, 2))
    async with following(good, bad):
        await house.roll_out(await house.approved(2), Plan(stage=Stage.CANARY, percent=100))
        await seconds_until(lambda: good.shelf.candidate() is not None and bool(bad.watch.report()["refused"]))
        assert good.shelf.active("northwind").ref.version == 2
        assert (bad.shelf.active("northwind").ref.version, bad.shelf.candidate()) == (1, None)


@pytest.mark.parametrize("mode", [Refuse(), Blackhole()], ids=repr)
async def test_while_the_store_is_away_the_last_good_version_decides_and_afterwards_what_changed_meanwhile(
    house: ReleaseHouse, database_url: str, mode: Mode
) -> None:
    async with FaultProxy(upstream_of(database_url)) as proxy:
        store = Database(url_through(proxy, database_url), connections=2)
        await store.open()
        worker = house.worker(database=store)
        async with following(worker):
            await house.roll_out(await house.approved(2), ACTIVE)
            await seconds_until(lambda: serves(worker) == 2)
            proxy.mode = mode
            await house.roll_out(await house.approved(3), ACTIVE)
            for _ in range(20):
                assert worker.shelf.active("northwind").evaluate_raw({}).policy.version == 2
                await asyncio.sleep(0.1)
            proxy.mode = Pass()
            healed_s = await seconds_until(lambda: serves(worker) == 3, within_s=6.0)
        assert healed_s < 6.0
        await store.close()


async def test_a_thread_compiles_so_that_the_loop_goes_on(house: ReleaseHouse) -> None:
    worker, ticks = house.worker(), 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    await house.roll_out(await house.approved(2), ACTIVE)
    ticking = asyncio.create_task(tick())
    await worker.watch.look()
    ticking.cancel()
    assert serves(worker) == 2
    assert ticks > 20
