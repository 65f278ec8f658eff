"""Cases: what was decided and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.deps import CaseReader, DeskDep, etag
from api.idempotent import IdempotentRoute
from api.pages import Cursor, Limit, answer, cursor_of, parts_of, problems
from api.requests import ReplayIn
from api.responses import CaseOut, CasesOut, ReplayOut
from domain.case import CaseStatus
from domain.views import CaseQuery

router = APIRouter(prefix="/v1/cases", tags=["cases"], route_class=IdempotentRoute)

CaseIdPath = Annotated[str, Path(max_length=64, description="The case's id.")]
Word = Annotated[str | None, Query(max_length=128)]


@router.get("", summary="List cases, newest first", response_model=CasesOut, responses=problems())
async def list_cases(
    desk: DeskDep,
    key: CaseReader,
    status: CaseStatus | None = None,
    tier: Word = None,
    client_id: Word = None,
    pool: Word = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Cases that the key may see."""
    before = parts_of(cursor, datetime, str)
    if key.client_id is not None and client_id not in (None, key.client_id):
        return answer({"items": [], "next_cursor": None})
    query = CaseQuery(
        status=status,
        tier=tier,
        client_id=key.client_id or client_id,
        pool=pool,
        region=key.region,
        before=(before[0], before[1]) if before else None,
        limit=limit + 1,
    )
    items = await desk.cases.some(query)
    more = len(items) > limit
    last = items[limit - 1] if more else None
    return answer({"items": items[:limit], "next_cursor": cursor_of(last["created_at"], last["id"]) if last else None})


@router.get("/{case_id}", summary="Read a case", response_model=CaseOut, responses=problems(404))
async def get_case(case_id: CaseIdPath, desk: DeskDep, key: CaseReader) -> Response:
    """One case with its decision, review, reply, handover and messages."""
    case = await desk.cases.one(case_id, key)
    return answer(case, headers={"ETag": etag(case["revision"])})


@router.get("/{case_id}/explanation", summary="The whole decision record", response_model=dict, responses=problems(404))
async def get_explanation(
    case_id: CaseIdPath, desk: DeskDep, key: CaseReader, turn: Annotated[int | None, Query(ge=1, le=10**6)] = None
) -> Response:
    """Facts as policy saw them, each guard with its condition and values, proposal, prompts, tools, models, timings."""
    return answer(await desk.cases.explanation(case_id, key, turn))


@router.post("/{case_id}/replay", summary="Decide again without effects", response_model=ReplayOut, responses=problems(404, 409, 413, 415))
async def replay_case(case_id: CaseIdPath, desk: DeskDep, key: CaseReader, wanted: ReplayIn | None = None) -> Response:
    """Decide again from the recorded facts and proposal; the same version gives the same digest, bit for bit.

    A key that sees no policies, as one of a client or of another region, can name none.
    """
    await desk.cases.one(case_id, key)
    named = wanted.policy if wanted else None
    if named:
        desk.policies.must_see(key)
    return answer(await desk.decisions.replay(case_id, named))
