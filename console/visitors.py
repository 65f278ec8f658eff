"""Who sits at the browser: the session's cookie, and proof that a form was sent by a page of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote, urlsplit

import structlog
from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse, Response

from console.astray import page_above
from console.forbidden import forbidden_to
from console.form_faults import said
from console.names import names_of
from console.packing import packed
from console.places import places_of
from console.rendering import HEADERS, page
from console.speech import LOCALES, SPOKEN, Speech, _, locale_from, mark, zones
from console.words import NAMES
from desk.front import Desk
from domain.access import ApiKey, Scope
from domain.account import Account, Session, Visit
from domain.errors import (
    Conflict,
    Forbidden,
    ForbiddenByPolicy,
    InvalidInput,
    LeaseLost,
    MaitredError,
    NotFound,
    PolicyInvalid,
    PreconditionRequired,
    StaleObject,
    StoreUnavailable,
    TooBusy,
    ToolFailed,
    Unauthenticated,
)

COOKIE, LOOK_COOKIE = "maitred_session", "maitred_look"
OWN_PATH = re.compile(r"/(?!/)[!-\[\]-~]*")
"""No second slash, backslash, space or control character: browsers make another site's address of some of those."""
LOOK_KEPT_S = 365 * 86_400
BY_ITSELF, SIGNED_OUT = "x-by-itself", "maitred:signed-out"
"""The header of what a page's script asks without its reader, and the event that tells that script of the session's end."""
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 200
REVISION = re.compile("[0-9]{1,12}")
log = structlog.get_logger("maitred.console")
STATUS: dict[type[MaitredError], int] = {
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    StaleObject: 412,
    PreconditionRequired: 428,
    InvalidInput: 422,
    ForbiddenByPolicy: 422,
    TooBusy: 429,
    PolicyInvalid: 422,
    StoreUnavailable: 503,
    ToolFailed: 503,
    LeaseLost: 503,
}
TITLES = {
    403: mark("This is not yours to do"),
    404: mark("There is nothing here"),
    409: mark("Not possible now"),
    422: mark("That does not fit"),
    429: mark("Too often"),
    503: mark("Something that is needed does not answer"),
}


@dataclass(frozen=True)
class Visitor:
    """A signed-in person."""

    account: Account
    session: Session
    idle_s: int
    """Seconds without a click after which they sign in again."""

    @property
    def key(self) -> ApiKey:
        """What they may do."""
        return self.account.key

    def may(self, scope: str) -> bool:
        """Whether one of their seats carries the scope; pages hide what they may not."""
        return self.key.may(Scope(scope))


class Page(APIRoute):
    """A route that answers in HTML, errors included. Whoever is not signed in is asked to, and comes back."""

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve; a browser that loads the address of a form again is led to the page that the form belongs to."""
        if scope["method"] in ("GET", "HEAD") and scope["method"] not in self.methods:
            await RedirectResponse(page_above(scope, scope["app"].router.routes), 303, HEADERS)(scope, receive, send)
        else:
            await super().handle(scope, receive, send)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route, with what went wrong as a page."""
        answered = super().get_route_handler()

        async def handle(request: Request) -> Response:
            SPOKEN.set(speech_of(request))
            return packed(request, await plainly(request))

        async def plainly(request: Request) -> Response:
            try:
                if request.method == "POST":
                    must_be_ours(request)
                return await answered(request)
            except Unauthenticated:
                if not by_hand(request) or "hx-request" in request.headers:
                    return Response(status_code=204, headers={"HX-Trigger": SIGNED_OUT, "Cache-Control": "no-store"})
                return RedirectResponse(f"/sign-in?next={quote(back_to(request))}", 303, HEADERS)
            except RequestValidationError:
                return fault(request, 422, _("The address holds something that no page of this console puts there."))
            except MaitredError as error:
                if (status := status_of(error)) == 500:
                    log.error("page broke", page=self.path, exc_info=error)
                return fault(request, status, said(error))
            except Exception as error:
                log.error("page broke", page=self.path, exc_info=error)
                return fault(request, 500, _("This page broke. What you did before it is safe; the operator finds the reason in the log."))

        return handle


def by_hand(request: Request) -> bool:
    """Whether a person asked for this: what pages ask by themselves keeps no session alive, and a sign-in page is no answer to it."""
    headers = request.headers
    streams, fetched = headers.get("accept", "").startswith("text/event-stream"), "prefetch" in headers.get("sec-purpose", "")
    return not (streams or fetched or BY_ITSELF in headers)


def speech_of(request: Request) -> Speech:
    """How to speak to a browser: as it was told to on the account's page, else as it asks for."""
    locale, _, zone = request.cookies.get(LOOK_COOKIE, "").partition("|")
    return Speech(
        locale if locale in LOCALES else locale_from(request.headers.get("accept-language", "")),
        zone if zone in zones() else "UTC",
    )


def fault(request: Request, status: int, why: str, title: str = "") -> Response:
    """The page of an error, with the way on that the visitor's seats allow; for a part of a page, what fits there."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    named = title or (_(TITLES[status]) if status in TITLES else _("This did not work"))
    template = "error.html"
    if request.headers.get("hx-request-type") == "partial":
        template = "error_beside.html" if request.url.path.startswith("/inbox/") else "refused.html"
    number = request.scope.get("request_id", "") if status >= 500 else ""
    return page(template, status, title=named, said=why, visitor=visitor, number=number)


def status_of(error: MaitredError) -> int:
    """The status of an error's page."""
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)


