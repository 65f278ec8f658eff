"""Events as Server-Sent Events; each datum is a CloudEvent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import StreamingResponse

from api.deps import CaseReader, DeskDep, is_still
from api.pages import problems
from api.routes.cases import CaseIdPath
from desk.front import Desk
from domain.access import ApiKey
from domain.errors import InvalidInput, StoreUnavailable
from domain.events import Event

router = APIRouter(prefix="/v1", tags=["events"])

HEARTBEAT_S = 15.0
LOOK_S = 1.0
RETRY_MS = 2000
DATA = {"type": "string", "contentMediaType": "application/cloudevents+json", "description": "A CloudEvent; `partitionkey` is the case."}
EVENT: dict[str, Any] = {
    "type": "object",
    "description": "Each event of the stream.",
    "properties": {"id": {"type": "string", "pattern": "^[0-9]+$"}, "event": {"type": "string"}, "data": DATA},
    "required": ["id", "event", "data"],
}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "A stream of CloudEvents", "content": {"text/event-stream": {"schema": EVENT}}}
}
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", description="Replays what came after this sequence.")]
Follow = Annotated[bool, Query(description="`false` ends the stream once everything stored was sent.")]


@router.get("/events", summary="Follow all events", response_class=StreamingResponse, responses=STREAM | problems())
async def all_events(
    request: Request, desk: DeskDep, key: CaseReader, last_event_id: LastEventId = None, follow: Follow = True
) -> StreamingResponse:
    """Everything that the key may see: from `Last-Event-ID` on, else what happens from now on. It ends when the key is revoked."""
    start, newest = _sequence(last_event_id), await desk.events.newest()  # asked in any case: a store that is away is a 503
    first = newest if start is None and follow else start or 0
    return _stream(lines_of(desk, key, partial(is_still, request, key), None, first, follow))


@router.get("/cases/{case_id}/events", summary="Follow one case", response_class=StreamingResponse, responses=STREAM | problems(404))
async def case_events(
    case_id: CaseIdPath, request: Request, desk: DeskDep, key: CaseReader, last_event_id: LastEventId = None, follow: Follow = True
) -> StreamingResponse:
    """Every event of the case, from its first on or from `Last-Event-ID` on. It ends when the key is revoked."""
    await desk.cases.one(case_id, key)
    return _stream(lines_of(desk, key, partial(is_still, request, key), case_id, _sequence(last_event_id) or 0, follow))


def _sequence(last_event_id: str | None) -> int | None:
    if last_event_id is None or last_event_id == "":
        return None
    if not last_event_id.isascii() or not last_event_id.isdigit() or len(last_event_id) > 18:
        raise InvalidInput("Last-Event-ID must be an id of this stream.", [("/header/Last-Event-ID", "is no sequence")])
    return int(last_event_id)


def _stream(lines: AsyncGenerator[bytes, None]) -> StreamingResponse:
    return StreamingResponse(lines, 200, {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}, "text/event-stream")


async def lines_of(
    desk: Desk, key: ApiKey, is_good: Callable[[], Awaitable[bool]], case_id: str | None, after: int, follow: bool
) -> AsyncGenerator[bytes, None]:
    """The lines of a stream, until the key `is_good` no more, a store is away, or the worker stops."""
    yield f"retry: {RETRY_MS}\n\n".encode()
    loop = asyncio.get_running_loop()
    spoke = loop.time()
    while True:
        heard = desk.events.heard
        try:
            if not await is_good():
                return
            events = await desk.events.after(after, case_id=case_id, region=key.region, client_id=key.client_id)
        except StoreUnavailable:
            return
        for event in events:
            after = event.sequence
            yield f"id: {event.sequence}\nevent: {event.kind}\ndata: ".encode() + orjson.dumps(cloud_event(event)) + b"\n\n"
            spoke = loop.time()
        if events:
            continue
        if not follow:
            return
        await desk.events.wait(LOOK_S, heard)
        if desk.floor.is_closing:
            return
        if loop.time() - spoke >= HEARTBEAT_S:
            yield b": heartbeat\n\n"
            spoke = loop.time()


def cloud_event(event: Event) -> dict[str, Any]:
    """CloudEvents 1.0 in JSON form; `partitionkey` is the case, `requestid` the `X-Request-Id` of the request that caused it."""
    caused = {"requestid": event.request_id} if event.request_id else {}
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": f"/maitred/{event.region}",
        "type": f"maitred.{event.kind}",
        "subject": event.case_id,
        "time": event.at.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "partitionkey": event.case_id,
        "sequence": str(event.sequence),
        **caused,
        "data": event.data,
    }
