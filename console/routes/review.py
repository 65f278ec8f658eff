"""One review, beside the list: why it waits, and the forms that a lead rules with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from console.board import is_over, offer_of, shown_texts
from console.queue import Look, LookDep, listed
from console.rendering import HEADERS, page
from console.visitors import DeskDep, Page, ReviewReader, ReviewRuler, Visitor, form_of, many_of, revision_of, status_of
from desk.front import Desk
from desk.lead_view import review_view
from desk.reviews import route_from
from domain.errors import Conflict, ForbiddenByPolicy, InvalidInput, MaitredError, NotFound, StaleObject
from domain.facts import Action
from domain.review import Ruling, RulingAction
from domain.views import ReviewRow

router = APIRouter(prefix="/inbox", route_class=Page)

Id = Annotated[str, Path(max_length=64)]
MONEY = frozenset((Action.REFUND, Action.CREDIT))
"""What an amount goes with."""
ROUTE_FIELDS = ("mode", "pool", "action", "amount", "assignee")


@router.get("/{review_id}")
async def show(review_id: Id, desk: DeskDep, visitor: ReviewReader, look: LookDep) -> Response:
    """One review beside the list."""
    return await _shown(desk, visitor, review_id, look)


@router.post("/{review_id}/claim")
async def claim(review_id: Id, desk: DeskDep, visitor: ReviewRuler) -> Response:
    """Hold the review for five minutes, or five more."""
    return await _moved(desk, visitor, review_id, desk.reviews.claim)


@router.post("/{review_id}/release")
async def release(review_id: Id, desk: DeskDep, visitor: ReviewRuler) -> Response:
    """Let somebody else have it."""
    return await _moved(desk, visitor, review_id, desk.reviews.release)


@router.post("/{review_id}/ruling")
async def rule(review_id: Id, request: Request, desk: DeskDep, visitor: ReviewRuler) -> Response:
    """Rule. The next page comes when the graph has resumed and the outcome is stored, so what it says is done."""
    form = await form_of(request)
    try:
        row = await _row(desk, visitor, review_id)
        ruling = _ruling(desk, visitor, row, form, await many_of(request, "overrides"))
        await desk.reviews.rule(review_id, ruling, visitor.key, revision_of(form), request.scope["request_id"])
    except NotFound:
        raise
    except MaitredError as error:
        return await _shown(desk, visitor, review_id, Look(), error, form, await many_of(request, "overrides"))
    return RedirectResponse(f"/inbox/{review_id}", 303, HEADERS)


@router.post("/{review_id}/confirm")
async def confirm(review_id: Id, request: Request, desk: DeskDep, visitor: ReviewRuler) -> Response:
    """Second the override that waits on the review, word for word as it was asked for."""
    form = await form_of(request)
    try:
        row = await _row(desk, visitor, review_id)
        if row.review["override"] is None:
            raise StaleObject("No override waits on this review any more.")
        changes = {"actor": visitor.key.actor, "reason": form.get("reason", "")[:10_000], "ruled_at": desk.reviews.clock.now()}
        asked = Ruling.model_validate(row.review["override"]).model_copy(update=changes)
        await desk.reviews.rule(review_id, asked, visitor.key, revision_of(form), request.scope["request_id"])
    except NotFound:
        raise
    except MaitredError as error:
        return await _shown(desk, visitor, review_id, Look(), error, form)
    return RedirectResponse(f"/inbox/{review_id}", 303, HEADERS)


async def _moved(desk: Desk, visitor: Visitor, review_id: str, move: Any) -> Response:
    try:
        await move(review_id, visitor.key)
    except Conflict as error:
        return await _shown(desk, visitor, review_id, Look(), error)
    return RedirectResponse(f"/inbox/{review_id}", 303, HEADERS)


def _ruling(desk: Desk, visitor: Visitor, row: ReviewRow, form: dict[str, str], overrides: list[str]) -> Ruling:
    """What a form says. Raises InvalidInput for a form that none of our pages sends."""
    wanted: dict[str, Any] = {name: form[name] for name in ROUTE_FIELDS if form.get(name)}
    if "action" in wanted:
        wanted["amount"] = (form.get("amount") or 0) if wanted["action"] in MONEY else 0
    try:
        return Ruling(
            action=RulingAction(form.get("ruling", "")),
            actor=visitor.key.actor,
            route=route_from(row.record, wanted) if wanted else None,
            note=form.get("note", "")[:10_000],
            question=form.get("question", "")[:10_000],
            reason=form.get("reason", "")[:10_000],
            overrides=tuple(sorted(set(overrides))),
            ruled_at=desk.reviews.clock.now(),
        )
    except (ValueError, ValidationError) as error:
        raise InvalidInput("This ruling does not fit.", [("/ruling", "has a field with a value that no page of ours offers")]) from error


async def _row(desk: Desk, visitor: Visitor, review_id: str) -> ReviewRow:
    row = await desk.views.review(review_id)
    if row is None or not visitor.key.sees(row.case["region"], row.case["client_id"]):
        raise NotFound("There is no such review.")
    return row


async def _shown(
    desk: Desk,
    visitor: Visitor,
    review_id: str,
    look: Look,
    error: MaitredError | None = None,
    given: dict[str, str] | None = None,
    ticked: Sequence[str] = (),
) -> Response:
    """The review with the forms to rule by; after an error with what it was, and with what was written."""
    row = await _row(desk, visitor, review_id)
    now = desk.reviews.clock.now()
    review = review_view(row, now)
    case = await desk.cases.one(row.case["id"], visitor.key)
    return page(
        "inbox.html",
        status_of(error) if error else 200,
        visitor=visitor,
        look=look,
        **await listed(desk, visitor, look),
        review=review,
        case=case,
        texts=shown_texts(review),
        over=is_over(review),
        held_by_other=review["claimed_by"] not in (None, visitor.key.actor),
        mine=review["claimed_by"] == visitor.key.actor,
        offer=offer_of(await desk.reviews.policies.have(review["policy"]["digest"]), review, visitor.key),
        ticked=ticked,
        error=_told(error),
        given=given or {},
    )


def _told(error: MaitredError | None) -> dict[str, Any] | None:
    """An error as the page says it: one sentence, and the fields or guards that it is about."""
    if error is None:
        return None
    if isinstance(error, StaleObject):
        return {"said": "The review changed since you opened it. Here it is as it stands now; what you wrote is kept.", "points": []}
    if isinstance(error, ForbiddenByPolicy):
        said = f"Policy forbids this route. {error.way_out}".rstrip()
        return {"said": said, "points": [f"{guard['id']}: {guard['because']}" for guard in error.guards]}
    points = [f"{pointer.rsplit('/', 1)[-1]} {detail}" for pointer, detail in error.errors] if isinstance(error, InvalidInput) else []
    return {"said": error.message, "points": points}
