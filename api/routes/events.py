"""Events as Server-Sent Events; each datum is a CloudEvent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query
from starlette.responses import StreamingResponse

from api.deps import CaseReader, DeskDep
from api.pages import problems
from api.routes.cases import CaseIdPath
from desk.front import Desk
from domain.access import ApiKey
from domain.errors import InvalidInput, StoreUnavailable
from domain.events import Event

router = APIRouter(prefix="/v1", tags=["events"])

HEARTBEAT_S = 15.0
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
async def all_events(desk: DeskDep, key: CaseReader, last_event_id: LastEventId = None, follow: Follow = True) -> StreamingResponse:
    """Everything that the key may see: from `Last-Event-ID` on, else what happens from now on."""
    start = _sequence(last_event_id)
    first = await desk.events.newest() if start is None and follow else start or 0
    return _stream(desk, key, None, first, follow)


@router.get("/cases/{case_id}/events", summary="Follow one case", response_class=StreamingResponse, responses=STREAM | problems(404))
async def case_events(
    case_id: CaseIdPath, desk: DeskDep, key: CaseReader, last_event_id: LastEventId = None, follow: Follow = True
) -> StreamingResponse:
    """Every event of the case, from its first on or from `Last-Event-ID` on."""
    await desk.cases.one(case_id, key)
    return _stream(desk, key, case_id, _sequence(last_event_id) or 0, follow)


def _sequence(last_event_id: str | None) -> int | None:
    if last_event_id is None or last_event_id == "":
        return None
    if not last_event_id.isascii() or not last_event_id.isdigit() or len(last_event_id) > 18:
        raise InvalidInput("Last-Event-ID must be an id of this stream.", [("/header/Last-Event-ID", "is no sequence")])
    return int(last_event_id)


def _stream(desk: Desk, key: ApiKey, case_id: str | None, after: int, follow: bool) -> StreamingResponse:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_lines(desk, key, case_id, after, follow), 200, headers, "text/event-stream")


async def _lines(desk: Desk, key: ApiKey, case_id: str | None, after: int, follow: bool) -> AsyncGenerator[bytes, None]:
    yield f"retry: {RETRY_MS}\n\n".encode()
    loop = asyncio.get_running_loop()
    spoke = loop.time()
    while True:
        try:
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
        await desk.events.wait(1.0)
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
