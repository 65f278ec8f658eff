"""The pure policy engine as a service."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import CaseReader, DeskDep
from api.idempotent import IdempotentRoute
from api.pages import answer, problems
from api.requests import DecideIn
from api.responses import VerdictOut
from domain.canonical import digest_of

router = APIRouter(prefix="/v1", tags=["policies"], route_class=IdempotentRoute)


@router.post("/decide", summary="What would happen", response_model=VerdictOut, responses=problems(404, 409, 413, 415))
async def decide(wanted: DecideIn, desk: DeskDep, key: CaseReader) -> Response:
    """Judge facts and a proposal without any effect. Invalid facts end in the region's fallback, with the reason in `errors`.

    A key that sees no policies, as one of a client or of another region, can name none.
    """
    if wanted.policy:
        desk.policies.must_see(key)
    verdict = (await desk.decisions.decide(wanted.facts, wanted.proposal, wanted.policy)).model_dump(mode="json")
    return answer({**verdict, "digest": digest_of(verdict)})
