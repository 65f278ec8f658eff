"""Signing in and out, and the first account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from console.rendering import HEADERS, page
from console.visitors import COOKIE, DeskDep, Page, VisitorDep, form_of, home_of, keep_cookie, own_path, status_of, visit_of
from domain.account import PASSWORD_LENGTH, Credentials
from domain.errors import InvalidInput, TooBusy, Unauthenticated

router = APIRouter(route_class=Page)
Next = Annotated[str, Query(max_length=2_000)]


@router.get("/")
async def home(visitor: VisitorDep) -> Response:
    """Where somebody's work is."""
    return RedirectResponse(home_of(visitor), 303, HEADERS)


@router.get("/sign-in")
async def ask(desk: DeskDep, next: Next = "/") -> Response:
    """The form; nobody can sign in before there is an account, which the page then says."""
    return page("sign_in.html", visitor=None, next=own_path(next), email="", said="", empty=await desk.sign_in.is_empty())


@router.post("/sign-in")
async def begin(request: Request, desk: DeskDep) -> Response:
    """Sign in, and go where one wanted to."""
    form = await form_of(request)
    email, back = form.get("email", "")[:254], own_path(form.get("next", "/"))
    try:
        given = Credentials(email=email, password=form.get("password", "")[: PASSWORD_LENGTH[1] + 1])
        _, secret = await desk.sign_in.begin(given, visit_of(request))
    except (Unauthenticated, TooBusy) as error:
        status = 401 if isinstance(error, Unauthenticated) else status_of(error)
        return page("sign_in.html", status, visitor=None, next=back, email=email, said=error.message, empty=False)
    return keep_cookie(RedirectResponse(back, 303, HEADERS), request, secret)


@router.post("/sign-out")
async def end(request: Request, desk: DeskDep, visitor: VisitorDep) -> Response:
    """End this session."""
    await desk.sign_in.end(visitor.account, visitor.session.id)
    response = RedirectResponse("/sign-in", 303, HEADERS)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/first-account/{secret}")
async def ask_first(secret: str, desk: DeskDep) -> Response:
    """The form for the first account, behind the link that the service prints when it starts."""
    desk.sign_in.must_be_first_link(secret)
    if not await desk.sign_in.is_empty():
        return RedirectResponse("/sign-in", 303, HEADERS)
    return _first(secret, {})


@router.post("/first-account/{secret}")
async def make_first(secret: str, request: Request, desk: DeskDep) -> Response:
    """Make the first account, an admin's, and sign in with it."""
    form = await form_of(request)
    wanted = {name: form.get(name, "") for name in ("id", "name", "email")}
    try:
        _, session = await desk.sign_in.first(secret, wanted, form.get("password", ""), visit_of(request))
    except InvalidInput as error:
        return _first(secret, wanted, error)
    desk.sample_day.begin()
    return keep_cookie(RedirectResponse("/", 303, HEADERS), request, session)


def _first(secret: str, given: dict[str, str], error: InvalidInput | None = None) -> Response:
    faults = {pointer.strip("/"): detail for pointer, detail in error.errors} if error else {}
    shown = {"id": "", "name": "", "email": "", **given}
    status = 422 if error else 200
    return page("first_account.html", status, visitor=None, secret=secret, given=shown, faults=faults, length=PASSWORD_LENGTH)
