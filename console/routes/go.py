"""The palette: from a few letters to a page, a client or a case."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from console.places import places_of
from console.rendering import page
from console.speech import _
from console.visitors import DeskDep, Page, Visitor, VisitorDep
from desk.clients import ClientSearch
from desk.front import Desk
from domain.access import Scope
from domain.errors import ToolFailed
from domain.views import CaseQuery

router = APIRouter(prefix="/go", route_class=Page)

FOUND = 6
"""Of each kind: who wants more knows another letter."""
WORDS = 6


@router.get("")
async def go(desk: DeskDep, visitor: VisitorDep, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Pages whose name begins so, clients and the newest cases that fit."""
    wanted = q.strip().casefold()
    places = [place for place in places_of(visitor.key) if _(place.says).casefold().startswith(wanted)]
    hits: dict[str, Any] = {"places": places, "clients": [], "cases": []}
    if wanted and visitor.key.may(Scope.CASES_READ):
        hits |= {"clients": await _clients(desk, visitor, q.strip()), "cases": await _cases(desk, visitor, wanted)}
    return page("go.html", visitor=visitor, q=q.strip(), hits=hits)


async def _clients(desk: Desk, visitor: Visitor, text: str) -> list[dict[str, Any]]:
    """None while the CRM does not answer: the palette has other ways to go."""
    try:
        return await desk.clients.some(ClientSearch(text=text, limit=FOUND), visitor.key)
    except ToolFailed:
        return []


async def _cases(desk: Desk, visitor: Visitor, wanted: str) -> list[dict[str, Any]]:
    return await desk.cases.some(CaseQuery(words=tuple(wanted.split()[:WORDS]), region=visitor.key.region, limit=FOUND))
