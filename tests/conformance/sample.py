"""The sample company of these tests, made once, and a service that serves it over the documented HTTP contract."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from typing import Any

import uvicorn
from fastapi import FastAPI, Query

from domain.case import Sender
from tools.case_history import EmbeddedCaseHistory
from tools.crm import EmbeddedCrm
from tools.telemetry import EmbeddedTelemetry
from tools.world.generator import generate
from tools.world.model import World

DAY = date(2026, 11, 23)
START_LIMIT_S = 10.0


@cache
def sample_world() -> World:
    """The company on one fixed day."""
    return generate(DAY)


def world_service(world: World) -> FastAPI:
    """What a company that connects its own systems would write."""
    service, crm = FastAPI(), EmbeddedCrm(world.clients)
    telemetry, history = EmbeddedTelemetry(world.telemetry), EmbeddedCaseHistory(world.cases)

    @service.post("/identify")
    async def identify(sender: Sender) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        return {"identity": await crm.identify(sender)}

    @service.get("/clients")
    async def clients(text: str = "", tier: str = "", region: str = "", after: str = "", limit: int = 50) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        return {"items": await crm.clients(text=text, tier=tier, region=region, after=after, limit=limit)}

    @service.get("/client")
    async def profile(client_id: str) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        return {"client": await crm.profile(client_id)}

    @service.get("/telemetry")
    async def report(client_id: str, at: datetime) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        return {"report": await telemetry.report(client_id, at)}

    @service.get("/cases")
    async def past_cases(client_id: str, before: datetime, limit: int = Query(20)) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        return {"items": await history.past_cases(client_id, before, limit)}

    return service


@contextmanager
def serving(service: FastAPI) -> Generator[str]:
    """The base URL of `service` on a free loopback port, while inside."""
    server = uvicorn.Server(uvicorn.Config(service, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_LIMIT_S
    while not server.started:
        assert thread.is_alive(), "the test's HTTP service did not start"
        assert time.monotonic() < deadline, "the test's HTTP service did not start in time"
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(START_LIMIT_S)
