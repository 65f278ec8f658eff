"""What our own cases know of clients, from real rows."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest_asyncio

from runtime.servers import patient_database
from stores.client_records import PgClientRecords
from stores.postgres import Database
from stores.schema import migrate

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
CASE = """
insert into cases (id, channel, conversation_id, region, client_id, identity, status, last_turn, tier, created_at, updated_at)
values ($1, 'email', $1, $2, $3, $4, $5, 1, $6, $7, $7)
"""
DECISION = """
insert into decisions (id, case_id, turn, facts_digest, policy_digest, tier, mode, pool, body, record, decided_at)
values ($1, $1, 1, '', '', 'gold', 'ai', 'eu-core', '{}', $2, $3)
"""


class Cases:
    """Writes cases of clients."""

    def __init__(self, database: Database) -> None:
        self.database, self.records = database, PgClientRecords(database)
        self._numbers = itertools.count(1)

    async def add(
        self, client: str | None, days: float = 1, region: str = "eu", status: str = "assigned", value: float | None = None, **more: Any
    ) -> str:
        """A case that came in some days ago, and the decision with its value."""
        name, at = f"case_{next(self._numbers)}", NOW - timedelta(days=days)
        identity = {"client_name": more.get("name", "Northwind Bank")} if client else None
        async with self.database.connection() as connection:
            await connection.execute(CASE, name, region, client, identity, status, more.get("tier", "gold"), at)
            if value is not None:
                amounts: dict[str, Any] = {"at_stake": value, "low": 0.0, "high": value, "currency": "EUR"}
                estimate: dict[str, Any] = {**amounts, "score": 0.5, "confidence": 0.9, "drivers": []}
                record = {"value": {"estimate": {**estimate, "model": more.get("model", "value@1")}}}
                await connection.execute(DECISION, name, orjson.dumps(record), at)
        return name


@pytest_asyncio.fixture
async def cases(database_url: str) -> AsyncIterator[Cases]:
    """Empty."""
    await migrate(database_url)
    async with patient_database(database_url) as database:
        yield Cases(database)


async def test_a_client_is_known_by_its_last_case_and_counted_over_all(cases: Cases) -> None:
    await cases.add("northwind", days=40, status="closed", tier="silver")
    last = await cases.add("northwind", days=2)
    await cases.add("northwind", days=3, status="resolved")
    await cases.add("other")
    known = await cases.records.known("northwind", None, NOW)
    assert known is not None
    assert (known.name, known.tier, known.last_case, known.last_case_at) == ("Northwind Bank", "gold", last, NOW - timedelta(days=2))
    assert (known.cases, known.cases_open, known.cases_30d) == (3, 1, 2)
    assert await cases.records.known("nobody", None, NOW) is None


async def test_cases_of_another_region_tell_nothing(cases: Cases) -> None:
    await cases.add("northwind", region="us", value=1.0)
    assert await cases.records.known("northwind", "eu", NOW) is None
    assert await cases.records.values("northwind", "eu", 10) == []
    assert await cases.records.recent("eu", "", "", NOW, 10) == []


async def test_values_are_the_newest_told_from_the_oldest_on_without_those_that_could_not_be_made(cases: Cases) -> None:
    for days, value, model in ((5, 1.0, "value@1"), (4, 2.0, "value@1"), (3, 0.0, "none"), (2, 3.0, "value@2"), (1, None, "")):
        await cases.add("northwind", days=days, value=value, model=model)
    assert [one.estimate.at_stake for one in await cases.records.values("northwind", None, 10)] == [1.0, 2.0, 3.0]
    assert [one.estimate.model for one in await cases.records.values("northwind", None, 2)] == ["value@2"]


async def test_clients_of_the_newest_cases_are_found_by_words_and_tier(cases: Cases) -> None:
    await cases.add("northwind", days=3)
    await cases.add("northwind", days=2)
    await cases.add("alder", days=1, name="Alder 100 %", tier="silver")
    await cases.add(None, days=0.5)
    found = await cases.records.recent(None, "", "", NOW, 10)
    assert [(one.id, one.cases) for one in found] == [("alder", 1), ("northwind", 2)]
    assert [one.id for one in await cases.records.recent(None, "BANK", "", NOW, 10)] == ["northwind"]
    assert [one.id for one in await cases.records.recent(None, "100 %", "", NOW, 10)] == ["alder"]
    assert await cases.records.recent(None, "%", "gold", NOW, 10) == []
    assert [one.id for one in await cases.records.recent(None, "", "silver", NOW, 10)] == ["alder"]
