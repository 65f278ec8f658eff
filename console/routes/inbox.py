"""The review inbox: what waits for a person, most urgent first."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from console.queue import LookDep, listed
from console.rendering import page
from console.visitors import DeskDep, Page, ReviewReader

router = APIRouter(prefix="/inbox", route_class=Page)


@router.get("")
async def inbox(desk: DeskDep, visitor: ReviewReader, look: LookDep) -> Response:
    """All that waits, and how to choose among it."""
    return page("inbox.html", visitor=visitor, look=look, **await listed(desk, visitor, look), review=None)
