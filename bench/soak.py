"""`make soak`: the service under steady load for twenty minutes; whatever grows without end would show as a trend."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import numpy as np
import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.load import WAIT, fresh
from bench.picture import draw_trends
from runtime.embedded import EmbeddedStack
from runtime.sample import sample_company
from stores.redis import Redis
from tests.service import Service, serving

RESULTS = Path(__file__).parent / "results"
RATE = 12.0
"""Messages a second: a third of what two shared cores do one after another, so that latency tells of the service and not of a queue."""
EVERY_S = 10.0
WARM_SHARE = 0.25
"""Share of the time in which caches fill and pools grow; the trend is taken from what follows."""
FLAT_DRIFT = 0.05
RESOLVED_SHARE = 0.8
WORKERS, CONNECTIONS = 2, 10
BOUNDS = {"postgres_connections": float(WORKERS * CONNECTIONS), "open_files": 64.0}
"""What a pool may grow to when a moment is busy: below its bound such a measure need not be flat."""
driver: Any = asyncpg  # its annotations are partial
out = Console(highlight=False)
UNITS = {"rss_mb": "MB", "open_files": "", "postgres_connections": "", "redis_keys": "", "redis_mb": "MB", "p50_ms": "ms", "p99_ms": "ms"}


@dataclass(frozen=True)
class Trend:
    """One measure over the time after the warm-up."""

    name: str
    first: float
    last: float
    drift: float
    """Change from the fitted line's beginning to its end, as a share of the median."""
    noise: float
    """Half of the 95 % interval of `drift`."""

    @property
    def is_flat(self) -> bool:
        """No growth that could be told from noise, or too little to matter, or that of a pool inside its bound."""
        return self.drift < FLAT_DRIFT or self.drift - self.noise <= 0 or self.last <= BOUNDS.get(self.name, 0.0)


def trend_of(name: str, values: Sequence[float]) -> Trend:
    """Least squares over equally spaced samples."""
    y = np.asarray(values, dtype=float)
    x = np.linspace(0.0, 1.0, len(y))
    (slope, start), covariance = np.polyfit(x, y, 1, cov=True)
    middle = max(1e-9, float(np.median(y)))
    return Trend(name, float(start), float(start + slope), float(slope) / middle, 1.96 * float(np.sqrt(covariance[0, 0])) / middle)


class Load:
    """Messages at a steady rate; most cases are resolved once they are decided, reviews are approved."""

    def __init__(self, service: Service, bodies: Sequence[dict[str, Any]]) -> None:
        self._service = service
        self._bodies = itertools.cycle(bodies)
        self._numbers = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()
        self.times_ms: list[float] = []
        self.failures = 0

    async def run(self, until: float) -> None:
        """Post until then (loop time), then wait for the last answers."""
        headers = {"Authorization": f"Bearer {self._service.key}"}
        now = asyncio.get_running_loop().time
        async with aiohttp.ClientSession(self._service.base_url, headers=headers) as session:
            due = now()
            while due < until:
                await asyncio.sleep(max(0.0, due - now()))
                task = asyncio.create_task(self._one(session, next(self._numbers)))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                due += 1 / RATE
            await asyncio.gather(*self._tasks)

    async def _one(self, session: aiohttp.ClientSession, number: int) -> None:
        began = time.perf_counter()
        async with session.post("/v1/messages", json=fresh(next(self._bodies)), headers=WAIT) as answer:
            case = await answer.json()
        self.times_ms.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            self.failures += 1
            return
        if case["review"]:
            await self._change(session, f"/v1/reviews/{case['review']['id']}", "ruling", {"action": "approve"})
        if number % 10 < RESOLVED_SHARE * 10:
            await self._change(session, f"/v1/cases/{case['id']}", "resolve", {"outcome": "solved"})

    async def _change(self, session: aiohttp.ClientSession, place: str, verb: str, body: dict[str, Any]) -> None:
        for _ in range(5):  # the case moves on by itself while its reply is delivered
            async with session.get(place) as read:
                tag = read.headers["ETag"]
            async with session.post(f"{place}/{verb}", json=body, headers={"If-Match": tag}) as answer:
                if answer.status == 200:
                    return
        self.failures += 1

    def window(self) -> list[float]:
        """The times since the last call."""
        taken, self.times_ms = self.times_ms, []
        return taken


