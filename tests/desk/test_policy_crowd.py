"""Two hundred people at once: no update is lost, no gate is passed, and everybody is answered.

`MAITRED_FAULTS=long` tries more of them.
"""

from __future__ import annotations

import asyncio
import os
import random
import uuid
from collections import Counter
from typing import Any

import pytest

import desk.policies
from desk.policies import Policies
from desk.releases import Releases
from domain.errors import Conflict, Forbidden, InvalidInput, MaitredError, NotFound, StaleObject
from domain.facts import Region
from domain.policy_life import Stage
from stores.policy_views import PgPolicyViews
from stores.postgres import Database
from stores.schema import migrate
from tests.desk.house import TestClock
from tests.desk.policy_lives import PEOPLE, VARIANTS, Life, Told, compiled
from tests.desk.policy_memory import Texts

AT_ONCE = 200
LONG = os.environ.get("MAITRED_FAULTS") == "long"
WRITERS = [number for number, (key, _) in enumerate(PEOPLE) if "policies:write" in key.scopes]


@pytest.mark.parametrize("seed", range(10 if LONG else 2))
async def test_two_hundred_edits_approvals_and_rollouts_at_once(database_url: str, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(desk.policies, "compile_policy", compiled)
    await migrate(database_url)
    database = Database(database_url, connections=10, patience_s=30)
    await database.open()
    views, clock, chance = PgPolicyViews(database), TestClock(), random.Random(seed)
    texts: Any = Texts(views, compiled)
    policies = Policies(views, clock, Region.EU, database, Told())
    life = Life(policies, Releases(database, texts, clock, Region.EU), clock, f"p{uuid.uuid4().hex[:12]}")
    await life.begin()
    for variant in range(1, len(VARIANTS) - 1):
        await life.draft(variant, chance.choice(WRITERS))
        await life.submit(variant + 1, WRITERS[0])

    def anything() -> Any:
        who, number = chance.randrange(len(PEOPLE)), chance.randint(2, len(VARIANTS))
        return chance.choice(
            [
                lambda: life.draft(chance.randrange(len(VARIANTS)), who),
                lambda: life.submit(number, who),
                lambda: life.approve(number, who),
                lambda: life.approve(number, who),
                lambda: life.approve(number, who),
                lambda: life.reject(number, who),
                lambda: life.roll_out(number, who, chance.choice([Stage.SHADOW, Stage.CANARY, Stage.ACTIVE])),
                lambda: life.roll_back(who),
            ]
        )()

    answers: list[MaitredError | None] = []
    for _ in range(3):
        answers += await asyncio.gather(*(anything() for _ in range(AT_ONCE)), policies.lapse())
        await life.check()
    refused = Counter(type(answer) for answer in answers if isinstance(answer, MaitredError))
    assert set(refused) <= {Conflict, Forbidden, InvalidInput, NotFound, StaleObject}, refused
    assert refused[StaleObject] > 0
    assert life.done.total() > 20
    await database.close()
