"""The stream of changes that the inbox listens to. Whoever is not signed in is told so by a status: a script asks here, not a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from console.live import Live
from console.live_rows import Change
from console.queue import SHOWN, LookDep, fitting
from console.visitors import DeskDep, ReviewReader, desk_of, speech_of

router = APIRouter(prefix="/live")

STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}
Sequence = Annotated[str, Query(max_length=18, pattern="^[0-9]*$")]


def live_of(request: Request) -> Live:
    """The tail of this worker, made when the first browser asks."""
    state: Any = request.app.state
    if not hasattr(state, "live"):
        state.live = Live(desk_of(request))
    return state.live


@router.get("")
async def live(
    request: Request,
    visitor: ReviewReader,
    after: Sequence = "",
    last_event_id: Annotated[str, Header(alias="Last-Event-ID", max_length=18, pattern="^[0-9]*$")] = "",
) -> Response:
    """Rows that change, after `Last-Event-ID`, which a browser sends that comes back, or else after what its page was made from."""
    known = last_event_id or after
    return StreamingResponse(
        live_of(request).stream(visitor, speech_of(request), int(known) if known else None), 200, STREAM, "text/event-stream"
    )


@router.get("/fits")
async def fits(desk: DeskDep, visitor: ReviewReader, look: LookDep, ids: Annotated[str, Query(max_length=65 * SHOWN)]) -> Response:
    """Which of some reviews belong to a list: words of a search are looked for here, not in the browser."""
    found = await fitting(desk, visitor, look, ids.split(",")[:SHOWN])
    return Response(orjson.dumps(found), 200, STREAM, "application/json")


@router.get("/{review_id}")
async def one(review_id: Annotated[str, Path(max_length=64)], request: Request, desk: DeskDep, visitor: ReviewReader) -> Response:
    """One row as it stands now: a page asks when a claim that it shows runs out, since nothing happens then that would be told."""
    now = desk.reviews.clock.now()
    line = await desk.inbox.line(review_id, visitor.key)
    shown: Mapping[str, Any] = Change(line, now).shown(
        visitor.may("reviews:rule"), line.holder(now) == visitor.key.actor, speech_of(request)
    )
    return Response(orjson.dumps(shown), 200, STREAM, "application/json")
