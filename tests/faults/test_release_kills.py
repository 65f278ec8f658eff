"""kill -9 in the middle of every move of a release: what was before stands, or what shall be, never something between."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from domain.policy_life import Release, Stage
from policies.rollouts.rollout import Plan
from tests.desk.release_house import ReleaseHouse, open_release_house
from tests.faults.points import Failpoints

ROOT = Path(__file__).parents[2]
BEFORE_THE_COMMIT = ("release-stage-moved", "release-in-transaction")
CANARY = Plan(stage=Stage.CANARY, percent=10)


@pytest_asyncio.fixture
async def house(database_url: str) -> AsyncIterator[ReleaseHouse]:
    async with open_release_house(database_url) as opened:
        yield opened


async def one_move(house: ReleaseHouse, database_url: str, points: Failpoints, move: str) -> int:
    """Make a move in a process of its own and return how it ended."""
    command = [sys.executable, "-m", "tests.faults.release_moves", database_url, move]
    environment = {**os.environ, "MAITRED_FAILPOINTS": str(points.folder)}
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    _, told = await process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), told.decode()[-2000:]
    await house.check()
    return process.returncode


async def standing(house: ReleaseHouse) -> tuple[Release, dict[int, str], list[str]]:
    return await house.release(), await house.stages(), await house.kinds()


async def due_by_now(house: ReleaseHouse) -> None:
    await house.roll_out(2, Plan(stage=Stage.CANARY, percent=10, starts_at=await house.database.time() + timedelta(hours=1)))
    await house.due_now()


@pytest.mark.parametrize("move", ["shadow", "canary", "active", "due", "back"])
async def test_a_move_whose_process_dies_leaves_what_was_before_and_can_be_made_again(
    house: ReleaseHouse, database_url: str, tmp_path: Path, move: str
) -> None:
    points = Failpoints(tmp_path / "failpoints")
    await house.approved(2)
    if move == "due":
        await due_by_now(house)
    if move == "back":
        await house.roll_out(2, CANARY)
    before = await standing(house)
    for point in BEFORE_THE_COMMIT:
        points.arm(point)
        assert await one_move(house, database_url, points, move) == -signal.SIGKILL
        assert points.died_at(point) is not None
        assert await standing(house) == before
    points.arm("release-committed")
    assert await one_move(house, database_url, points, move) == -signal.SIGKILL
    release, stages, kinds = await standing(house)
    assert release.revision == before[0].revision + 1
    assert stages != before[1]
    assert len(kinds) == len(before[2]) + 1


async def test_a_worker_that_stops_in_the_middle_of_a_move_does_not_hold_up_a_rollback(
    house: ReleaseHouse, database_url: str, tmp_path: Path
) -> None:
    """A process that is stopped, not dead, keeps its transaction and the release's lock; the server ends it after some seconds."""
    await house.approved(2)
    await house.roll_out(2, CANARY)
    holder = house.database
    async with holder.connection() as connection:
        blocked = connection.transaction()
        await blocked.start()
        await connection.execute("select * from policy_releases for update")
        rolled_back = await asyncio.wait_for(house.roll_back(), 12)
        with pytest.raises(Exception, match=r"idle-in-transaction|connection is closed|terminat"):
            await blocked.commit()
    assert rolled_back.candidate is None
    await house.check()