class Gauges:
    """What is counted from outside."""

    def __init__(self, service: Service, redis: Redis, database: Any) -> None:
        self._service = service
        self._redis = redis
        self._database = database

    async def read(self, times_ms: list[float]) -> dict[str, float]:
        """One sample."""
        workers = self._service.workers()
        memory = (await self._redis.call("INFO", "memory")).decode()
        used = next(line for line in memory.splitlines() if line.startswith("used_memory:"))
        ordered = sorted(times_ms)
        return {
            "rss_mb": max(one.memory_info().rss for one in workers) / 1e6,
            "open_files": float(max(one.num_fds() for one in workers)),
            "postgres_connections": float(
                await self._database.fetchval("select count(*) from pg_stat_activity where application_name = 'maitred'")
            ),
            "redis_keys": float(await self._redis.call("DBSIZE")),
            "redis_mb": int(used.split(":")[1]) / 1e6,
            "p50_ms": statistics.median(ordered),
            "p99_ms": ordered[int(len(ordered) * 0.99)],
        }


async def soak(service: Service, home: Path, seconds: float) -> tuple[list[dict[str, float]], int]:
    """(samples, requests that failed)."""
    urls = EmbeddedStack(home).urls
    redis, database = Redis(urls.redis_url), await driver.connect(urls.database_url)
    load = Load(service, [item.body for item in sample_company(home).stream if item.kind == "plain"])
    gauges, samples = Gauges(service, redis, database), list[dict[str, float]]()
    now = asyncio.get_running_loop().time
    ends = now() + seconds
    running = asyncio.create_task(load.run(ends))
    with Progress(console=out, transient=True) as progress:
        task = progress.add_task("soak", total=seconds)
        while now() + EVERY_S <= ends:
            await asyncio.sleep(EVERY_S)
            progress.advance(task, EVERY_S)
            samples.append(await gauges.read(load.window()))
    await running
    await redis.close()
    await database.close()
    return samples, load.failures


def main() -> None:
    """Measure, print, keep and draw; the exit code is 1 when something grows or a request failed."""
    wanted = argparse.ArgumentParser(prog="make soak")
    wanted.add_argument("--minutes", type=float, default=20.0, help="how long the load goes on")
    minutes: float = wanted.parse_args().minutes
    with tempfile.TemporaryDirectory(prefix="maitred-soak-") as folder:
        Path(folder).chmod(0o755)
        with serving(Path(folder), MAITRED_WORKERS=str(WORKERS), MAITRED_DATABASE_CONNECTIONS=str(CONNECTIONS)) as service:
            samples, failures = asyncio.run(soak(service, Path(folder), minutes * 60))
    after = samples[int(len(samples) * WARM_SHARE) :]
    trends = [trend_of(name, [sample[name] for sample in after]) for name in UNITS]
    table = Table("measure", "begins at", "ends at", "drift", "± noise", "flat")
    for one in trends:
        begins, ends = (f"{value:.1f} {UNITS[one.name]}".strip() for value in (one.first, one.last))
        table.add_row(one.name.replace("_", " "), begins, ends, f"{one.drift:+.1%}", f"{one.noise:.1%}", "yes" if one.is_flat else "NO")
    out.print(table)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    out.print(f"{minutes:g} minutes at {RATE:g} messages/s, {failures} failures; fitted after a quarter of the time.")
    out.print(f"{machine}; {datetime.now(UTC):%Y-%m-%d}")
    RESULTS.mkdir(exist_ok=True)
    kept = {"machine": machine, "minutes": minutes, "rate_per_s": RATE, "failures": failures, "samples": samples, "trends": trends}
    (RESULTS / "soak.json").write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))
    draw_trends(samples, UNITS, EVERY_S, RESULTS / "soak.svg")
    raise SystemExit(failures > 0 or not all(one.is_flat for one in trends))


if __name__ == "__main__":
    main()
