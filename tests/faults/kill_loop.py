"""Kills workers at named points, one after another, while a bad source delivers and a lead rules; measures how long each loss lasted."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from runtime.embedded import EmbeddedStack
from tests.faults.checker import Checker, Findings, checker_of
from tests.faults.points import Failpoints
from tests.faults.source import History, Source
from tests.service import Service, serving

WORKERS, LEAST_WORKERS = 3, 2
CONVERSATIONS = 4
MOST_BATCHES = 12
POLL_S = 0.05
SETTLED_WITHIN_S = 60.0
POINT_WITHIN_S = 1.5


@dataclass
class KillReport:
    """What came of it."""

    recoveries_s: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    not_reached: list[str] = field(default_factory=list[str])
    findings: Findings = field(default_factory=Findings)
    messages: int = 0

    @property
    def kills(self) -> int:
        """Processes that died."""
        return sum(map(len, self.recoveries_s.values()))

    @property
    def all_recoveries_s(self) -> list[float]:
        """Seconds from each death until everything accepted had come to its end, sorted."""
        return sorted(itertools.chain.from_iterable(self.recoveries_s.values()))


class KillLoop:
    """One service, one source, one lead, and somebody who kills."""

    def __init__(self, service: Service, http: httpx.AsyncClient, points: Failpoints, checker: Checker, seed: int) -> None:
        self._service = service
        self._http = http
        self._points = points
        self._checker = checker
        self._history = History()
        self._source = Source(self._history, seed)
        self.report = KillReport()

    async def run(self, points: Sequence[str], tell: Callable[[], object] = lambda: None) -> KillReport:
        """Kill once at each of `points`, in order, then check everything; `tell` is called after each."""
        for point in points:
            await self._kill_at(point)
            tell()
        await self._rule_on_everything()
        await self._settled()
        await _until(self._everything_numbered)
        self.report.messages = len(self._history.messages)
        return self.report

    async def _kill_at(self, point: str) -> None:
        if not await _until(self._enough_serve):
            raise TimeoutError("a worker that died was not replaced")
        self._points.arm(point)
        work: list[asyncio.Task[None]] = []
        for _ in range(MOST_BATCHES):
            work.append(asyncio.create_task(self._source.deliver(self._http, self._source.deliveries(CONVERSATIONS))))
            work.append(asyncio.create_task(self._rule_on_everything()))
            if await _until(lambda: self._died(point), POINT_WITHIN_S):
                break
        died_at = self._points.died_at(point)
        if died_at is None:
            self._points.disarm(point)
            self.report.not_reached.append(point)
        await asyncio.gather(*work)
        await self._settled()
        if died_at is not None:
            self.report.recoveries_s.setdefault(point, []).append(time.time() - died_at)

    async def _died(self, point: str) -> bool:
        return self._points.died_at(point) is not None

    async def _enough_serve(self) -> bool:
        """Whether another worker listens beside the one that is about to die."""
        listening = 0
        for process in psutil.Process(self._service.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                listening += any(one.status == psutil.CONN_LISTEN for one in process.net_connections("tcp"))
        return listening >= LEAST_WORKERS

    async def _settled(self) -> None:
        async def nothing_moves() -> bool:
            return await self._checker.unsettled() == 0

        if not await _until(nothing_moves, SETTLED_WITHIN_S):
            raise TimeoutError(f"{await self._checker.unsettled()} turns did not end within {SETTLED_WITHIN_S:.0f} s")

    async def _everything_numbered(self) -> bool:
        """Whether the findings of now, which are kept, name no event without a number: promises run out meanwhile, and each is an event."""
        self.report.findings = await self._checker.findings(self._history)
        return not [one for one in self.report.findings.lost if one.startswith("an event has no sequence")]

    async def _rule_on_everything(self) -> None:
        """As the lead: approve what waits. What a connection that dies leaves open is for the next round."""
        with contextlib.suppress(httpx.HTTPError):
            waiting: list[dict[str, Any]] = (await self._http.get("/v1/reviews", params={"status": "open"})).json().get("items", [])
            for review in waiting:
                with contextlib.suppress(httpx.HTTPError):
                    headers = {"If-Match": f'"r{review["revision"]}"'}
                    await self._http.post(f"/v1/reviews/{review['id']}/ruling", json={"action": "approve"}, headers=headers)


async def _until(check: Any, within_s: float = SETTLED_WITHIN_S) -> bool:
    deadline = time.monotonic() + within_s
    while not await check():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_S)
    return True


@asynccontextmanager
async def kill_loop(home: Path, seed: int, **environment: str) -> AsyncGenerator[KillLoop, None]:
    """A loop around a fresh service below `home`."""
    points = Failpoints(home / "failpoints")
    given = {"MAITRED_WORKERS": str(WORKERS), "MAITRED_FAILPOINTS": str(points.folder), **environment}
    with serving(home, **given) as service:
        checker = await checker_of(EmbeddedStack(home).urls.database_url)
        headers, limits = {"Authorization": f"Bearer {service.key}"}, httpx.Limits(max_connections=60)
        async with httpx.AsyncClient(base_url=service.base_url, headers=headers, timeout=40, limits=limits) as http:
            yield KillLoop(service, http, points, checker, seed)
