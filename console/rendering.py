"""Templates, and the headers that every page carries."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse, Response

from console import words

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; script-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
HIDDEN = re.compile(
    "[\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
    "|(?<=[\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?=[\x00-\x7f])"
)
"""Marks that turn text around or hide in it; joiners are left between letters and signs that are written with them."""


@dataclass(frozen=True)
class Asset:
    """A file of the console under a name that changes with its bytes, so that browsers keep it for good."""

    path: str
    body: bytes
    media_type: str


@cache
def asset(name: str, media_type: str) -> Asset:
    """A file of `static/`."""
    body = files("console").joinpath("static", name).read_bytes()
    stem, _, ending = name.rpartition(".")
    return Asset(f"/static/{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{ending}", body, media_type)


STYLESHEET, ICON = asset("console.css", "text/css; charset=utf-8"), asset("icon.svg", "image/svg+xml")


@cache
def templates() -> Environment:
    """Every value is escaped, and a name that a page does not have is an error."""
    made = Environment(
        loader=PackageLoader("console"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=shown,
    )
    for name in ("money", "percent", "plain", "span", "moment", "left", "actor"):
        made.filters[name] = getattr(words, name)
    shared: dict[str, Any] = made.globals  # pyright: ignore[reportAssignmentType] - typed by what Jinja itself puts there
    shared.update(modes=words.MODES, actions=words.ACTIONS, ruled=words.RULED, stylesheet=STYLESHEET, icon=ICON)
    return made


def shown(value: Any) -> Any:
    """What a page prints: text with marks that turn or hide it shown for what they are, whoever wrote it."""
    return HIDDEN.sub(lambda mark: f"[U+{ord(mark[0]):04X}]", value) if type(value) is str else value


def page(template: str, status: int = 200, **given: Any) -> Response:
    """A page."""
    return HTMLResponse(templates().get_template(template).render(**given), status, HEADERS)
