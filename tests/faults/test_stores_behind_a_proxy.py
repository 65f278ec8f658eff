"""Postgres and Redis behind a line that fails: answers in time, nothing half done, nothing lost, and healing without a restart."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest
from _pytest.mark import ParameterSet

from domain.errors import StoreUnavailable
from runtime.embedded import StackUrls
from stores.postgres import Database
from stores.redis import Redis
from tests.faults.length import IS_LONG, only_long
from tests.faults.outcomes import FaultRow, keep
from tests.faults.proxy import (
    Blackhole,
    Corrupt,
    Delay,
    Direction,
    FaultProxy,
    Mode,
    Pass,
    Refuse,
    Reset,
    Throttle,
    upstream_of,
    url_through,
)
from tests.quick_disk import quick_folder
from tests.service import Service, eventually, message, serving

FLUSHES = 200 if IS_LONG else 20
driver: Any = asyncpg  # its annotations are partial
LIMIT_S = 1.0
SLACK_S = 1.0
"""For a machine that has other work; what is asserted without a fault takes milliseconds."""
HEALED_S = 5.0
AWAY: list[Mode] = [Refuse(), Blackhole(), Reset(), Reset(600), Corrupt(40, frozenset({Direction.TO_CLIENT}))]


def undecided(http: httpx.Client, case_ids: list[str]) -> list[str]:
    """The cases that have no decision yet."""
    return [one for one in case_ids if not http.get(f"/v1/cases/{one}").json()["decision"]]


def taken(lines: Lines) -> str:
    """The case of a message that is posted until it is taken: a desk that is full says come again."""
    while (answer := lines.post()).status_code == 429:
        time.sleep(float(answer.headers["retry-after"]))
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def seldom(*modes: Mode) -> list[ParameterSet]:
    """Modes that only the long form tries."""
    return [pytest.param(mode, marks=only_long) for mode in modes]


@dataclass
class Lines:
    """A service with a proxy before each of its stores."""

    service: Service
    http: httpx.Client
    postgres: FaultProxy
    redis: FaultProxy
    database_url: str

    def post(self, **changes: Any) -> httpx.Response:
        """A message of a stranger, in a conversation of its own."""
        return self.http.post("/v1/messages", json=message("How do I share a dashboard?", sender={"email": "a@nowhere.example"}, **changes))

    def burst(self, count: int = 12) -> list[httpx.Response]:
        """Several at once."""
        with ThreadPoolExecutor(count) as pool:
            return [one.result() for one in [pool.submit(self.post) for _ in range(count)]]


@pytest.fixture(scope="module")
def lines(stack: StackUrls) -> Iterator[Lines]:
    home = quick_folder("maitred-lines-")
    with (
        FaultProxy(upstream_of(stack.database_url)) as postgres,
        FaultProxy(upstream_of(stack.redis_url)) as redis,
        serving(
            home,
            MAITRED_DATABASE_URL=url_through(postgres, stack.database_url),
            MAITRED_REDIS_URL=url_through(redis, stack.redis_url),
        ) as service,
        service.http() as http,
    ):
        yield Lines(service, http, postgres, redis, stack.database_url)
    shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def failing(proxy: FaultProxy, mode: Mode) -> Generator[None, None, None]:
    """The line fails while inside."""
    proxy.mode = mode
    try:
        yield
    finally:
        proxy.mode = Pass()


async def half_done(database: Database, proxy: FaultProxy, mode: Mode) -> None:
    """A transaction whose line fails in the middle."""
    async with database.transaction() as tx:
        line: Any = tx.cases._connection  # pyright: ignore[reportPrivateUsage] - the connection that repositories are given
        await line.fetchval("insert into notes values ('half') returning 1")
        proxy.mode = mode
        await line.fetchval("select repeat('long', 400)")


def kind_of(mode: Mode) -> str:
    """Its kind: sets in its own words stand in another order in each process, and processes that share the suite compare names."""
    return type(mode).__name__


@pytest.mark.parametrize("mode", AWAY, ids=kind_of)
async def test_a_transaction_on_a_bad_line_fails_in_time_is_rolled_back_and_the_next_one_works(database_url: str, mode: Mode) -> None:
    with FaultProxy(upstream_of(database_url)) as proxy:
        database = Database(url_through(proxy, database_url), connections=2)
        await database.open()
        async with database.connection() as connection:
            await connection.execute("create table notes (word text)")
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await half_done(database, proxy, mode)
        assert time.monotonic() - began < LIMIT_S
        proxy.mode = Pass()
        began = time.monotonic()
        async with database.connection() as connection:
            await connection.execute("insert into notes values ('whole')")
            assert [row[0] for row in await connection.fetch("select word from notes")] == ["whole"]
        assert time.monotonic() - began < LIMIT_S
        await database.close()


async def test_a_refused_value_is_our_mistake_and_a_deadlock_is_the_servers_business(database_url: str) -> None:
    database = Database(database_url)
    await database.open()
    with pytest.raises(asyncpg.DataError):
        async with database.connection() as connection:
            await connection.fetchval("select $1::int4", 2**40)
    with pytest.raises(StoreUnavailable):
        async with database.connection() as connection:
            await connection.execute("do $$ begin raise exception using errcode = '40P01'; end $$")
    await database.close()


@pytest.mark.parametrize("mode", [*seldom(Refuse(), Reset()), Blackhole()], ids=kind_of)
def test_without_postgres_every_endpoint_answers_503_in_time_and_the_service_heals_by_itself(lines: Lines, mode: Mode) -> None:
    assert {answer.status_code for answer in lines.burst()} == {202}
    case_id = lines.post().json()["id"]
    asked = [
        ("POST", "/v1/messages", message("Are you there?")),
        ("GET", f"/v1/cases/{case_id}", None),
        ("GET", f"/v1/cases/{case_id}/explanation", None),
        ("GET", "/v1/cases", None),
        ("GET", "/v1/reviews", None),
        ("GET", "/v1/ledger/entries", None),
        ("POST", f"/v1/cases/{case_id}/replay", None),
    ]
    with failing(lines.postgres, mode):
        for method, path, body in asked:
            answer = lines.http.request(method, path, json=body)
            assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json"), path
            assert answer.json()["type"] == "/problems/store-unavailable"
            assert answer.headers["retry-after"]
            assert answer.elapsed.total_seconds() < LIMIT_S, path
        together = lines.burst()
        assert {answer.status_code for answer in together} == {503}
        assert max(answer.elapsed.total_seconds() for answer in together) < LIMIT_S + SLACK_S
        ready = lines.http.get("/readyz")
        assert (ready.status_code, ready.elapsed.total_seconds() < LIMIT_S) == (503, True)
        assert {name: one["status"] for name, one in ready.json()["dependencies"].items()} == {"postgres": "down", "redis": "up"}
        assert lines.http.get("/healthz").status_code == 200
    began = time.monotonic()
    assert eventually(lambda: lines.post().status_code == 202, HEALED_S)
    keep(FaultRow("Postgres away, silent, cutting or garbling", len(asked) + len(together), recoveries_s=[time.monotonic() - began]))
    assert eventually(lambda: lines.http.get("/readyz").status_code == 200, HEALED_S)
    assert {answer.status_code for answer in lines.burst()} == {202}


@pytest.mark.parametrize(
    "mode",
    [*seldom(Delay(60, jitter_ms=40), Throttle(20_000), Corrupt(2_000, frozenset({Direction.TO_CLIENT}))), Reset(3_000)],
    ids=kind_of,
)
async def test_what_a_bad_line_to_postgres_lets_through_is_whole(lines: Lines, mode: Mode) -> None:
    marked = {"metadata": {"line": repr(mode)}}
    with failing(lines.postgres, mode):
        answers: list[httpx.Response] = []
        for _ in range(8):
            with contextlib.suppress(httpx.RemoteProtocolError):
                answers.append(lines.post(**marked))
    assert {answer.status_code for answer in answers} <= {202, 503}
    assert eventually(lambda: lines.post().status_code == 202, HEALED_S)
    connection = await driver.connect(lines.database_url)
    stored = {row[0] for row in await connection.fetch("select case_id from messages where metadata->>'line' = $1", repr(mode))}
    assert {answer.json()["id"] for answer in answers if answer.status_code == 202} <= stored
    assert eventually(lambda: all(lines.http.get(f"/v1/cases/{one}").json().get("decision") for one in stored), 30)
    whole = """
        select c.id, (select count(*) from messages m where m.case_id = c.id and m.inbound),
               (select count(*) from turns t where t.case_id = c.id), (select count(*) from decisions d where d.case_id = c.id),
               array(select kind from ledger_entries l where l.case_id = c.id order by kind),
               array(select kind from events e where e.case_id = c.id order by kind)
        from cases c where id = any($1)"""
    for case_id, *counts, entries, events in await connection.fetch(whole, list(stored)):
        assert counts == [1, 1, 1], case_id
        assert {"message.received", "case.decided"} <= set(entries) & set(events), case_id
        assert len(entries) == len(set(entries)), case_id
    await connection.close()


@pytest.mark.parametrize("mode", [*seldom(Refuse(), Reset(), Corrupt(40)), Blackhole()], ids=kind_of)
def test_without_redis_messages_are_taken_in_no_request_hangs_and_every_one_is_decided_soon_after(lines: Lines, mode: Mode) -> None:
    lines.burst()
    with failing(lines.redis, mode):
        answers = lines.burst()
        assert {answer.status_code for answer in answers} == {202}
        assert max(answer.elapsed.total_seconds() for answer in answers) < LIMIT_S + SLACK_S
        for path in ("/v1/cases", "/v1/reviews", "/healthz"):
            assert lines.http.get(path).elapsed.total_seconds() < LIMIT_S
        ready = lines.http.get("/readyz")
        assert (ready.status_code, ready.elapsed.total_seconds() < LIMIT_S + SLACK_S) == (503, True)
        assert {name: one["status"] for name, one in ready.json()["dependencies"].items()} == {"postgres": "up", "redis": "down"}
    ids, began = [answer.json()["id"] for answer in answers], time.monotonic()
    eventually(lambda: not undecided(lines.http, ids), 20)
    lost = undecided(lines.http, ids)
    keep(FaultRow("Redis away, silent, cutting or garbling", len(ids), lost=len(lost), recoveries_s=[time.monotonic() - began]))
    assert lost == []


async def test_redis_that_is_flushed_again_and_again_under_load_loses_no_message(lines: Lines, stack: StackUrls) -> None:
    redis, ids = Redis(stack.redis_url), list[str]()
    with ThreadPoolExecutor(6) as pool:
        for _ in range(FLUSHES):
            posted = [pool.submit(taken, lines) for _ in range(3)]
            await redis.call("FLUSHALL")
            ids += [one.result() for one in posted]
    await redis.close()
    began = time.monotonic()
    eventually(lambda: not undecided(lines.http, ids), 30)
    lost = undecided(lines.http, ids)
    keep(FaultRow("Redis flushed under load", FLUSHES, lost=len(lost), recoveries_s=[time.monotonic() - began]))
    assert len(set(ids)) == 3 * FLUSHES
    assert lost == []
