"""What a dashboard makes of its counts: sums, rates, and the two sides of a rollout."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from desk import dashboard
from desk.dashboard import Dashboard, Span
from domain.access import ApiKey, Scope
from domain.policy_life import Stage
from runtime.servers import patient_database
from stores.figures import PgCountedWork
from stores.postgres import Database
from stores.schema import migrate
from tests.stores.arms import ACTIVE, CANDIDATE, NAME, Arms, release

NOW = datetime.now(UTC)
READER = ApiKey(id="key_1", name="reader", scopes=(Scope.CASES_READ,), actor="key:reader")
ROW = "insert into decision_figures values ($1, $2, $3, 'gold', $4, $5, $6, $7, $8, '', 1000, 0, 0, 0, 0, 10, 5, $9)"


class Clock:
    def now(self) -> datetime:
        return NOW


class Board:
    """A dashboard over a database to write decisions into."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.dashboard = Dashboard(PgCountedWork(database), database, Clock())
        self._number = 0

    async def decided(self, count: int, policy: str, **given: Any) -> None:
        """Decisions of an hour ago."""
        one = {"region": "eu", "mode": "ai", "proposed": True, "overruled": False, "degraded": False, "cost": 0.5, **given}
        async with self.database.connection() as connection:
            for _ in range(count):
                self._number += 1
                values = (one["region"], one["mode"], policy, one["proposed"], one["overruled"], one["degraded"], one["cost"])
                await connection.execute(ROW, f"dec_{self._number}", NOW - timedelta(hours=1), *values)


@pytest_asyncio.fixture
async def board(database_url: str) -> AsyncIterator[Board]:
    """Empty, with two versions of one policy."""
    await migrate(database_url)
    async with patient_database(database_url, 3) as database:
        await Arms(database).versions(ACTIVE, CANDIDATE)
        yield Board(database)


async def test_rates_are_parts_of_what_they_are_about(board: Board) -> None:
    await board.decided(5, ACTIVE)
    await board.decided(2, ACTIVE, mode="human", overruled=True)
    await board.decided(1, ACTIVE, mode="human", proposed=False, degraded=True, cost=None)
    found = await board.dashboard.figures(Span.DAY, None, None, READER)
    tally = found.tally
    assert (tally.decisions, tally.escalated, tally.share(tally.escalated)) == (8, 3, 3 / 8)
    assert tally.overrule_rate == 2 / 7
    assert tally.share(tally.degraded) == 1 / 8
    assert (tally.prompt_tokens, tally.completion_tokens, tally.cost_usd, tally.unpriced) == (80, 40, 3.5, 1)
    assert found.modes == {"ai": 5, "human": 3}
    assert len(found.volume) == 24
    assert [(one.named.version if one.named else 0, one.tally.decisions) for one in found.versions] == [(1, 8)]


async def test_without_decisions_there_is_no_rate(board: Board) -> None:
    found = await board.dashboard.figures(Span.MONTH, None, None, READER)
    assert found.empty
    assert (found.tally.share(0), found.tally.overrule_rate, found.trials) == (None, None, [])


async def test_a_key_of_one_region_counts_that_one_whatever_it_asks_for(board: Board) -> None:
    await board.decided(2, ACTIVE, region="us")
    await board.decided(3, ACTIVE)
    american = READER.model_copy(update={"region": "us"})
    assert (await board.dashboard.figures(Span.WEEK, None, "eu", american)).tally.decisions == 2


@pytest.mark.parametrize(("stage", "decided"), [(Stage.CANARY, 1), (Stage.SHADOW, 0)])
async def test_a_rollout_that_runs_has_its_candidate_beside_the_active_version(board: Board, stage: Stage, decided: int) -> None:
    await board.decided(4, ACTIVE, mode="human")
    await board.decided(decided, CANDIDATE)
    async with board.database.transaction() as tx:
        await tx.releases.put(release(stage, revision=0))
    [trial] = (await board.dashboard.figures(Span.DAY, None, None, READER)).trials
    assert (trial.release.name, trial.release.stage) == (NAME, stage)
    assert (trial.active.tally.decisions, trial.active.tally.escalated) == (4, 4)
    assert (trial.candidate.tally.decisions, trial.candidate.tally.escalated) == (decided, 0)
    assert trial.candidate.named is not None
    assert trial.candidate.named.version == 2


async def test_stage_times_of_many_decisions_are_told_from_some(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "TIMED", 10)
    await board.decided(40, ACTIVE)
    found = await board.dashboard.figures(Span.DAY, None, None, READER)
    assert (found.stages_one_in, found.waits_one_in) == (4, 1)
    assert found.stage_times[0].p95_ms == 1.0
