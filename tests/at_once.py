"""Calls that leave together, each on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx

from tests.service import Service

Call = Callable[[httpx.Client], httpx.Response]


def at_once(service: Service, calls: Sequence[Call], keys: Sequence[str] = ()) -> list[httpx.Response]:
    """The answers, in order. Connections are opened before, so that they spread over the workers; `keys` take turns."""
    together = Barrier(len(calls))

    def run(number: int) -> httpx.Response:
        with service.http(keys[number % len(keys)] if keys else None) as own:
            own.get("/healthz")
            together.wait(30)
            return calls[number](own)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, range(len(calls))))
