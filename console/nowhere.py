"""Addresses that nobody has: a person at a browser gets a page with a way on, and a program the API's answer."""

from __future__ import annotations

from contextlib import suppress

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from console.packing import packed
from console.speech import SPOKEN, _
from console.visitors import fault, speech_of, visitor_of
from domain.errors import MaitredError

PROGRAMS = ("v1", "healthz", "readyz", "metrics", "docs", "openapi.json")
"""What addresses begin with that programs ask for."""


def or_a_page(answered: ASGIApp) -> ASGIApp:
    """What answers where no route does: `answered`, but for people."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_for_a_person(request := Request(scope, receive)):
            await answered(scope, receive, send)
            return
        SPOKEN.set(speech_of(request))
        with suppress(MaitredError):  # nobody is signed in, or nobody can tell: the page then leads to the sign-in
            await visitor_of(request)
        page = fault(request, 404, _("No page has this address. It may have moved, or was written down wrongly."))
        await packed(request, page)(scope, receive, send)

    return answer


def _is_for_a_person(request: Request) -> bool:
    asks = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
    return asks and request.url.path.split("/")[1] not in PROGRAMS
