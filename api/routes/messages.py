"""Messages in."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from api.deps import CaseWriter, DeskDep, etag
from api.idempotent import IdempotentRoute
from api.pages import answer, problems
from api.requests import MessageIn
from api.responses import CaseOut
from domain.errors import Forbidden

router = APIRouter(prefix="/v1", tags=["messages"], route_class=IdempotentRoute)

LONGEST_WAIT_S = 30
WAIT = re.compile(r"""(?:^|[,;\s])wait\s*=\s*("?)([0-9]{1,9})\1(?:$|[,;\s])""", re.IGNORECASE)
"""RFC 7240, section 2: names in letters of any case, space around `=`, and values that may be quoted."""


@router.post(
    "/messages",
    status_code=202,
    summary="Start or continue a case",
    response_model=CaseOut,
    responses={200: {"model": CaseOut, "description": "Decided, waiting for a person, or a repeat"}, **problems(409, 413, 415, 429)},
)
async def post_message(
    message: MessageIn,
    request: Request,
    desk: DeskDep,
    key: CaseWriter,
    prefer: Annotated[str | None, Header(description="`wait=N`: answer when decided, within N ≤ 30 seconds.")] = None,
) -> Response:
    """Take a message in. The answer is `202` at once, or with `Prefer: wait=N` `200` when the turn is decided or waits for a person."""
    if key.client_id is not None or key.region is not None:
        raise Forbidden("A key that is bound to a region or client cannot post messages for others.")
    accepted = await desk.intake.accept(message.as_message(), actor=key.actor, request_id=request.scope["request_id"])
    wait_s = _wait(prefer)
    settled = await desk.intake.settled(accepted, wait_s) if wait_s and not accepted.repeated else False
    case = await desk.cases.one(accepted.case_id, key)
    headers = {"Location": f"/v1/cases/{accepted.case_id}", "ETag": etag(case["revision"])}
    if accepted.repeated:
        headers["Idempotency-Replayed"] = "true"
    if wait_s:
        headers["Preference-Applied"] = f"wait={wait_s}"
    return answer(case, 200 if settled or accepted.repeated else 202, headers)


def _wait(prefer: str | None) -> int:
    found = WAIT.search(prefer or "")
    return min(int(found[2]), LONGEST_WAIT_S) if found else 0
