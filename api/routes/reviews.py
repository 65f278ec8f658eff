"""Reviews: cases that wait for a person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.deps import DeskDep, Matching, ReviewReader, ReviewRuler, etag, revision_of
from api.idempotent import IdempotentRoute, after_effect
from api.pages import Cursor, Limit, answer, cursor_of, parts_of, problems
from api.requests import RulingIn
from api.responses import CaseOut
from api.review_bodies import ReviewOut, ReviewsOut
from desk.lead_view import review_view
from desk.reviews import route_from
from domain.access import ApiKey
from domain.errors import NotFound, StaleObject
from domain.review import ReviewStatus, Ruling
from domain.views import ReviewQuery

router = APIRouter(prefix="/v1/reviews", tags=["reviews"], route_class=IdempotentRoute)

WAITS = "The ruling suspends a guard and waits for a second person."

ReviewIdPath = Annotated[str, Path(max_length=64, description="The review's id.")]


@router.get("", summary="List reviews, most urgent first", response_model=ReviewsOut, responses=problems())
async def list_reviews(
    desk: DeskDep,
    key: ReviewReader,
    status: ReviewStatus | None = None,
    pool: Annotated[str | None, Query(max_length=128)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Ordered by the SLA time left, then by the amount at stake."""
    after = parts_of(cursor, datetime, float, str)
    rows = await desk.views.reviews(
        ReviewQuery(
            status=status,
            pool=pool,
            region=key.region,
            client_id=key.client_id,
            after=(after[0], after[1], after[2]) if after else None,
            limit=limit + 1,
        )
    )
    now = desk.reviews.clock.now()
    last = rows[limit - 1].review if len(rows) > limit else None
    next_cursor = cursor_of(last["sla_due_at"], float(last["at_stake"]), last["id"]) if last else None
    return answer({"items": [review_view(row, now) for row in rows[:limit]], "next_cursor": next_cursor})


@router.get("/{review_id}", summary="Read a review", response_model=ReviewOut, responses=problems(404))
async def get_review(review_id: ReviewIdPath, desk: DeskDep, key: ReviewReader) -> Response:
    """All that a lead needs to rule."""
    return await _shown(review_id, desk, key)


@router.post("/{review_id}/claim", summary="Claim a review", response_model=ReviewOut, responses=problems(404, 409, 413, 415))
async def claim_review(review_id: ReviewIdPath, request: Request, desk: DeskDep, key: ReviewRuler) -> Response:
    """Take a lease of five minutes, or renew it."""
    await desk.reviews.claim(review_id, key, request.scope["request_id"])
    return await after_effect(lambda: _shown(review_id, desk, key))


@router.post("/{review_id}/release", summary="Give a claim back", response_model=ReviewOut, responses=problems(404, 409, 413, 415))
async def release_review(review_id: ReviewIdPath, request: Request, desk: DeskDep, key: ReviewRuler) -> Response:
    """Somebody else may claim the review."""
    await desk.reviews.release(review_id, key, request.scope["request_id"])
    return await after_effect(lambda: _shown(review_id, desk, key))


@router.post(
    "/{review_id}/ruling",
    summary="Rule on a review",
    response_model=CaseOut,
    responses={202: {"model": ReviewOut, "description": WAITS}, **problems(404, 409, 412, 413, 415, 428)},
)
async def rule_review(
    review_id: ReviewIdPath, ruling: RulingIn, request: Request, desk: DeskDep, key: ReviewRuler, wanted: Matching
) -> Response:
    """Rule once. The answer comes when the graph has resumed and the outcome is stored.

    `overrides` suspends guards that name a role for it, for this decision: by a person of that role, with a reason. Where the guard wants a
    second pair of eyes, the answer is 202 with the review, and another person of the role posts the same ruling to let it stand.
    """
    row = await desk.views.review(review_id)
    if row is None:
        raise NotFound(f"There is no review {review_id}.")
    route = route_from(row.record, ruling.route.model_dump(exclude_none=True)) if ruling.route else None
    stated = Ruling(
        action=ruling.action,
        actor=key.actor,
        route=route,
        note=ruling.note,
        reply=ruling.reply,
        question=ruling.question,
        reason=ruling.reason,
        overrides=tuple(sorted(set(ruling.overrides))),
        ruled_at=desk.reviews.clock.now(),
    )

    async def now() -> int:
        return (await desk.reviews.visible(review_id, key)).review["revision"]

    revision = await revision_of(wanted, now)
    try:
        case_id = await desk.reviews.rule(review_id, stated, key, revision, request.scope["request_id"])
    except StaleObject as error:
        fresh = await desk.views.review(review_id)
        raise StaleObject(error.message, review_view(fresh, desk.reviews.clock.now()) if fresh else None) from error
    if case_id is None:
        return await after_effect(lambda: _shown(review_id, desk, key, status=202))
    case = await after_effect(lambda: desk.cases.one(case_id, key))
    return answer(case, headers={"ETag": etag(case["revision"])})


async def _shown(review_id: str, desk: DeskDep, key: ApiKey, status: int = 200) -> Response:
    row = await desk.views.review(review_id)
    if row is None or not key.sees(row.case["region"], row.case["client_id"]):
        raise NotFound(f"There is no review {review_id}.")
    return answer(review_view(row, desk.reviews.clock.now()), status, headers={"ETag": etag(row.review["revision"])})
