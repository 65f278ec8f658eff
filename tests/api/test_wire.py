"""Bounds in time and size that would take a test too long on the whole service: a small application behind the same protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from starlette.types import Receive, Scope, Send

from api import defence, wire
from api.defence import Defence
from api.wire import BoundedHttp
from tests.raw_http import Answer, parsed

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Breaks before it answers, breaks after it began to, or answers."""
    del receive
    if scope["path"] == "/broken":
        raise RuntimeError("it broke")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"transfer-encoding", b"chunked")]})
    if scope["path"] == "/broken-later":
        raise RuntimeError("it broke later")
    await send({"type": "http.response.body", "body": b"done"})


@pytest_asyncio.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """Where the application listens, with little patience and little room."""
    monkeypatch.setattr(defence, "BODY_WITHIN_S", 1.0)
    monkeypatch.setattr(wire, "HEAD_WITHIN_S", 1.0)
    monkeypatch.setattr(wire, "LINGER_LIMIT", 1_000_000)
    server = uvicorn.Server(uvicorn.Config(Defence(application), port=0, http=BoundedHttp, log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


async def spoken(port: int, *parts: bytes) -> Answer:
    """What comes back until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        received = await reader.read()
    except ConnectionError:
        pass
    writer.close()
    return parsed(received)


@pytest.mark.parametrize(
    "parts",
    [(b"POST / HTTP/1.1\r\nHost: a\r\n",), (b"P",), (b"POST / HTTP/1.1\r\nX-Long: " + b"a" * 1000,)],
    ids=["after a header", "after a letter", "in a header"],
)
async def test_a_head_that_does_not_end_is_given_up(port: int, parts: tuple[bytes, ...]) -> None:
    answer = await spoken(port, *parts)
    assert (answer.status, answer.problem["type"]) == (408, "/problems/too-slow")


async def test_a_connection_on_which_nothing_is_said_is_closed(port: int) -> None:
    assert (await spoken(port)).status == 0


async def test_a_second_head_that_does_not_end_is_given_up_as_well(port: int) -> None:
    whole = HEAD + b"Content-Length: 2\r\n\r\n{}"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(whole)
    assert parsed(await reader.readuntil(b"done\r\n0\r\n\r\n")).status == 200
    writer.write(HEAD)
    assert parsed(await reader.read()).status == 408
    writer.close()


async def test_a_header_without_an_end_is_431(port: int) -> None:
    answer = await spoken(port, b"GET / HTTP/1.1\r\nX-Long: ", *[b"a" * 10_000] * 8)
    assert (answer.status, answer.problem["type"]) == (431, "/problems/headers-too-large")


@pytest.mark.parametrize("length", [b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n{"])
async def test_a_body_that_does_not_end_is_408(port: int, length: bytes) -> None:
    answer = await spoken(port, HEAD + b"Connection: close\r\n" + length)
    assert (answer.status, answer.problem["type"]) == (408, "/problems/too-slow")


async def test_a_refused_body_without_an_end_is_not_read_for_ever(port: int) -> None:
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")

    async def send() -> None:
        for _ in range(10_000):
            writer.write(piece)
            await writer.drain()

    with pytest.raises(ConnectionError):
        await send()


async def test_what_breaks_is_a_problem_without_a_trace_of_the_code(port: int) -> None:
    answer = await spoken(port, b"GET /broken HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert (answer.status, answer.problem["type"]) == (500, "/problems/internal")
    assert b"it broke" not in answer.body


async def test_an_answer_that_breaks_off_ends_the_connection(port: int) -> None:
    assert (await spoken(port, b"GET /broken-later HTTP/1.1\r\nHost: a\r\n\r\n")).body in (b"", b"4\r\ndone\r\n")


def test_names_of_the_limits_are_those_of_the_page(request: Any) -> None:
    page = (request.config.rootpath / "docs" / "reference" / "limits-of-requests.md").read_text(encoding="utf-8")
    for told in (f"{defence.BODY_LIMIT // 1024} KiB", f"{defence.BODY_WITHIN_S:g} s", f"{defence.HEADERS_COUNT} fields"):
        assert told in page
    for told in (f"{defence.HEADERS_LIMIT // 1024} KiB", f"{defence.TARGET_LIMIT // 1024} KiB", f"{wire.HEAD_WITHIN_S:g} s"):
        assert told in page
