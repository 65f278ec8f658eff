"""Recorded decisions in pages: each once, newest first, within a time, and only what the asker may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from domain.simulation import Cursor, Span
from policies.comparison.recorded import case_of
from policies.engine import compile_policy
from policies.rules import shipped
from runtime.servers import patient_database
from stores.recorded import PgRecordedDecisions
from stores.schema import migrate
from tests.recorded import BEGAN, EVERY, record_decisions, varied

MADE = 250


@pytest_asyncio.fixture
async def recorded(database_url: str) -> AsyncIterator[PgRecordedDecisions]:
    """On a database with some decisions."""
    await migrate(database_url)
    await record_decisions(database_url, MADE, compile_policy(shipped()))
    async with patient_database(database_url) as database:
        async with database.connection() as connection:
            await connection.execute(
                "insert into cases (id, channel, conversation_id, region, client_id, status, last_turn, created_at, updated_at) "
                "select case_id, 'email', case_id, (array['eu', 'us'])[1 + n % 2], 'client-' || n % 3, 'assigned', 1, now(), now() "
                "from (select case_id, row_number() over (order by case_id) n from (select distinct case_id from decisions) c) numbered"
            )
        yield PgRecordedDecisions(database)


async def ids(recorded: PgRecordedDecisions, span: Span, size: int) -> list[str]:
    """All ids, page after page."""
    found: list[str] = []
    after: Cursor | None = None
    while (page := await recorded.page(span, after, size)).last is not None:
        found += [decision_id for decision_id, _ in page.rows]
        after = page.last
    return found


@pytest.mark.parametrize("size", [1, 7, 100, 1_000])
async def test_pages_of_any_size_hold_each_decision_once_newest_first(recorded: PgRecordedDecisions, size: int) -> None:
    assert await ids(recorded, Span(), size) == [f"dec_{number:08d}" for number in reversed(range(MADE))]


async def test_decisions_of_one_moment_are_not_lost_between_pages(recorded: PgRecordedDecisions, database_url: str) -> None:
    async with patient_database(database_url) as database, database.connection() as connection:
        await connection.execute("update decisions set decided_at = $1", BEGAN)
    assert await ids(recorded, Span(), 3) == [f"dec_{number:08d}" for number in reversed(range(MADE))]


async def test_a_span_has_its_first_moment_and_not_its_last(recorded: PgRecordedDecisions) -> None:
    span = Span(since=BEGAN + 10 * EVERY, until=BEGAN + 20 * EVERY)
    assert await ids(recorded, span, 4) == [f"dec_{number:08d}" for number in reversed(range(10, 20))]
    assert await recorded.count(span) == 10
    assert await recorded.count(Span(since=BEGAN + timedelta(days=9))) == 0


async def test_a_count_stops_at_the_limit(recorded: PgRecordedDecisions) -> None:
    assert (await recorded.count(Span()), await recorded.count(Span(limit=99))) == (MADE, 99)


async def test_a_key_of_one_region_or_client_sees_its_own_alone(recorded: PgRecordedDecisions) -> None:
    of_eu, of_us = [set(await ids(recorded, Span(region=region), 50)) for region in ("eu", "us")]
    assert len(of_eu | of_us) == MADE
    assert not of_eu & of_us
    one = await ids(recorded, Span(region="eu", client_id="client-1"), 50)
    assert set(one) < of_eu
    assert await recorded.count(Span(region="eu", client_id="client-1")) == len(one) > 0


async def test_a_page_far_back_is_read_from_the_index(recorded: PgRecordedDecisions, database_url: str) -> None:
    async with patient_database(database_url) as database, database.connection() as connection, connection.transaction():
        await connection.execute("set local enable_seqscan = off")
        from stores.recorded import PAGE

        plan = "\n".join(
            row[0]
            for row in await connection.fetch(
                "explain "
                + PAGE.replace("$1", "'2026-01-01Z'").replace("$2", "'2026-11-01 00:10Z'").replace("$3", "'x'").replace("$4", "50")
            )
        )
    assert "Index Scan Backward using decisions_time" in plan
    assert "Index Cond" in plan
    assert "Sort" not in plan


async def test_records_are_read_as_they_were_decided_from(recorded: PgRecordedDecisions) -> None:
    newest = await recorded.newest(5)
    expected = list(varied(MADE))[-5:][::-1]
    assert [case.facts.plain for case in newest] == [one["facts"] for one in expected]
    assert [case.proposal.model_dump(mode="json") if case.proposal else None for case in newest] == [one["proposal"] for one in expected]


@pytest.mark.parametrize("record", [b"{}", b"[]", b"no json", b'{"facts": null}', b'{"facts": {"client": {"region": "moon"}}}', b"\xff"])
def test_a_record_that_cannot_be_read_is_no_case(record: bytes) -> None:
    assert case_of("dec_1", record) is None
