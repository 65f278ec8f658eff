"""What a start refuses: one sentence that says what is wrong and what to do, no password in it, and nothing changed."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest

from domain.errors import SetupFailed
from stores import redis_examination
from stores.postgres_examination import revisions, tables
from stores.schema import migrate, stands
from tests.faults.proxy import Blackhole, FaultProxy, upstream_of, url_through

driver: Any = asyncpg  # its annotations are partial
HALF = "create table alembic_version (version_num text); insert into alembic_version values ('{}')"
REDIS_7 = shutil.which("redis-server")


async def run(database_url: str, *statements: str) -> None:
    connection = await driver.connect(database_url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def tables_in(database_url: str) -> set[str]:
    connection = await driver.connect(database_url)
    found = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
    await connection.close()
    return {row[0] for row in found}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://u:hunter2@127.0.0.1:9/x", "at 127.0.0.1:9. Nobody listens there. Start Postgres"),
        ("postgresql://u:hunter2@nowhere.invalid/x", "There is no host of that name. Correct the host in MAITRED_DATABASE_URL"),
        ("postgresql://u:hunter2@127.0.0.1:port/x", "MAITRED_DATABASE_URL cannot be read; it looks like postgresql://"),
        ("postgresql://postgres@{proxy}/nothere", "It has no such database. Make it with `createdb`"),
        ("postgresql://stranger:hunter2@{proxy}/postgres", "It refuses the user or the password"),
        ("postgresql://postgres:hunter2@{proxy}/postgres?sslmode=require", "`sslmode` in MAITRED_DATABASE_URL"),
    ],
)
async def test_a_postgres_that_cannot_be_reached_is_named_with_what_to_do(database_url: str, url: str, reason: str) -> None:
    with FaultProxy(upstream_of(database_url)) as proxy, pytest.raises(SetupFailed) as refused:
        await migrate(url.format(proxy=f"{proxy.host}:{proxy.port}"))
    assert reason in refused.value.message
    assert "hunter2" not in refused.value.message
    assert "\n" not in refused.value.message


async def test_a_postgres_that_never_answers_is_given_up(database_url: str) -> None:
    with FaultProxy(upstream_of(database_url), Blackhole()) as proxy, pytest.raises(SetupFailed, match="No answer came within 5 s"):
        await asyncio.wait_for(migrate(url_through(proxy, database_url) + "?sslmode=disable"), 15)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (HALF.format("9999"), "at schema 9999, which this maitred does not know: start the newer version"),
        (HALF.format("0001"), "says that it is at schema 0001, but lacks the table"),
        ("create table cases (mine text)", "has a table cases, but no record of its schema"),
        (
            "do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$",
            "is read-only",
        ),
    ],
)
async def test_a_database_that_is_not_as_it_says_is_refused_and_left_alone(database_url: str, statement: str, reason: str) -> None:
    await run(database_url, statement)
    before = await tables_in(database_url)
    with pytest.raises(SetupFailed, match=reason):
        await migrate(database_url)
    assert await tables_in(database_url) == before


async def test_a_command_beside_a_service_leaves_an_older_or_newer_schema_as_it_is(database_url: str) -> None:
    assert await stands(database_url) == revisions()[-1]
    assert await stands(database_url) == revisions()[-1]
    before = await tables_in(database_url)
    older = revisions()[-2]
    for revision, reason in (
        (older, f"at schema {older}, and this maitred works with {revisions()[-1]}.*maitred run"),
        ("9999", "does not know"),
    ):
        await run(database_url, f"update alembic_version set version_num = '{revision}'")
        with pytest.raises(SetupFailed, match=reason):
            await stands(database_url)
        assert await tables_in(database_url) == before


async def test_a_migration_that_dies_in_the_middle_is_rolled_back_frees_its_lock_and_runs_at_the_next_start(database_url: str) -> None:
    await run(
        database_url,
        "create function dies() returns event_trigger language plpgsql as $$ begin raise exception 'disk gone'; end $$",
        "create event trigger dies on ddl_command_end when tag in ('CREATE TRIGGER') execute function dies()",
    )
    with pytest.raises(SetupFailed, match=r"A migration did not go through and was rolled back.*disk gone"):
        await migrate(database_url)
    assert not tables(revisions()[-1]) & await tables_in(database_url)
    await run(database_url, "drop event trigger dies", "drop function dies()")
    async with asyncio.timeout(30):
        assert await asyncio.gather(migrate(database_url), migrate(database_url)) == [revisions()[-1]] * 2
    assert tables(revisions()[-1]) <= await tables_in(database_url)


@contextmanager
def redis_7(*options: str) -> Generator[str, None, None]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([str(REDIS_7), "--port", str(port), "--save", "", *options], stdout=subprocess.DEVNULL) as server:
        try:
            yield f"127.0.0.1:{port}/0"
        finally:
            server.terminate()


@pytest.mark.skipif(REDIS_7 is None, reason="no redis-server is installed")
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"], "Its maxmemory-policy allkeys-lru drops keys"),
        (["--replicaof", "127.0.0.1 9"], "It is a replica, which cannot be written to"),
        (["--requirepass", "secret"], "It refuses the user or the password"),
    ],
)
async def test_a_redis_that_would_drop_or_refuse_what_we_write_is_refused(options: list[str], reason: str) -> None:
    with redis_7(*options) as place:
        assert reason in await _refusal(f"redis://:hunter2@{place}" if "--requirepass" in options else f"redis://{place}")


async def test_a_redis_that_cannot_be_reached_is_named_with_what_to_do(redis_url: str) -> None:
    assert "Nobody listens there" in await _refusal("redis://:hunter2@127.0.0.1:9/0")
    assert "There is no host of that name" in await _refusal("redis://:hunter2@nowhere.invalid/0")
    assert "cannot be read" in await _refusal("redis://:hunter2@127.0.0.1:port/0")
    await redis_examination.examine(redis_url)


async def _refusal(url: str) -> str:
    deadline = asyncio.get_running_loop().time() + 5
    while True:
        with pytest.raises(SetupFailed) as refused:
            await redis_examination.examine(url)
        if "Nobody listens" not in refused.value.message or url.startswith("redis://:hunter2@127.0.0.1:9/"):
            assert "hunter2" not in refused.value.message
            return refused.value.message
        assert asyncio.get_running_loop().time() < deadline, "the server did not start"
        await asyncio.sleep(0.05)
