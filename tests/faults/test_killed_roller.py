"""kill -9 of the worker that rolls, at every step of it: one stage at a time, always, and the rollout comes to its end all the same.

Every point stands before or after an effect. The release is looked at twenty times a second, in one snapshot with the stages.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from runtime.embedded import EmbeddedStack
from tests.desk.poison import forbidding_nothing, harmless
from tests.faults.length import IS_LONG
from tests.faults.outcomes import FaultRow, keep
from tests.faults.points import ROLLBACK_POINTS, ROLLER_POINTS, Failpoints
from tests.faults.poisoned import PoisonedDesk, poisoned_desk, until
from tests.service import message

driver: Any = asyncpg  # its annotations are partial
STANDS = """
select r.active, r.candidate, r.stage, r.started_at is not null as begun,
    array(select digest from policy_stages where name = r.name and stage = 'active') as active_ones,
    array(select digest || ' ' || stage from policy_stages where name = r.name and stage in ('shadow', 'canary')) as running
from policy_releases r where r.name = 'vip-support'
"""
WITHIN_S = 90.0
CANDIDATE = re.compile(r'maitred_policy_version\{.*role="candidate".*\} [1-9]')
"""What a worker tells that serves a candidate."""
OPEN_GATE = [{"metric": "forbidden", "minimum": 0}]
TWO_STEPS = [{"percent": 5, "hold_s": 2}, {"percent": 60, "hold_s": 0}]
FORWARD = ROLLER_POINTS if IS_LONG else ("release-stage-moved", "release-committed")
BACK = ROLLBACK_POINTS if IS_LONG else ("recalled-in-transaction", "release-committed")


@asynccontextmanager
async def one_stage_at_a_time(home: Path) -> AsyncGenerator[list[str], None]:
    """Every moment at which it was not so, while inside; stages, release and each other are read in one snapshot."""
    connection = await driver.connect(EmbeddedStack(home).urls.database_url)
    broken: list[str] = []

    async def watch() -> None:
        while True:
            row = await connection.fetchrow(STANDS)
            running = [f"{row['candidate']} {row['stage']}"] if row["begun"] else []
            if row["active_ones"] != [row["active"]] or row["running"] != running:
                broken.append(str(dict(row)))
            await asyncio.sleep(0.05)

    task = asyncio.create_task(watch())
    try:
        yield broken
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await connection.close()


async def ended_after_a_kill(desk: PoisonedDesk, points: Failpoints, point: str) -> float:
    """Seconds from the death of a worker at `point` until no rollout runs any more."""

    async def died() -> bool:
        return points.died_at(point) is not None

    async def over() -> bool:
        return (await desk.release())["candidate"] is None

    assert await until(died, WITHIN_S), f"nobody came by {point}"
    assert await until(over, WITHIN_S), f"the rollout did not come to its end after {point}"
    return max(0.0, time.time() - (points.died_at(point) or 0.0))


async def test_a_killed_roller_leaves_one_stage_and_the_next_one_goes_on(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    points, recoveries = Failpoints(tmp_path / "failpoints"), list[float]()
    async with (
        poisoned_desk(tmp_path, loaded=False, MAITRED_FAILPOINTS=str(points.folder)) as desk,
        one_stage_at_a_time(tmp_path) as broken,
    ):
        for number, point in enumerate(FORWARD):
            text = f"{harmless()}\n# {number}\n".replace("description: ", f"description: Edition {number}, ")
            release = await desk.start_canary(text, percent=5, gates=OPEN_GATE, steps=TWO_STEPS)
            points.arm(point)
            recoveries.append(await ended_after_a_kill(desk, points, point))
            assert (await desk.release())["active"] == release["candidate"]
    keep(FaultRow("kill -9 of the roller going forward", len(recoveries), 0, len(broken), recoveries))
    assert broken == []


async def test_a_killed_rollback_is_taken_up_again_and_recalls_every_case_once(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    points, recoveries, recalled = Failpoints(tmp_path / "failpoints"), list[float](), 0
    async with (
        poisoned_desk(tmp_path, loaded=False, MAITRED_FAILPOINTS=str(points.folder)) as desk,
        one_stage_at_a_time(tmp_path) as broken,
    ):
        for number, point in enumerate(BACK):
            text = forbidding_nothing().replace("description: ", f"description: Edition {number}, ")
            await desk.start_canary(text, percent=100)
            await _served(desk)
            points.arm(point)
            with contextlib.suppress(Exception):  # the worker that answers may be the one that dies
                await desk.http.post("/v1/messages", json=message("How do I share a dashboard?"))
            recoveries.append(await ended_after_a_kill(desk, points, point))
            recalled += 1
            kept = "select count(*), count(distinct case_id) from {} where {}"
            rows = await desk.connection.fetchrow(kept.format("policy_recalls", "true"))
            told = await desk.connection.fetchrow(kept.format("ledger_entries", "kind = 'policy.case_recalled'"))
            assert tuple(rows) == tuple(told) == (recalled, recalled)
    keep(FaultRow("kill -9 of a rollback", len(recoveries), 0, len(broken), recoveries))
    assert broken == []


async def _served(desk: PoisonedDesk) -> None:
    """Wait until both workers, of which one may just have taken a killed one's place, have heard of the canary."""

    async def heard() -> bool:
        with contextlib.suppress(httpx.HTTPError):
            told = (await desk.http.get("/metrics")).text
            return len([line for line in told.splitlines() if CANDIDATE.match(line)]) == 2
        return False

    assert await until(heard, 60.0)
    assert (await desk.release())["stage"] == "canary"
