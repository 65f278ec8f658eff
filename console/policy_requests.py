"""What forms about policies say, and how what the desk refused is told on the page that asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path, Request
from starlette.responses import RedirectResponse, Response

from console.rendering import HEADERS
from console.speech import _
from console.visitors import Visitor, revision_of
from desk.casework import Asked
from desk.front import Desk
from domain.errors import InvalidInput, MaitredError, NotFound, PolicyInvalid, StaleObject

REASON_LIMIT = 10_000
NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
Name = Annotated[str, Path(max_length=64)]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Form = dict[str, str]
Told = dict[str, Any]


def asked_of(request: Request, visitor: Visitor, form: Mapping[str, str]) -> Asked:
    """Who asks, from which state of things, and why."""
    return Asked(visitor.key, revision_of(dict(form)), request.scope["request_id"], form.get("reason", "")[:REASON_LIMIT].strip())


def need_reason(asked: Asked, what: str) -> None:
    """Raise InvalidInput, with the sentence `what`, when none is given."""
    if not asked.note:
        raise InvalidInput(what, [("/reason", _("is missing"))])


def told(error: MaitredError | None) -> Told | None:
    """An error as a page says it: one sentence, and what it is about."""
    if error is None:
        return None
    if isinstance(error, StaleObject):
        return {
            "said": _("Somebody changed this since you opened it. Here it is as it stands now; what you wrote is kept."),
            "points": [],
            "moved": True,
        }
    if isinstance(error, PolicyInvalid):
        return {"said": _("This text is no policy yet; what is wrong stands beside it."), "points": [], "moved": False}
    faults = error.errors if isinstance(error, InvalidInput) else []
    points = [f"{_field(pointer)} {detail}".strip() for pointer, detail in faults if detail != error.message]
    return {"said": error.message, "points": points, "moved": False}


def _field(pointer: str) -> str:
    return " ".join(part.replace("_", " ") for part in pointer.split("/") if part)


def is_part(request: Request) -> bool:
    """Whether htmx asks for a part of the page alone."""
    return request.headers.get("hx-request") == "true"


def go_to(path: str) -> Response:
    """The page that shows how things stand after something was done."""
    return RedirectResponse(path, 303, HEADERS)


async def release_of(desk: Desk, visitor: Visitor, name: str) -> dict[str, Any] | None:
    """What decides live traffic of this name; None when nothing does."""
    try:
        return await desk.rollouts.shown(name, visitor.key)
    except NotFound:
        return None
