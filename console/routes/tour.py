"""The tour as a page."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from console.rendering import page
from console.visitors import Page, ReviewReader

router = APIRouter(prefix="/tour", route_class=Page)


@router.get("")
async def tour(visitor: ReviewReader) -> Response:
    """Every stop with its words."""
    return page("tour.html", visitor=visitor)
