"""A bound on what a provider may send: litellm reads a whole answer into memory, however long it is."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache, wraps
from typing import Any

import httpx

MOST_BYTES = 1024 * 1024
PLAIN = ("", "identity")

Send = Callable[[Any, httpx.Request], Awaitable[httpx.Response]]


class OversizedAnswer(httpx.ReadError):
    """The provider sent more than `MOST_BYTES`, or sent it compressed although it was asked not to."""


@cache
def bound_answers() -> None:
    """Let litellm's HTTP transport, which all of its providers share, give up an answer at `MOST_BYTES`."""
    transport: Any = importlib.import_module("litellm.llms.custom_httpx.aiohttp_transport").LiteLLMAiohttpTransport
    transport.handle_async_request = _bounded(transport.handle_async_request)


def is_oversized(error: BaseException | None) -> bool:
    """Whether the bound is what an error came from: providers' libraries wrap it several times."""
    while error is not None:
        if isinstance(error, OversizedAnswer):
            return True
        error = error.__cause__ or error.__context__
    return False


def _bounded(send: Send) -> Send:
    @wraps(send)
    async def sent(transport: Any, request: httpx.Request) -> httpx.Response:
        request.headers["accept-encoding"] = PLAIN[1]
        response = await send(transport, request)
        response.stream = _Bounded(response)
        return response

    return sent


class _Bounded(httpx.AsyncByteStream):
    """An answer's bytes, up to the bound."""

    def __init__(self, response: httpx.Response) -> None:
        self._inner: Any = response.stream
        self._compressed = response.headers.get("content-encoding", "").strip().lower() not in PLAIN

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._compressed:
            raise OversizedAnswer("the provider compressed its answer, so its size cannot be told")
        left = MOST_BYTES
        async for chunk in self._inner:
            left -= len(chunk)
            if left < 0:
                raise OversizedAnswer(f"the provider's answer is longer than {MOST_BYTES} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
