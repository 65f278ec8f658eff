"""What came of a rollout: cases that it recalled, and an experiment's outcomes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.deps import DeskDep, PolicyReader, ReviewRuler
from api.idempotent import IdempotentRoute
from api.pages import Cursor, Limit, answer, cursor_of, parts_of, problems
from api.policy_bodies import PolicyName
from api.rollout_bodies import ExperimentOut, RecallSeenOut, RecallsOut
from api.routes.cases import CaseIdPath
from desk.recalls import seen_view
from domain.errors import NotFound
from domain.rollout_views import RecallQuery

router = APIRouter(prefix="/v1/policies", tags=["policies"], route_class=IdempotentRoute)


@router.get("/{name}/recalls", summary="List recalled cases, oldest first", response_model=RecallsOut, responses=problems(404))
async def list_recalls(
    name: PolicyName,
    desk: DeskDep,
    key: PolicyReader,
    seen: Annotated[bool, Query(description="Those that a lead has looked at, instead of those that wait for one.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Cases that a canary touched before its gate stopped it, until a lead has looked; beside each what the active version would do."""
    after = parts_of(cursor, datetime, str, int)
    query = RecallQuery(
        name=name,
        region=key.region,
        client_id=key.client_id,
        seen=seen,
        after=(after[0], after[1], after[2]) if after else None,
        limit=limit + 1,
    )
    found = await desk.recalls.some(query)
    if not found and await desk.policies.views.summary(name) is None:
        raise NotFound.said("There is no policy %(name)s.", {"name": name})
    last = found[limit - 1] if len(found) > limit else None
    next_cursor = cursor_of(last["recalled_at"], last["case_id"], last["turn"]) if last else None
    return answer({"items": found[:limit], "next_cursor": next_cursor})


@router.post(
    "/{name}/recalls/{case_id}/seen",
    summary="A lead has looked at a recalled case",
    response_model=RecallSeenOut,
    responses=problems(404, 409),
)
async def see_recall(name: PolicyName, case_id: CaseIdPath, request: Request, desk: DeskDep, key: ReviewRuler) -> Response:
    """It is not listed as waiting any more. Who said so first stays named."""
    seen = await desk.recalls.see(name, case_id, key, request.scope["request_id"])
    return answer({"case_id": case_id, "turns": [seen_view(one) for one in seen]})


@router.get("/{name}/experiment", summary="Compare the arms of a canary", response_model=ExperimentOut, responses=problems(404))
async def get_experiment(name: PolicyName, desk: DeskDep, key: PolicyReader) -> Response:
    """Outcomes of each arm with 95 % intervals, the difference, and whether there is enough data to conclude from it."""
    desk.policies.must_see(key)
    return answer(await desk.roller.experiment(name))
