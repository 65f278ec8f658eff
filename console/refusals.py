"""What is too long to be read is refused before any page sees it; a person at a browser is told so on a page all the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.types import Scope

from console.nowhere import PROGRAMS
from console.rendering import page
from console.speech import SPOKEN, _, mark
from console.visitors import fault, speech_of, visitor_of
from domain.errors import MaitredError

SAID = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: mark(
        "What you sent is larger than the 256 KB that this console takes, and nothing of it was stored. "
        "Go back in your browser: what you wrote usually still stands there."
    ),
    HTTPStatus.REQUEST_URI_TOO_LONG: mark("This address is longer than any of this console."),
}
PageOf = Callable[[Scope, int], Awaitable[Response | None]]


def page_of(app: FastAPI) -> PageOf:
    """What makes the page of a refusal; None for programs, and for what is refused for another reason."""

    async def refused(scope: Scope, status: int) -> Response | None:
        request = Request({**scope, "app": app})
        if status not in SAID or not _is_for_a_person(request):
            return None
        SPOKEN.set(speech_of(request))
        why = _(SAID[HTTPStatus(status)])
        if "hx-request" in request.headers:
            return page("refused.html", status, said=why, number="")
        with suppress(MaitredError):  # nobody is signed in, or nobody can tell: the page then leads to the sign-in
            await visitor_of(request)
        return fault(request, status, why, _("That is too long"))

    return refused


def _is_for_a_person(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and request.url.path.split("/")[1] not in PROGRAMS
