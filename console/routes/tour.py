"""The tour as a page, and the sample company's day for who wants to see work come in."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from console.rendering import HEADERS, page
from console.visitors import DeskDep, Page, ReviewReader, ReviewRuler

router = APIRouter(prefix="/tour", route_class=Page)


@router.get("")
async def tour(desk: DeskDep, visitor: ReviewReader) -> Response:
    """Every stop with its words."""
    return page("tour.html", visitor=visitor, offered=desk.sample_day.is_offered)


@router.post("/day")
async def begin_day(desk: DeskDep, visitor: ReviewRuler) -> Response:
    """Let the sample company's messages come in; once begun, asking again does nothing."""
    desk.sample_day.begin()
    return RedirectResponse("/inbox", 303, HEADERS)
