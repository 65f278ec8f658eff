"""One move of a release in a process of its own, which a test may let die at a point: `python -m tests.faults.release_moves URL MOVE`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

from desk.casework import Asked
from desk.releases import Releases
from domain.facts import Region
from domain.policy_life import Stage
from policies.engine import compile_policy
from policies.rollouts.rollout import Plan
from policies.shelf import PolicyShelf
from runtime.clock import shared_clock
from runtime.policy_archive import PolicyArchive
from stores.policy_views import PgPolicyViews
from stores.postgres import Database
from tests.desk.policy_house import ANN, OLE, TEXT

NAME = "starter"
Move = Callable[[Releases, Asked, Asked], Awaitable[object]]
MOVES: dict[str, Move] = {
    "shadow": lambda releases, ann, _: releases.roll_out(NAME, 2, Plan(stage=Stage.SHADOW), ann),
    "canary": lambda releases, ann, _: releases.roll_out(NAME, 2, Plan(stage=Stage.CANARY, percent=10), ann),
    "active": lambda releases, ann, _: releases.roll_out(NAME, 2, Plan(stage=Stage.ACTIVE), ann),
    "due": lambda releases, _ann, _ole: releases.begin_due(),
    "back": lambda releases, _, ole: releases.roll_back(NAME, None, ole),
}


async def make(url: str, move: str) -> None:
    """Make a move of what stands now."""
    database = Database(url, connections=2, patience_s=10)
    await database.open()
    shelf = PolicyShelf(compile_policy(TEXT), library=PolicyArchive(PgPolicyViews(database)))
    releases = Releases(database, shelf, await shared_clock(database), Region.EU)
    async with database.transaction() as tx:
        release = await tx.releases.get(NAME)
    revision = release.revision if release else None
    await MOVES[move](releases, Asked(ANN, revision, "req_1"), Asked(OLE, None, "req_2", "Stop it."))
    await database.close()


if __name__ == "__main__":
    asyncio.run(make(*sys.argv[1:3]))
