"""`Idempotency-Key` on every POST: the first answer again, byte for byte."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from api.deps import caller, desk_of
from domain.errors import Conflict, InvalidInput, StoreUnavailable
from domain.idempotency import FirstAnswer, Mismatch, StillRunning

KEY = "/header/Idempotency-Key"
KEY_LIMIT = 255
KEPT_HEADERS = ("content-type", "location", "etag")
AGAIN_AFTER_S = 0.3

Found = TypeVar("Found")


class IdempotentRoute(APIRoute):
    """A route whose POST can be repeated safely with an `Idempotency-Key`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, wrapped."""
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            keys = request.headers.getlist("idempotency-key")
            if not keys or request.method != "POST":
                return await handle(request)
            return await _once(request, _the_one(keys), handle)

        return once


def _the_one(keys: list[str]) -> str:
    key = keys[0]
    if len(keys) > 1 or not 1 <= len(key) <= KEY_LIMIT or not key.isascii() or not key.isprintable():
        raise InvalidInput(
            f"An Idempotency-Key is given once and has 1 to {KEY_LIMIT} printable ASCII characters.", [(KEY, "is not usable")]
        )
    return key


async def _once(request: Request, key: str, handle: Callable[[Request], Coroutine[Any, Any, Response]]) -> Response:
    actor, store = (await caller(request)).id, desk_of(request).idempotency
    fingerprint = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + await request.body()).hexdigest()
    begun = await store.begin(actor, key, fingerprint)
    if isinstance(begun, Mismatch):
        raise InvalidInput("This Idempotency-Key was used with another body.", [(KEY, "was used with another body")])
    if isinstance(begun, StillRunning):
        raise Conflict("The first request with this Idempotency-Key is still running.", retry=True)
    if isinstance(begun, FirstAnswer):
        return Response(begun.body, begun.status, {**begun.headers, "Idempotency-Replayed": "true"})
    try:
        response = await handle(request)
    except BaseException:
        with suppress(StoreUnavailable):
            await store.forget(actor, key)
        raise
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    first = FirstAnswer(status=response.status_code, headers=headers, body=bytes(response.body))
    with suppress(StoreUnavailable):
        await after_effect(lambda: store.finish(actor, key, first))
    return response


async def after_effect(step: Callable[[], Awaitable[Found]]) -> Found:
    """What a stored effect is answered with: a store that is away for a moment is asked once more, since a repeat would be refused."""
    try:
        return await step()
    except StoreUnavailable:
        await asyncio.sleep(AGAIN_AFTER_S)
        return await step()
