"""A desk on real servers, without HTTP and without chores: a test says what time it is and when timers are looked at."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from desk.amendments import AmendingWorker, Amendments
from desk.casework import Casework
from desk.clocks import Clocks
from desk.floor import Floor
from desk.intake import Intake
from desk.overflow import Overflow
from desk.reviews import Reviews
from domain.access import ApiKey, Scope
from domain.case import InboundMessage, Sender
from domain.facts import Region
from domain.views import Accepted, CaseRow
from graphs.deps import Deps
from graphs.routing import LONE_NODES, build_graph
from graphs.runner import CaseRunner
from runtime.embedded import StackUrls
from runtime.servers import Stores, open_stores
from runtime.settings import load_settings
from runtime.start import prepare
from runtime.wiring import open_deps
from stores.checkpoints import RedisSaver
from stores.leases import RedisLeases
from stores.turns import PgTurnQueue
from stores.views import PgViews
from tests.service import MODELS

LEAD = ApiKey(id="key_1", name="lead", scopes=tuple(Scope), actor="person:lead-1")
PATIENCE_S = 10.0
CTO = "cto@northwind.example"
LEGAL = "Our lawyers will sue you over last week's outage."


class TestClock:
    """Stands still until a test moves it."""

    __test__ = False

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Now, and what was added."""
        return datetime.now(UTC) + self._ahead

    def advance(self, **span: float) -> None:
        """Let time pass."""
        self._ahead += timedelta(**span)


@dataclass
class House:
    """The parts that a test touches."""

    stores: Stores
    deps: Deps
    clock: TestClock
    floor: Floor
    runner: CaseRunner
    worker: AmendingWorker
    queue: PgTurnQueue
    intake: Intake
    reviews: Reviews
    casework: Casework
    clocks: Clocks
    views: PgViews

    async def post(self, text: str, conversation: str = "", email: str = CTO) -> Accepted:
        """Accept a message and wait until it is decided or waits for a person."""
        accepted = await self.accept(text, conversation, email)
        assert await self.intake.settled(accepted, 20)
        return accepted

    async def accept(self, text: str, conversation: str = "", email: str = CTO) -> Accepted:
        """Accept a message, of Northwind Bank's CTO unless another sender is named."""
        fresh = uuid.uuid4().hex
        message = InboundMessage(
            channel="email",
            external_id=fresh,
            conversation_id=conversation or fresh,
            sender=Sender(email=email),
            text=text,
            sent_at=datetime.now(UTC),
        )
        return await self.intake.accept(message, actor="test", request_id="req_1")

    async def case(self, accepted: Accepted) -> CaseRow:
        """The case as stored."""
        row = await self.views.case(accepted.case_id)
        assert row is not None
        return row

    async def kinds(self, case_id: str) -> list[str]:
        """What the ledger says of a case, in order."""
        async with self.stores.database.connection() as connection:
            return [row[0] for row in await connection.fetch("select kind from ledger_entries where case_id = $1 order by index", case_id)]

    async def count(self, table: str, case_id: str) -> int:
        """Rows of a case."""
        async with self.stores.database.connection() as connection:
            return await connection.fetchval(f"select count(*) from {table} where case_id = $1", case_id)


@asynccontextmanager
async def open_house(database_url: str, redis_url: str, home: Path, **instead: Any) -> AsyncGenerator[House, None]:
    """Everything in place; `instead` replaces dependencies of the graph."""
    settings = load_settings(home=home, models=MODELS, database_url=database_url, redis_url=redis_url)
    await prepare(settings, StackUrls(database_url, redis_url))
    async with open_stores(database_url, redis_url, 6, PATIENCE_S) as stores, open_deps(settings, stores) as shipped:
        clock = TestClock()
        deps = replace(shipped, clock=clock, **instead)
        queue, views, leases = PgTurnQueue(stores.database), PgViews(stores.database), RedisLeases(stores.redis, 5.0)
        floor = Floor(queue, at_once=8, standard_limit=100, vip_limit=200)
        runner = CaseRunner(build_graph(RedisSaver(stores.redis, 3_600, lone_nodes=LONE_NODES)), deps, leases, queue, floor.announce)
        worker = AmendingWorker(runner, Amendments(deps.store, queue, deps.policies, deps.triage, deps.stand_in_triage, clock))
        floor.employ(worker)
        reviews = Reviews(deps.store, views, deps.policies, clock, floor)
        intake = Intake(deps.store, deps.gatherer.crm, deps.policies, clock, floor, Region.EU)
        casework = Casework(deps.store, views, deps.policies, clock, floor)
        clocks = Clocks(deps.store, clock, reviews, Overflow(views, deps.policies))
        yield House(stores, deps, clock, floor, runner, worker, queue, intake, reviews, casework, clocks, views)
        await floor.drain(5)
        await leases.close()
