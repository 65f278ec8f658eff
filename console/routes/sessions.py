"""Somebody's own account: where they are signed in, and their password."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from console.rendering import HEADERS, page
from console.visitors import DeskDep, Page, Visitor, VisitorDep, form_of, visit_of
from desk.front import Desk
from domain.account import PASSWORD_LENGTH
from domain.errors import InvalidInput

router = APIRouter(prefix="/account", route_class=Page)


@router.get("")
async def show(desk: DeskDep, visitor: VisitorDep) -> Response:
    """Every session that is open, and the password."""
    return await _shown(desk, visitor)


@router.post("/sessions/{session_id}/end")
async def end(session_id: str, desk: DeskDep, visitor: VisitorDep) -> Response:
    """End a session, on whichever machine it is."""
    await desk.sign_in.end(visitor.account, session_id)
    return RedirectResponse("/account", 303, HEADERS)


@router.post("/password")
async def change_password(request: Request, desk: DeskDep, visitor: VisitorDep) -> Response:
    """Another password; one signs in again with it, everywhere."""
    form = await form_of(request)
    try:
        given = form.get("password", "")[: PASSWORD_LENGTH[1] + 1]
        await desk.sign_in.change_password(visitor.account, given, form.get("wanted", ""), visit_of(request))
    except InvalidInput as error:
        return await _shown(desk, visitor, error.errors[0][1])
    return RedirectResponse("/sign-in", 303, HEADERS)


async def _shown(desk: Desk, visitor: Visitor, said: str = "") -> Response:
    sessions = await desk.sign_in.sessions.of(visitor.account.id)
    return page("account.html", 422 if said else 200, visitor=visitor, sessions=sessions, said=said, length=PASSWORD_LENGTH)
