"""The policy store away under load: messages are refused in time, and decisions go on by the last good policy."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import pytest

from runtime.embedded import StackUrls
from tests.faults.length import IS_LONG
from tests.faults.outcomes import FaultRow, keep
from tests.faults.proxy import Blackhole, FaultProxy, Mode, Pass, Refuse, upstream_of, url_through
from tests.quick_disk import quick_folder
from tests.service import Service, eventually, message, serving

AWAY_S = 60.0 if IS_LONG else 9.0
"""Longer than a worker remembers a key without asking."""
IN_TIME_S = 3.0
ASKERS = 4
WARM_UP = 24


@dataclass
class Asked:
    """What came of the questions of one asker."""

    statuses: dict[int, int] = field(default_factory=dict[int, int])
    slowest_s: float = 0.0
    versions: set[int] = field(default_factory=set[int])

    def ask(self, http: httpx.Client) -> None:
        """What would be decided?"""
        began = time.monotonic()
        answer = http.post("/v1/decide", json={"facts": {"message": {"signals": ["legal"]}}})
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        if answer.status_code == 200:
            self.versions.add(answer.json()["policy"]["version"])


@dataclass
class Line:
    """A service with two workers and a proxy before its Postgres."""

    service: Service
    proxy: FaultProxy


@pytest.fixture(scope="module")
def line(stack: StackUrls) -> Iterator[Line]:
    home = quick_folder("maitred-policies-")
    with FaultProxy(upstream_of(stack.database_url)) as proxy:
        urls = {"MAITRED_DATABASE_URL": url_through(proxy, stack.database_url), "MAITRED_REDIS_URL": stack.redis_url}
        with serving(home, MAITRED_WORKERS="2", **urls) as service:
            yield Line(service, proxy)
    shutil.rmtree(home, ignore_errors=True)


def asking(line: Line, until: float) -> Asked:
    """Ask again and again; each time on a connection of its own, so that both workers are asked."""
    asked, headers = Asked(), {"Authorization": f"Bearer {line.service.key}"}
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=line.service.base_url, headers=headers, timeout=20, limits=limits) as http:
        while time.monotonic() < until:
            asked.ask(http)
    return asked


@pytest.mark.parametrize("mode", [Refuse(), Blackhole()], ids=repr)
def test_without_the_store_no_decision_fails_and_a_message_is_refused_in_time(line: Line, mode: Mode) -> None:
    asking(line, time.monotonic() + 1.0)
    with line.service.http() as http, ThreadPoolExecutor(ASKERS) as pool, contextlib.ExitStack() as healed:
        for _ in range(WARM_UP):
            assert http.post("/v1/decide", json={"facts": {}}).status_code == 200
        line.proxy.mode = mode
        healed.callback(lambda: setattr(line.proxy, "mode", Pass()))
        until = time.monotonic() + AWAY_S
        askers = [pool.submit(asking, line, until) for _ in range(ASKERS)]
        while time.monotonic() < until:
            refused = http.post("/v1/messages", json=message("Are you there?"))
            assert (refused.status_code, refused.elapsed.total_seconds() < IN_TIME_S) == (503, True)
            time.sleep(0.5)
        found = [one.result() for one in askers]
    statuses = {status for asked in found for status in asked.statuses}
    total = sum(count for asked in found for count in asked.statuses.values())
    keep(
        FaultRow("Postgres away: decisions by the last good policy", total, lost=total - sum(asked.statuses.get(200, 0) for asked in found))
    )
    assert statuses == {200}, [asked.statuses for asked in found]
    assert {version for asked in found for version in asked.versions} == {1}
    assert max(asked.slowest_s for asked in found) < IN_TIME_S
    assert total > ASKERS * 10
    with line.service.http() as http:
        assert eventually(lambda: http.post("/v1/messages", json=message("Are you there?")).status_code == 202, 10)
