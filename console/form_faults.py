"""What was wrong, as pages say it: one sentence at the top in the reader's language, and one beside each field of a form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from console.product_names import KNOWN, known
from console.speech import _, mark
from console.words import actor, moment, role
from domain.errors import ForbiddenByPolicy, InvalidInput, MaitredError

FIELDS = {
    "/id": mark("The short name is made of letters, digits, dots, hyphens and underscores, and begins with a letter or digit."),
    "/email": mark("This is no e-mail address."),
    "/name": mark("The name is missing, or holds more than 100 characters."),
    "/seats": mark("Choose at least one seat."),
}
"""What is wrong with these fields of an account whenever something is."""
DETAILS = {
    "is not your present password": mark("This is not your present password."),
    "must not be empty": mark("must not be empty"),
    "is missing": mark("is missing"),
}


def said(error: MaitredError) -> str:
    """An error in the reader's language, with names for ids and moments on the reader's clock; in English where it has no translation."""
    if not error.sentence:
        return error.message
    filled = {name: _filled(value) for name, value in error.filled.items()}
    return _(error.sentence, **filled)


def forbidden_said(error: ForbiddenByPolicy) -> str:
    """That policy forbids a route, and who may suspend what is in its way."""
    forbidden = _("Policy forbids this route.")
    if not error.roles:
        return forbidden
    told = {
        "roles": (" " + _("and") + " ").join(role(one) for one in error.roles),
        "guards": ", ".join(guard["id"] for guard in error.guards),
    }
    way_out = _("Somebody of the role %(roles)s may suspend %(guards)s for this decision, and says why.", **told)
    second = _("A second person confirms it.") if error.second else ""
    return f"{forbidden} {way_out} {second}".rstrip()


def faults_of(error: MaitredError | None) -> dict[str, str]:
    """What is wrong, by field."""
    return {pointer.strip("/"): _detail(pointer, detail) for pointer, detail in error.errors} if isinstance(error, InvalidInput) else {}


def told(error: MaitredError | None) -> dict[str, Any] | None:
    """A fault for the top of a form; None without one."""
    return None if error is None else {"said": said(error), "points": [], "faults": faults_of(error)}


def _filled(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if not isinstance(value, str):
        return value
    if value.startswith("person:"):
        return actor(value)
    return known(value) if value.replace("_", " ") in KNOWN else value


def _detail(pointer: str, detail: str) -> str:
    return _(FIELDS.get(pointer) or DETAILS.get(detail) or detail)
