"""Writes of one transaction travel together, and nobody can tell."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import pytest

from stores.gathering import GatheringConnection
from tests.conftest import driver

TABLES = "create table a (id int primary key, said text); create table b (id int primary key, said text)"
PUT_A, PUT_B = "insert into a (id, said) values ($1, $2)", "insert into b (said, id) values ($1, $2)"


class Watched:
    """A connection that remembers what was sent."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.sent: list[str] = []

    def transaction(self) -> Any:
        """The connection's own."""
        self.sent.append("begin")
        return self.connection.transaction()

    async def execute(self, statement: str, *values: Any) -> Any:
        """Send."""
        self.sent.append(statement)
        return await self.connection.execute(statement, *values)

    async def fetch(self, query: str, *values: Any) -> Any:
        """Send."""
        self.sent.append(query)
        return await self.connection.fetch(query, *values)


@pytest.fixture
async def watched(database_url: str) -> Any:
    """Two empty tables."""
    connection: Any = await driver.connect(database_url)
    await connection.execute(TABLES)
    yield Watched(connection)
    await connection.close()


async def rows(watched: Watched) -> list[tuple[Any, ...]]:
    """What the tables hold."""
    found: Any = await watched.connection.fetch("select 'a', id, said from a union all select 'b', id, said from b order by 1, 2")
    return [tuple(row) for row in found]


async def test_writes_to_several_tables_are_one_statement_with_their_own_values(watched: Watched) -> None:
    async with AsyncExitStack() as stack:
        gathering = GatheringConnection(watched, stack)
        await gathering.execute(PUT_A, 1, "one")
        await gathering.execute(PUT_B, "two", 2)
        assert watched.sent == []
        await gathering.finish()
    assert len(watched.sent) == 1
    assert await rows(watched) == [("a", 1, "one"), ("b", 2, "two")]


async def test_a_second_write_to_a_table_comes_after_the_first(watched: Watched) -> None:
    async with AsyncExitStack() as stack:
        gathering = GatheringConnection(watched, stack)
        await gathering.execute(PUT_A, 1, "one")
        await gathering.execute("update a set said = $2 where id = $1", 1, "changed")
        await gathering.finish()
    assert watched.sent[0] == "begin"
    assert await rows(watched) == [("a", 1, "changed")]


async def test_a_read_sees_every_write_before_it(watched: Watched) -> None:
    async with AsyncExitStack() as stack:
        gathering = GatheringConnection(watched, stack)
        await gathering.execute(PUT_A, 1, "one")
        await gathering.execute(PUT_B, "two", 2)
        assert len(await gathering.fetch("select 1 from a, b")) == 1
        await gathering.finish()


async def test_a_fault_anywhere_undoes_everything(watched: Watched) -> None:
    async def work(stack: AsyncExitStack) -> None:
        gathering = GatheringConnection(watched, stack)
        await gathering.execute(PUT_A, 1, "one")
        await gathering.fetch("select 1")
        await gathering.execute(PUT_A, 1, "again")
        await gathering.execute(PUT_B, "two", 2)
        await gathering.finish()

    with pytest.raises(asyncpg.UniqueViolationError):
        async with AsyncExitStack() as stack:
            await work(stack)
    assert await rows(watched) == []


async def test_nothing_written_is_nothing_sent(watched: Watched) -> None:
    async with AsyncExitStack() as stack:
        await GatheringConnection(watched, stack).finish()
    assert watched.sent == []