def must_be_ours(request: Request) -> None:
    """Raise Forbidden for a form that another site sent. Browsers say where a request comes from; without a word of it nothing is done."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = urlsplit(str(request.base_url))
    same = origin in (f"http://{own.netloc}", f"https://{own.netloc}") if origin else site in ("same-origin", "none")
    if not same or site not in (None, "same-origin", "none"):
        raise Forbidden(_("This form was not sent by a page of this console. Open the page again and repeat it there."))


def back_to(request: Request) -> str:
    """Where somebody wanted to go: a path of ours, whatever the request says."""
    path = request.url.path if request.method == "GET" else "/"
    return f"{path}?{request.url.query}" if request.url.query and request.method == "GET" else path


def own_path(wanted: str) -> str:
    """`wanted` when it is a path of this site, else where everybody begins: a sign-in sends nobody elsewhere."""
    return wanted if OWN_PATH.fullmatch(wanted) else "/"


def home_of(visitor: Visitor) -> str:
    """Where somebody's work is: reviews, else policies, else the first page that their seats open."""
    places = sorted(places_of(visitor.key), key=lambda place: place.id not in ("inbox", "policies"))
    return next((place.path for place in places), "/account")


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name; those that may be given more than once are asked for by `many_of`."""
    return dict(await _fields(request))


async def many_of(request: Request, name: str) -> list[str]:
    """Every value of one field."""
    return [value for field, value in await _fields(request) if field == name]


async def _fields(request: Request) -> list[tuple[str, str]]:
    """Raises InvalidInput for what no form of ours sends."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        fields = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        fields = None
    if fields is None or kind not in ("", FORM) or any("\0" in value for _, value in fields):
        raise InvalidInput(_("This is no form of this console."))
    return fields


def revision_of(form: dict[str, str]) -> int | None:
    """The revision that a page was made from; None for what is none."""
    return int(form["revision"]) if REVISION.fullmatch(form.get("revision", "")) else None


def visit_of(request: Request) -> Visit:
    """Where a session comes from."""
    return Visit(agent=request.headers.get("user-agent", ""), address=request.client.host if request.client else "")


def keep_cookie(response: Response, request: Request, secret: str) -> Response:
    """The session's cookie: no script reads it, no other site sends it with a form."""
    response.set_cookie(cookie_of(request), secret, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/")
    return response


def keep_look(response: Response, request: Request, locale: str, zone: str) -> Response:
    """How pages speak to this browser, for a year; empty parts are as the browser says."""
    secure = request.url.scheme == "https"
    response.set_cookie(LOOK_COOKIE, f"{locale}|{zone}", max_age=LOOK_KEPT_S, httponly=True, samesite="lax", secure=secure, path="/")
    return response


def keep_zone(response: Response, request: Request, form: dict[str, str]) -> Response:
    """The time zone that a page's script found out, unless somebody chose one before."""
    zone = form.get("zone", "")
    return keep_look(response, request, "", zone) if LOOK_COOKIE not in request.cookies and zone in zones() else response


def cookie_of(request: Request) -> str:
    """The name of this instance's session cookie."""
    return f"{COOKIE}_{desk_of(request).sign_in.instance}"


def secret_of(request: Request) -> str:
    """What the session's cookie carries; empty without one."""
    return request.cookies.get(cookie_of(request), "")


def desk_of(request: Request) -> Desk:
    """The desk that the application was started with."""
    return request.app.state.desk


async def _desk(request: Request) -> Desk:
    return desk_of(request)


async def visitor_of(request: Request) -> Visitor:
    """The person of the session. Raises Unauthenticated."""
    desk = desk_of(request)
    sign_in = desk.sign_in
    account, session = await sign_in.visitor(secret_of(request), by_hand=by_hand(request))
    request.state.visitor = Visitor(account, session, sign_in.idle_s)
    NAMES.set(await names_of(desk))
    return request.state.visitor


def allowed(*scopes: Scope) -> Callable[..., Coroutine[Any, Any, Visitor]]:
    """A dependency that gives the visitor when their seats carry one of `scopes`."""

    async def visitor_with(visitor: Annotated[Visitor, Depends(visitor_of)]) -> Visitor:
        if not any(visitor.key.may(scope) for scope in scopes):
            raise Forbidden(forbidden_to(*scopes))
        return visitor

    return visitor_with


DeskDep = Annotated[Desk, Depends(_desk)]
VisitorDep = Annotated[Visitor, Depends(visitor_of)]
CaseReader = Annotated[Visitor, Depends(allowed(Scope.CASES_READ))]
LedgerReader = Annotated[Visitor, Depends(allowed(Scope.LEDGER_READ))]
PolicyReader = Annotated[Visitor, Depends(allowed(Scope.CASES_READ, Scope.POLICIES_WRITE, Scope.POLICIES_APPROVE))]
PolicyWriter = Annotated[Visitor, Depends(allowed(Scope.POLICIES_WRITE))]
PolicyApprover = Annotated[Visitor, Depends(allowed(Scope.POLICIES_APPROVE))]
LedgerOrPolicyReader = Annotated[Visitor, Depends(allowed(Scope.LEDGER_READ, Scope.POLICIES_WRITE, Scope.POLICIES_APPROVE))]
Admin = Annotated[Visitor, Depends(allowed(Scope.ADMIN))]
ReviewReader = Annotated[Visitor, Depends(allowed(Scope.REVIEWS_READ))]
ReviewRuler = Annotated[Visitor, Depends(allowed(Scope.REVIEWS_RULE))]
