"""The palette: from a few letters to a page, a case or a client."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from console.places import places_of
from console.rendering import page
from console.speech import _
from console.visitors import DeskDep, Page, Visitor, VisitorDep
from desk.front import Desk
from domain.access import Scope
from domain.views import CaseQuery

router = APIRouter(prefix="/go", route_class=Page)

FOUND = 6
"""Of each kind: who wants more knows another letter."""
WORDS = 6


@router.get("")
async def go(desk: DeskDep, visitor: VisitorDep, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Pages whose name begins so, and the newest cases that fit."""
    wanted = q.strip().casefold()
    places = [place for place in places_of(visitor.key) if _(place.says).casefold().startswith(wanted)]
    return page("go.html", visitor=visitor, q=q.strip(), places=places, cases=await _cases(desk, visitor, wanted))


async def _cases(desk: Desk, visitor: Visitor, wanted: str) -> list[dict[str, object]]:
    if not wanted or not visitor.key.may(Scope.CASES_READ):
        return []
    return await desk.cases.some(CaseQuery(words=tuple(wanted.split()[:WORDS]), region=visitor.key.region, limit=FOUND))
