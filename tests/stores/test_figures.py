"""Every figure of the dashboard against rows that are few enough to be counted by hand."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from domain.figures import DecisionCount, GuardCount, InboxDepth, StageTime, VersionName, Waits, Window
from runtime.servers import patient_database
from stores.figures import PgCountedWork
from stores.postgres import Database
from stores.schema import migrate

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
DAY = Window(since=NOW - timedelta(days=1), now=NOW)
DECISION: dict[str, Any] = {
    "at": NOW - timedelta(hours=1),
    "region": "eu",
    "tier": "gold",
    "mode": "ai",
    "policy": "sha256:one",
    "proposed": True,
    "overruled": False,
    "degraded": False,
    "guards": "",
    "ms": (10, 1, 2, 3, 4),
    "tokens": (100, 10),
    "cost_usd": 0.0,
}
CASE: dict[str, Any] = {
    "region": "eu",
    "tier": "gold",
    "status": "assigned",
    "came": 60,
    "heard": None,
    "acknowledged": None,
    "resolved": None,
}
INSERT_CASE = """
insert into cases (id, channel, conversation_id, region, status, last_turn, tier, ack_due_at, resolve_due_at, heard_at, acknowledged_at,
                   resolved_at, created_at, updated_at)
values ($1, 'email', $1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $10)
"""


class Books:
    """Writes rows and counts them."""

    def __init__(self, database: Database) -> None:
        self.database, self.figures = database, PgCountedWork(database)
        self._numbers = itertools.count(1)

    async def decided(self, **changes: Any) -> None:
        """One decision, an hour ago unless said otherwise."""
        one = {**DECISION, **changes}
        us = [ms * 1000 for ms in one["ms"]]
        row = (f"dec_{next(self._numbers)}", one["at"], one["region"], one["tier"], one["mode"], one["policy"], one["proposed"])
        await self.run(
            "insert into decision_figures values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
            *(*row, one["overruled"], one["degraded"], one["guards"], *us, *one["tokens"], one["cost_usd"]),
        )

    async def case(self, **changes: Any) -> str:
        """A case that came in some minutes ago, with an hour for the first word and four for the end; moments are minutes after that."""
        one, name = {**CASE, **changes}, f"case_{next(self._numbers)}"
        came = NOW - timedelta(minutes=one["came"])
        after = {key: came + timedelta(minutes=one[key]) if one[key] is not None else None for key in ("heard", "acknowledged", "resolved")}
        due = (None, None) if one["tier"] is None else (came + timedelta(hours=1), came + timedelta(hours=4))
        await self.run(INSERT_CASE, name, one["region"], one["status"], one["tier"], *due, *after.values(), came)
        return name

    async def review(self, case_id: str, status: str, minutes: int) -> None:
        """A review that was opened some minutes ago."""
        await self.run(
            "insert into reviews (id, case_id, turn, status, gate, pool, at_stake, opened_at, due_at, sla_due_at) "
            "values ($1, $1, 1, $2, '{}', 'eu-core', 0, $3, $3, $3)",
            case_id,
            status,
            NOW - timedelta(minutes=minutes),
        )

    async def run(self, statement: str, *values: Any) -> None:
        """One statement."""
        async with self.database.connection() as connection:
            await connection.execute(statement, *values)


@pytest_asyncio.fixture
async def books(database_url: str) -> AsyncIterator[Books]:
    """Empty ones."""
    await migrate(database_url)
    async with patient_database(database_url) as database:
        yield Books(database)


async def test_decisions_are_counted_by_version_tier_and_mode(books: Books) -> None:
    await books.decided(overruled=True, cost_usd=0.25)
    await books.decided(degraded=True, tokens=(50, 5), cost_usd=0.5)
    await books.decided(proposed=False, tokens=(0, 0), cost_usd=None)
    await books.decided(mode="human", policy="sha256:two")
    await books.decided(at=NOW - timedelta(days=2))
    await books.decided(at=NOW)
    found = sorted(await books.figures.decisions(DAY), key=lambda one: one.mode)
    assert found == [
        DecisionCount(
            tier="gold",
            mode="ai",
            policy="sha256:one",
            decisions=3,
            proposed=2,
            overruled=1,
            degraded=1,
            prompt_tokens=150,
            completion_tokens=15,
            cost_usd=0.75,
            unpriced=1,
        ),
        DecisionCount(
            tier="gold",
            mode="human",
            policy="sha256:two",
            decisions=1,
            proposed=1,
            overruled=0,
            degraded=0,
            prompt_tokens=100,
            completion_tokens=10,
            cost_usd=0.0,
            unpriced=0,
        ),
    ]


async def test_region_and_tier_narrow_every_figure(books: Books) -> None:
    for region, tier in (("eu", "gold"), ("eu", "silver"), ("us", "gold")):
        await books.decided(region=region, tier=tier, guards="one-guard")
        await books.review(await books.case(region=region, tier=tier, heard=1), "open", 5)
    narrow = DAY.model_copy(update={"region": "eu", "tier": "gold"})
    assert [one.decisions for one in await books.figures.decisions(narrow)] == [1]
    assert [one.decisions for one in await books.figures.guards(narrow, 5)] == [1]
    assert sum(one.decisions for one in await books.figures.volume(narrow, 4)) == 1
    assert [one.cases for one in await books.figures.promises(narrow)] == [1]
    assert [one.heard for one in await books.figures.promises(narrow)] == [1]
    assert (await books.figures.inbox(narrow)).waiting == 1
    assert (await books.figures.inbox(DAY)).waiting == 3


async def test_guards_that_fired_most_come_first_and_only_so_many(books: Books) -> None:
    for guards in ("vip outage", "vip", "", "outage vip", "money"):
        await books.decided(guards=guards)
    assert await books.figures.guards(DAY, 2) == [GuardCount(guard="vip", decisions=3), GuardCount(guard="outage", decisions=2)]


async def test_volume_has_every_piece_also_those_without_a_decision(books: Books) -> None:
    for hours in (23.9, 13, 12.1, 0.1):
        await books.decided(at=NOW - timedelta(hours=hours))
    found = await books.figures.volume(DAY, 4)
    assert [(one.begins_at, one.decisions) for one in found] == [
        (NOW - timedelta(hours=24), 1),
        (NOW - timedelta(hours=18), 2),
        (NOW - timedelta(hours=12), 0),
        (NOW - timedelta(hours=6), 1),
    ]


async def test_stages_are_told_by_their_middle_and_their_slow_end(books: Books) -> None:
    for total in range(1, 21):
        await books.decided(ms=(total, 2 * total, 0, 5, 1))
    assert await books.figures.stage_times(DAY) == [
        StageTime(stage="total", p50_ms=10, p95_ms=19),
        StageTime(stage="context", p50_ms=20, p95_ms=38),
        StageTime(stage="value", p50_ms=0, p95_ms=0),
        StageTime(stage="model", p50_ms=5, p95_ms=5),
        StageTime(stage="policy", p50_ms=1, p95_ms=1),
    ]
    [sampled, *_] = await books.figures.stage_times(DAY, one_in=3)
    assert 1 <= sampled.p50_ms <= 20


@pytest.mark.parametrize(
    ("case", "met", "breached", "running"),
    [
        ({"heard": 30, "acknowledged": 30, "resolved": 50, "status": "resolved"}, 2, 0, 0),
        ({"came": 600, "heard": 61, "acknowledged": 61, "resolved": 90, "status": "resolved"}, 1, 1, 0),
        ({"came": 600, "heard": 10, "acknowledged": 10, "resolved": 241, "status": "resolved"}, 1, 1, 0),
        ({"came": 50, "heard": 10, "acknowledged": 10}, 1, 0, 1),
        ({"came": 241, "heard": 10, "acknowledged": 10}, 1, 1, 0),
        ({"came": 61}, 0, 1, 1),
        ({"came": 59}, 0, 0, 2),
        ({"came": 120, "heard": 1, "status": "answered"}, 1, 0, 1),
        ({"came": 200, "heard": 1, "acknowledged": 180, "resolved": 180, "status": "resolved"}, 2, 0, 0),
    ],
)
async def test_the_first_word_and_the_end_are_each_kept_missed_or_running(
    books: Books, case: dict[str, Any], met: int, breached: int, running: int
) -> None:
    await books.case(**case)
    [found] = await books.figures.promises(DAY)
    assert (found.cases, found.met, found.breached, found.running, found.unpromised) == (1, met, breached, running, 0)


async def test_promises_are_counted_by_tier_and_not_before_they_are_made(books: Books) -> None:
    await books.case()
    await books.case(came=61)
    await books.case(tier=None, status="routing")
    await books.case(came=2_000)
    gold, ungraded = await books.figures.promises(DAY)
    assert (gold.tier, gold.cases, gold.breached, gold.running) == ("gold", 2, 1, 3)
    assert (ungraded.tier, ungraded.cases, ungraded.unpromised, ungraded.breached, ungraded.running) == (None, 1, 1, 0, 0)


async def test_a_case_that_was_reopened_waits_for_another_first_word(books: Books) -> None:
    await books.case(came=61, heard=1)
    [found] = await books.figures.promises(DAY)
    assert (found.met, found.breached, found.running) == (0, 1, 1)


async def test_waits_are_counted_from_when_the_message_came_in(books: Books) -> None:
    for minutes in range(1, 11):
        await books.case(heard=minutes, resolved=10 * minutes if minutes <= 5 else None, came=300)
    await books.case(came=300)
    [counted] = await books.figures.promises(DAY)
    assert (counted.heard, counted.resolved) == (10, 5)
    assert await books.figures.waits(DAY) == Waits(heard_p50_s=300, heard_p90_s=540, resolved_p50_s=1800, resolved_p90_s=3000)


async def test_the_inbox_tells_how_many_wait_and_since_when(books: Books) -> None:
    for status, minutes in (("open", 10), ("claimed", 90), ("ruled", 500), ("expired", 400)):
        await books.review(await books.case(), status, minutes)
    assert await books.figures.inbox(DAY) == InboxDepth(waiting=2, oldest_at=NOW - timedelta(minutes=90))


async def test_a_window_without_anything_has_empty_figures(books: Books) -> None:
    figures = books.figures
    assert (await figures.decisions(DAY), await figures.guards(DAY, 5), await figures.stage_times(DAY)) == ([], [], [])
    assert await figures.promises(DAY) == []
    assert (await figures.waits(DAY)).heard_p50_s is None
    assert await figures.inbox(DAY) == InboxDepth(waiting=0, oldest_at=None)


async def test_versions_have_names(books: Books) -> None:
    await books.run(
        "insert into policy_versions (digest, name, version, body, created_by) values ('sha256:one', 'vip-support', 7, '', 'x')"
    )
    found = await books.figures.versions(["sha256:one", "sha256:lost"])
    assert found == [VersionName(digest="sha256:one", name="vip-support", version=7)]
