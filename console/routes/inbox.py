"""The review inbox: what waits for a person, most urgent first; many at once; and the looks at it that people keep."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from console.bulk import chosen_of, done_to
from console.queue import LookDep, listed, look_from
from console.rendering import HEADERS, page
from console.visitors import DeskDep, Page, ReviewReader, ReviewRuler, form_of, many_of

router = APIRouter(prefix="/inbox", route_class=Page)


@router.get("")
async def inbox(desk: DeskDep, visitor: ReviewReader, look: LookDep) -> Response:
    """All that waits, and how to choose among it."""
    recalled = await desk.recalls.unseen(visitor.key) if visitor.may("reviews:rule") else {}
    return page("inbox.html", visitor=visitor, look=look, **await listed(desk, visitor, look), review=None, recalled=recalled)


@router.get("/bulk")
async def back_from_many() -> Response:
    """Whoever comes back to the address of a result is shown the list."""
    return RedirectResponse("/inbox", 303, HEADERS)


@router.post("/bulk")
async def many(request: Request, desk: DeskDep, visitor: ReviewRuler) -> Response:
    """Claim, give back or approve many reviews. Each stands by itself; the page says what became of each."""
    form = await form_of(request)
    chosen = chosen_of(await many_of(request, "chosen"))
    outcomes = await done_to(desk, visitor, form.get("act", ""), chosen, request.scope["request_id"])
    back = look_from(form.get("back", "").lstrip("?")).whole
    return page("bulk.html", visitor=visitor, outcomes=outcomes, back=back, refused=sum(not one.done for one in outcomes))


@router.post("/looks")
async def keep(request: Request, desk: DeskDep, visitor: ReviewReader) -> Response:
    """Keep a look under a name."""
    form = await form_of(request)
    look = look_from(form.get("query", "").lstrip("?"))
    await desk.inbox.keep_look(visitor.account.id, form.get("name", ""), look.whole.lstrip("?"))
    return RedirectResponse(f"/inbox{look.whole}", 303, HEADERS)


@router.post("/looks/forget")
async def forget(request: Request, desk: DeskDep, visitor: ReviewReader) -> Response:
    """Forget a look."""
    form = await form_of(request)
    await desk.inbox.drop_look(visitor.account.id, form.get("name", ""))
    return RedirectResponse(f"/inbox{look_from(form.get('back', '').lstrip('?')).whole}", 303, HEADERS)
