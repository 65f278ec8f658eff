"""What a lead writes beside a review, kept while they type: by the script at every pause, and by a button without one."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from console.queue import LookDep
from console.rendering import HEADERS
from console.rulings import kept_of, sent_of
from console.visitors import DeskDep, Page, ReviewRuler, revision_of
from console.words import actor

router = APIRouter(prefix="/inbox", route_class=Page)

Id = Annotated[str, Path(max_length=64)]


@router.post("/{review_id}/draft")
async def keep(review_id: Id, request: Request, desk: DeskDep, visitor: ReviewRuler, look: LookDep) -> Response:
    """Keep one form. The script learns the draft's revision, and whose newer words it wrote over; a button comes back to the page."""
    sent = await sent_of(request)
    action, fields = kept_of(sent)
    seen = revision_of({"revision": sent.get("draft", "")})
    kept, other = await desk.drafts.keep(review_id, action, fields, visitor.key, seen)
    if sent.get("keep"):
        return RedirectResponse(f"/inbox/{review_id}{look.query}", 303, HEADERS)
    told = {"Draft-Revision": str(kept.revision)} | ({"Draft-Replaced": quote(actor(other))} if other else {})
    return Response(status_code=204, headers=HEADERS | told)


@router.post("/{review_id}/draft/discard")
async def discard(review_id: Id, desk: DeskDep, visitor: ReviewRuler, look: LookDep) -> Response:
    """Forget it: the forms are as the review has them."""
    await desk.drafts.discard(review_id, visitor.key)
    return RedirectResponse(f"/inbox/{review_id}{look.query}", 303, HEADERS)
