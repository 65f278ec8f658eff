"""Somebody's own account: how pages speak to them, where they are signed in, and their password."""

from __future__ import annotations

from itertools import groupby

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from console.rendering import HEADERS, page
from console.speech import LOCALES, _, zones
from console.visitors import LOOK_COOKIE, DeskDep, Page, Visitor, VisitorDep, form_of, keep_look, visit_of
from desk.front import Desk
from domain.account import PASSWORD_LENGTH
from domain.errors import InvalidInput

router = APIRouter(prefix="/account", route_class=Page)

NAMES = {"en": "English", "de": "Deutsch"}
"""Each language as those who speak it call it."""
BROWSERS = (("Firefox/", "Firefox"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("Chrome/", "Chrome"), ("Version/", "Safari"))
SYSTEMS = (("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iPadOS"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"))
"""What browsers and systems are known by, the first that fits: most of them also name others, whose pages they can show."""
AREAS = frozenset(("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"))


@router.get("")
async def show(request: Request, desk: DeskDep, visitor: VisitorDep) -> Response:
    """Every session that is open, language and clock, and the password."""
    return await _shown(request, desk, visitor)


@router.post("/look")
async def look(request: Request) -> Response:
    """Another language, another clock, for this browser. Raises InvalidInput for what the page does not offer."""
    form = await form_of(request)
    locale, zone = form.get("locale", ""), form.get("zone", "")
    if (locale and locale not in LOCALES) or (zone and zone not in zones()):
        raise InvalidInput("There is no such language or time zone here.")
    response = RedirectResponse("/account", 303, HEADERS)
    if not locale and not zone:
        response.delete_cookie(LOOK_COOKIE, path="/")
        return response
    return keep_look(response, request, locale, zone)


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
        return await _shown(request, desk, visitor, error.errors[0][1])
    return RedirectResponse("/sign-in", 303, HEADERS)


def device(agent: str) -> str:
    """`Firefox on Linux` of what a browser calls itself; empty for what names none that is known here."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return _("%(browser)s on %(system)s", browser=browser, system=system) if browser and system else browser


async def _shown(request: Request, desk: Desk, visitor: Visitor, said: str = "") -> Response:
    locale, _bar, zone = request.cookies.get(LOOK_COOKIE, "").partition("|")
    return page(
        "account.html",
        422 if said else 200,
        visitor=visitor,
        sessions=[(one, device(one.visit.agent)) for one in await desk.sign_in.sessions.of(visitor.account.id)],
        said=said,
        length=PASSWORD_LENGTH,
        languages=[(one, NAMES[one]) for one in LOCALES],
        areas=areas(zone),
        chosen={"locale": locale if locale in LOCALES else "", "zone": zone if zone in zones() else ""},
    )


def areas(chosen: str = "") -> list[tuple[str, list[str]]]:
    """Time zones by continent, without the old names of the same ones; the chosen one is there whatever it is called."""
    offered = sorted(one for one in zones() if one.partition("/")[0] in AREAS or (one == chosen and chosen != "UTC"))
    return [(area, list(names)) for area, names in groupby(offered, key=lambda one: one.partition("/")[0])]
