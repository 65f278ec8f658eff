"""Signing in and out, the first account, and the links by which everybody else gets theirs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from console.form_faults import faults_of, said
from console.packing import as_it_is
from console.rendering import HEADERS, page
from console.speech import _
from console.visitors import (
    DeskDep,
    Page,
    VisitorDep,
    cookie_of,
    fault,
    form_of,
    home_of,
    keep_cookie,
    keep_zone,
    own_path,
    secret_of,
    status_of,
    visit_of,
)
from domain.account import PASSWORD_LENGTH, Account, Credentials, Invitation
from domain.errors import Forbidden, InvalidInput, NotFound, TooBusy, Unauthenticated

router = APIRouter(route_class=Page)
Next = Annotated[str, Query(max_length=2_000)]
Secret = Annotated[str, Path(max_length=100)]
Link = Annotated[str, Query(max_length=10)]
USED = "used"


@router.get("/")
async def home(visitor: VisitorDep) -> Response:
    """Where somebody's work is."""
    return RedirectResponse(home_of(visitor), 303, HEADERS)


@router.get("/sign-in")
async def ask(desk: DeskDep, next: Next = "/", link: Link = "") -> Response:
    """The form; nobody can sign in before there is an account, which the page then says."""
    used, empty = link == USED, await desk.sign_in.is_empty()
    return page("sign_in.html", visitor=None, next=own_path(next), email="", said="", empty=empty, used=used and not empty)


@router.post("/sign-in")
async def begin(request: Request, desk: DeskDep) -> Response:
    """Sign in, and go where one wanted to."""
    form = await form_of(request)
    back = own_path(form.get("next", "/"))
    try:
        _account, secret = await desk.sign_in.begin(_given(form), visit_of(request))
    except (Unauthenticated, TooBusy) as error:
        email = _given(form).email
        return page("sign_in.html", _refused(error), visitor=None, next=back, email=email, said=said(error), empty=False, used=False)
    return keep_zone(keep_cookie(RedirectResponse(back, 303, HEADERS), request, secret), request, form)


@router.post("/sign-in/stay")
async def stay(request: Request, desk: DeskDep) -> Response:
    """Somebody is at a page that asks nothing else of the server: 204, and 401 when their session is over, or is another person's."""
    form = await form_of(request)
    try:
        account, _session = await desk.sign_in.visitor(secret_of(request))
    except Unauthenticated:
        return Response(status_code=401, headers=HEADERS)
    return Response(status_code=204 if account.id == form.get("person") else 401, headers=HEADERS)


@router.post("/sign-in/lock")
async def lock(request: Request, desk: DeskDep) -> Response:
    """Nobody is at the page any more: its session ends, so that no other page opens either."""
    try:
        account, session = await desk.sign_in.visitor(secret_of(request), by_hand=False)
        await desk.sign_in.end(account, session.id)
    except (Unauthenticated, NotFound):
        pass
    response = Response(status_code=204, headers=HEADERS)
    response.delete_cookie(cookie_of(request), path="/")
    return response


@router.post("/sign-in/unlock")
async def unlock(request: Request, desk: DeskDep) -> Response:
    """The person of a locked page goes on where they were: 204 and a new session, or one sentence why not."""
    form = await form_of(request)
    try:
        secret = await desk.sign_in.unlock(form.get("person", ""), _given(form), visit_of(request), secret_of(request))
    except (Unauthenticated, TooBusy) as error:
        return PlainTextResponse(said(error), _refused(error), HEADERS)
    return keep_cookie(Response(status_code=204, headers=HEADERS), request, secret)


@router.post("/sign-out")
async def end(request: Request, desk: DeskDep, visitor: VisitorDep) -> Response:
    """End this session."""
    await desk.sign_in.end(visitor.account, visitor.session.id)
    response = RedirectResponse("/sign-in", 303, HEADERS)
    response.delete_cookie(cookie_of(request), path="/")
    return response


@router.get("/first-account/{secret}")
async def ask_first(secret: Secret, request: Request, desk: DeskDep) -> Response:
    """The form for the first account, behind the link that the service prints when it starts."""
    try:
        desk.sign_in.must_be_first_link(secret)
    except Forbidden as error:
        return _void(request, error)
    if not await desk.sign_in.is_empty():
        return RedirectResponse(f"/sign-in?link={USED}", 303, HEADERS)
    return _first(secret, {})


@router.post("/first-account/{secret}")
async def make_first(secret: Secret, request: Request, desk: DeskDep) -> Response:
    """Make the first account, an admin's, and sign in with it."""
    form = await form_of(request)
    wanted = {name: form.get(name, "") for name in ("id", "name", "email")}
    try:
        _account, session = await desk.sign_in.first(secret, wanted, form.get("password", ""), visit_of(request))
    except InvalidInput as error:
        return _first(secret, wanted, error)
    desk.sample_day.begin()
    return keep_zone(keep_cookie(RedirectResponse("/", 303, HEADERS), request, session), request, form)


@router.get("/join/{secret}")
async def ask_to_join(secret: Secret, request: Request, desk: DeskDep) -> Response:
    """The form behind the link of an invitation."""
    try:
        return _joining(secret, *await desk.accounts.invited(secret))
    except Forbidden as error:
        return _void(request, error)


@router.post("/join/{secret}")
async def join(secret: Secret, request: Request, desk: DeskDep) -> Response:
    """Make the account that was meant for somebody, or choose another password; signed in at once. The link is used up."""
    form = await form_of(request)
    try:
        _account, session = await desk.sign_in.join(secret, form.get("name", ""), form.get("password", ""), visit_of(request))
    except InvalidInput as error:
        return _joining(secret, *await desk.accounts.invited(secret), form.get("name", ""), error)
    except Forbidden as error:
        return _void(request, error)
    return keep_zone(keep_cookie(RedirectResponse("/", 303, HEADERS), request, session), request, form)


def _given(form: dict[str, str]) -> Credentials:
    return Credentials(email=form.get("email", "")[:254], password=form.get("password", "")[: PASSWORD_LENGTH[1] + 1])


def _void(request: Request, error: Forbidden) -> Response:
    """The page of a link that does not count: nothing was forbidden to whoever followed it."""
    return fault(request, 403, said(error), _("This link does not count"))


def _refused(error: Unauthenticated | TooBusy) -> int:
    return 401 if isinstance(error, Unauthenticated) else status_of(error)


def _first(secret: str, given: dict[str, str], error: InvalidInput | None = None) -> Response:
    shown = {"id": "", "name": "", "email": "", **given}
    status = 422 if error else 200
    return as_it_is(
        page("first_account.html", status, visitor=None, secret=secret, given=shown, faults=faults_of(error), length=PASSWORD_LENGTH)
    )


def _joining(secret: str, invitation: Invitation, account: Account | None, name: str = "", error: InvalidInput | None = None) -> Response:
    made = page(
        "join.html",
        422 if error else 200,
        visitor=None,
        secret=secret,
        invitation=invitation,
        account=account,
        given={"name": name},
        faults=faults_of(error),
        length=PASSWORD_LENGTH,
    )
    return as_it_is(made)
