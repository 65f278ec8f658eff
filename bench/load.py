"""Load on `POST /v1/messages` with `Prefer: wait`, from one process beside the service."""

from __future__ import annotations

import asyncio
import statistics
import time
import uuid
from typing import Any

import aiohttp

WAIT = {"Prefer": "wait=30"}


def fresh(body: dict[str, Any]) -> dict[str, Any]:
    """The message as a new one in a new conversation."""
    mark = uuid.uuid4().hex
    return {**body, "external_id": mark, "conversation_id": mark}


async def measure(base_url: str, key: str, bodies: list[dict[str, Any]], *, at_once: int, count: int) -> dict[str, float]:
    """p50 and p99 in milliseconds and cases a second."""
    headers = {"Authorization": f"Bearer {key}", **WAIT}
    times: list[float] = []
    numbers = iter(range(count))

    async with aiohttp.ClientSession(base_url, headers=headers, connector=aiohttp.TCPConnector(limit=at_once)) as session:

        async def post_until_done() -> None:
            for number in numbers:
                began = time.perf_counter()
                async with session.post("/v1/messages", json=fresh(bodies[number % len(bodies)])) as answer:
                    await answer.read()
                    if answer.status != 200:
                        raise RuntimeError(f"answered with {answer.status}")
                times.append((time.perf_counter() - began) * 1000)

        began = time.perf_counter()
        await asyncio.gather(*(post_until_done() for _ in range(at_once)))
        seconds = time.perf_counter() - began
    times.sort()
    return {"p50_ms": statistics.median(times), "p99_ms": times[int(len(times) * 0.99)], "cases_per_s": count / seconds}
