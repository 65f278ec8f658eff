"""Streams of events: they end with their key, and news that comes while one reads is told at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import httpx
import orjson
import pytest

from api.routes import events as streams
from api.routes.events import lines_of
from desk.front import Desk
from domain.access import ApiKey
from domain.errors import StoreUnavailable
from domain.events import Event, Kind
from runtime.security import KNOWN_FOR_S
from tests.service import Service, message

KEY = ApiKey(id="key_1", name="reader", scopes=("cases:read",), actor="key:reader")
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
SLACK_S = 5.0


@dataclass
class Log:
    """An event log in memory, of which something happens while it is read."""

    stored: list[Event] = field(default_factory=list[Event])
    heard: int = 0
    happens: int = 0
    """Events that come right after a read which finds nothing."""

    async def after(self, sequence: int, **_: Any) -> list[Event]:
        """What is past a sequence."""
        found = [one for one in self.stored if one.sequence > sequence]
        if not found and self.happens:
            self.happens -= 1
            number = len(self.stored) + 1
            self.stored.append(
                Event(sequence=number, id=f"evt_{number}", kind=Kind.CASE_DECIDED, case_id="c", region="eu", at=NOW, data={})
            )
            self.heard += 1
        return found

    async def wait(self, timeout_s: float, heard: int | None = None) -> None:
        """Until there is more word than `heard`; who names nothing misses what was before."""
        if heard in (None, self.heard):
            await asyncio.sleep(timeout_s)


def desk_with(log: Log) -> Desk:
    """All that a stream asks of a desk."""
    return cast(Desk, SimpleNamespace(events=log, floor=SimpleNamespace(is_closing=False)))


async def test_what_happens_between_a_read_and_the_wait_is_told_at_once() -> None:
    lines = lines_of(desk_with(Log(happens=3)), KEY, good, None, 0, True)
    began = asyncio.get_running_loop().time()
    told = [await anext(lines) for _ in range(4)]
    assert [line[:5] for line in told[1:]] == [b"id: 1", b"id: 2", b"id: 3"]
    assert asyncio.get_running_loop().time() - began < streams.LOOK_S
    await lines.aclose()


async def test_nothing_is_told_to_a_key_that_ended() -> None:
    standing = [True, True, False]

    async def for_a_while() -> bool:
        return standing.pop(0)

    told = [line async for line in lines_of(desk_with(Log(happens=9)), KEY, for_a_while, None, 0, True)]
    assert [line[:5] for line in told[1:]] == [b"id: 1"]


async def test_a_stream_ends_when_its_key_cannot_be_looked_up() -> None:
    async def unknown() -> bool:
        raise StoreUnavailable("The keys cannot be looked up.")

    assert len([line async for line in lines_of(desk_with(Log()), KEY, unknown, None, 0, True)]) == 1


@pytest.mark.parametrize("path", ["/v1/events", "/v1/cases/{}/events"])
def test_a_stream_ends_soon_after_its_key_is_revoked(service: Service, http: httpx.Client, path: str) -> None:
    case = http.post("/v1/messages", json=message("How do I add a user?"), headers={"Prefer": "wait=20"}).json()
    made = orjson.loads(service.keys("create", "--name", f"stream of {path}", "--scope", "cases:read", "--json"))
    with service.http(made["key"]) as reader, reader.stream("GET", path.format(case["id"])) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("retry: ")
        service.keys("revoke", made["id"])
        revoked = time.monotonic()
        for _ in lines:
            assert time.monotonic() - revoked < KNOWN_FOR_S + SLACK_S


async def good() -> bool:
    """As a key is."""
    return True
