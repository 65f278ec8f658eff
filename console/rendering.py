"""Templates, and the headers that every page carries."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from console import speech, words
from console.assets import asset
from console.board import one_line
from console.keys import KEYS, key_of
from console.places import places_of
from console.product_names import known
from console.seats import SEATS_SAID
from console.speech import SPOKEN
from console.tour import STOPS

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


@cache
def templates() -> Environment:
    """Every value is escaped, and a name that a page does not have is an error."""
    made = Environment(
        loader=PackageLoader("console"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=shown,
    )
    cast(Any, made).install_gettext_callables(speech.gettext, speech.plural, newstyle=True)
    for name in ("money", "percent", "plain", "span", "moment", "left", "actor", "role", "sum_of", "decimal"):
        made.filters[name] = getattr(words, name)
    made.filters["one_line"] = one_line
    made.filters["known"] = known
    shared: dict[str, Any] = made.globals  # pyright: ignore[reportAssignmentType] - typed by what Jinja itself puts there
    shared.update(
        modes=words.MODES,
        states=words.STATES,
        actions=words.ACTIONS,
        ruled=words.RULED,
        seats_said=SEATS_SAID,
        asset=asset,
        speech=SPOKEN.get,
        keys=KEYS,
        key_of=key_of,
        now_stamp=now_stamp,
        places_of=places_of,
        tour=STOPS,
    )
    return made


def now_stamp() -> str:
    """The moment at which a page is made: browsers count from the server's clock, since their own may be wrong."""
    return datetime.now(UTC).isoformat()


def shown(value: Any) -> Any:
    """What a page prints: text with marks that turn or hide it shown for what they are, whoever wrote it, in a sentence of ours too."""
    if not isinstance(value, str):
        return value
    plain = HIDDEN.sub(lambda mark: f"[U+{ord(mark[0]):04X}]", value)
    return type(value)(plain) if isinstance(value, Markup) else plain


def page(template: str, status: int = 200, **given: Any) -> Response:
    """A page."""
    return HTMLResponse(templates().get_template(template).render(**given), status, HEADERS)
