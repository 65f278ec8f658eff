"""A small HTTP client for the demo: it knows nothing that the public contract does not say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from domain.errors import SetupFailed

AT_ONCE = 8
LIMIT_S = 40.0


@dataclass(frozen=True)
class Posted:
    """A message's answer."""

    case: dict[str, Any]
    took_ms: float
    repeated: bool


class DemoClient:
    """Speaks to the service with one key."""

    def __init__(self, base_url: str, key: str) -> None:
        self.base_url = base_url
        self._headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=base_url, headers=self._headers, timeout=LIMIT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._http.close()

    def raw(self, path: str) -> httpx.Response:
        """GET, with its headers."""
        return self._http.get(path)

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """GET. Raises SetupFailed for an error answer."""
        response = self._http.get(path, params=query)
        if response.is_error:
            raise SetupFailed(f"GET {path} was answered with {response.status_code}: {response.text}")
        return response.json()

    def post(self, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None) -> httpx.Response:
        """POST, whatever the answer."""
        return self._http.post(path, json=body, headers=headers)

    def post_messages(self, stream: list[dict[str, Any]], done: Callable[[], None]) -> list[Posted]:
        """Post every message, some at once, each until it is decided or waits for a person."""
        return asyncio.run(self._post_messages(stream, done))

    async def _post_messages(self, stream: list[dict[str, Any]], done: Callable[[], None]) -> list[Posted]:
        places = asyncio.Semaphore(AT_ONCE)
        headers = {**self._headers, "Prefer": "wait=30"}
        async with httpx.AsyncClient(base_url=self.base_url, headers=headers, timeout=LIMIT_S) as http:

            async def one(body: dict[str, Any]) -> Posted:
                async with places:
                    began = time.perf_counter()
                    response = await http.post("/v1/messages", json=body)
                    took_ms = (time.perf_counter() - began) * 1000
                    if response.is_error:
                        raise SetupFailed(f"A message was answered with {response.status_code}: {response.text}")
                    done()
                    return Posted(response.json(), took_ms, response.headers.get("idempotency-replayed") == "true")

            return list(await asyncio.gather(*(one(body) for body in stream)))
