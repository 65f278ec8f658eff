"""Recalled cases: all that a withdrawn version touched and that is not over, once, until a lead has looked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest_asyncio

from domain.rollout_views import RecallQuery, RecallRow
from runtime.servers import patient_database
from stores.recalls import PgRecallViews
from stores.schema import migrate
from tests.stores.arms import ACTIVE, BEGAN, CANDIDATE, NAME, Arms, Decided, release

NOW = datetime.now(UTC)


@pytest_asyncio.fixture
async def arms(database_url: str) -> AsyncIterator[Arms]:
    """A migrated database with two versions."""
    await migrate(database_url)
    async with patient_database(database_url, 3) as database:
        made = Arms(database)
        await made.versions(ACTIVE, CANDIDATE)
        yield made


async def withdrawn(arms: Arms, limit: int = 100) -> list[str]:
    """The cases that a withdrawal recalls."""
    async with arms.database.transaction() as tx:
        await tx.recalls.withdraw(release(), "It went wrong.", NOW)
        return [one.case_id for one in await tx.recalls.find(limit)]


async def found(arms: Arms, limit: int = 100) -> list[str]:
    async with arms.database.transaction() as tx:
        return [one.case_id for one in await tx.recalls.find(limit)]


async def listed(arms: Arms, **filters: object) -> list[RecallRow]:
    return await PgRecallViews(arms.database).recalls(RecallQuery.model_validate({"name": NAME, **filters}))


async def test_what_a_withdrawn_version_touched_is_recalled_unless_it_is_over(arms: Arms) -> None:
    decided, waiting, *_ = await arms.add(
        Decided(CANDIDATE),
        Decided(CANDIDATE, turn_status="waiting", status="awaiting_review", proposed="ai"),
        Decided(CANDIDATE, status="resolved"),
        Decided(CANDIDATE, status="closed"),
        Decided(ACTIVE),
        Decided(CANDIDATE, at=BEGAN - timedelta(minutes=1)),
    )
    assert sorted(await withdrawn(arms)) == [decided, waiting]
    rows = {row.recall.case_id: row for row in await listed(arms)}
    assert (rows[decided].waiting, rows[waiting].waiting) == (False, True)
    assert rows[waiting].record["routing"]["verdict"]["route"]["mode"] == "ai"
    assert rows[decided].recall.because == "It went wrong."


async def test_many_cases_are_recalled_in_batches_and_none_twice(arms: Arms) -> None:
    touched = await arms.add(*(Decided(CANDIDATE) for _ in range(5)))
    batches = [await withdrawn(arms, 2), await found(arms, 2), await found(arms, 2), await found(arms, 2)]
    assert [len(batch) for batch in batches] == [2, 2, 1, 0]
    assert sorted(case_id for batch in batches for case_id in batch) == touched


async def test_a_run_that_ends_after_the_withdrawal_is_recalled_too(arms: Arms) -> None:
    assert await withdrawn(arms) == []
    [late] = await arms.add(Decided(CANDIDATE, at=NOW + timedelta(seconds=2)))
    assert await found(arms) == [late]
    await arms.add(Decided(CANDIDATE, at=NOW + timedelta(minutes=2)))
    assert await found(arms) == []


async def test_a_case_is_listed_until_a_lead_has_looked(arms: Arms) -> None:
    first, second = await arms.add(Decided(CANDIDATE), Decided(CANDIDATE))
    await withdrawn(arms)
    async with arms.database.transaction() as tx:
        assert [one.seen_by for one in await tx.recalls.see(NAME, first, "person:lead-1", NOW)] == ["person:lead-1"]
        assert await tx.recalls.see(NAME, first, "person:lead-2", NOW) == []
        assert [one.seen_by for one in await tx.recalls.of(NAME, first)] == ["person:lead-1"]
    assert [row.recall.case_id for row in await listed(arms)] == [second]
    assert [row.recall.case_id for row in await listed(arms, seen=True)] == [first]
    assert await found(arms) == []


async def test_the_list_goes_on_where_a_page_ended_and_shows_a_region_its_own(arms: Arms) -> None:
    await arms.add(*(Decided(CANDIDATE) for _ in range(3)))
    await withdrawn(arms)
    [first, second] = await listed(arms, limit=2)
    last = second.recall
    assert [row.recall.case_id for row in await listed(arms, after=(last.at, last.case_id, last.turn))] != [first.recall.case_id]
    assert len(await listed(arms, after=(last.at, last.case_id, last.turn))) == 1
    assert (len(await listed(arms, region="eu")), len(await listed(arms, region="us"))) == (3, 0)
