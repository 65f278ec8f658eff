"""The history of evals on a real Postgres: runs are kept whole, once, and never changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from domain.errors import Conflict
from domain.eval_history import Figure, PastResult, PastRun
from runtime.servers import patient_database
from stores.evals import AT_ONCE, PgEvalHistory
from stores.postgres import Database
from stores.schema import migrate

BEGAN = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database."""
    await migrate(database_url)
    async with patient_database(database_url, 3) as database:
        yield database


def past_run(run_id: str, *, suite: str = "routing", minutes: int = 0, digest: str = "sha256:1", results: int = 0) -> PastRun:
    return PastRun(
        id=run_id,
        suite=suite,
        suite_version=1,
        dataset_digest="sha256:d",
        cases=results,
        repeats=1,
        seed=7,
        model="embedded",
        policy="vip-support@sha256:p",
        prompts={"triage": "sha256:t"},
        code_digest="sha256:c",
        began_at=BEGAN + timedelta(minutes=minutes),
        machine="2 cores",
        figures={"right_route": Figure(value=0.9, low=0.8, high=0.95, cases=100)},
        dangerous=2,
        results=results,
        results_digest=digest,
    )


def past_result(number: int, **changes: Any) -> PastResult:
    told: dict[str, Any] = {
        "case_id": f"case-{number:04}",
        "repeat": 0,
        "case_digest": f"sha256:{number}",
        "slices": {"tier": "strategic"},
        "group": "",
        "passed": False,
        "dangerous": True,
        "judgement": {"passed": False, "values": {"right_route": 0.0}, "why": "A client of the first tier went to a bot."},
        "error": "",
    }
    return PastResult.model_validate({**told, **changes})


async def test_a_run_comes_back_as_it_was_kept(database: Database) -> None:
    history = PgEvalHistory(database)
    run, results = past_run("r1", results=AT_ONCE + 1), [past_result(number) for number in range(AT_ONCE + 1)]
    assert await history.put(run, results[::-1])
    assert await history.get("r1") == run
    assert await history.results("r1") == results
    assert (await history.get("r2"), await history.results("r2")) == (None, [])


async def test_a_run_is_kept_once_and_never_replaced(database: Database) -> None:
    history = PgEvalHistory(database)
    assert await history.put(past_run("r1"), [past_result(1)])
    assert not await history.put(past_run("r1"), [past_result(1)])
    with pytest.raises(Conflict, match="never changed"):
        await history.put(past_run("r1", digest="sha256:2"), [past_result(2)])
    assert await history.results("r1") == [past_result(1)]


async def test_half_a_run_is_never_kept(database: Database) -> None:
    history = PgEvalHistory(database)
    with pytest.raises(asyncpg.UniqueViolationError):
        await history.put(past_run("r1"), [*(past_result(number) for number in range(AT_ONCE)), past_result(0)])
    assert (await history.get("r1"), await history.results("r1")) == (None, [])


@pytest.mark.parametrize("table", ["eval_runs", "eval_results"])
@pytest.mark.parametrize("statement", ["delete from {}", "truncate {} cascade", "update {} set dangerous = default"])
async def test_what_is_kept_cannot_be_changed_or_deleted(database: Database, table: str, statement: str) -> None:
    history = PgEvalHistory(database)
    await history.put(past_run("r1"), [past_result(1)])
    async with database.connection() as connection:
        with pytest.raises(asyncpg.RaiseError, match="only grows"):
            await connection.execute(statement.format(table))
    assert (await history.get("r1"), await history.results("r1")) == (past_run("r1"), [past_result(1)])


async def test_runs_are_listed_newest_first_of_one_suite_or_of_all(database: Database) -> None:
    history = PgEvalHistory(database)
    for run in (past_run("r1"), past_run("r2", minutes=2, suite="triage"), past_run("r3", minutes=1)):
        await history.put(run, [])
    assert [run.id for run in await history.runs(None, 10)] == ["r2", "r3", "r1"]
    assert [run.id for run in await history.runs("routing", 10)] == ["r3", "r1"]
    assert [run.id for run in await history.runs(None, 1)] == ["r2"]
