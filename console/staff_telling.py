"""What ledger entries about people and keys say, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.speech import _, mark
from console.words import actor, moment, plain

Data = Mapping[str, Any]
FIELDS = {"seats": mark("seats"), "roles": mark("roles"), "region": mark("region")}
PERSONAL = {"name": mark("name"), "email": mark("e-mail")}


def _names(value: Any) -> str:
    """`lead, policy owner` of a list; a word of its own for an empty one."""
    found: list[str] = [value] if isinstance(value, str) else list(value or ())
    return ", ".join(plain(one) for one in found) or _("none")


def _invited(data: Data) -> str:
    if data.get("withdrawn"):
        return _("Withdrew the link of %(who)s.", who=data.get("person", ""))
    return _("Made a link for %(who)s: %(seats)s.", who=data.get("person", ""), seats=_names(data.get("seats")))


def _created(data: Data) -> str:
    said = _("The account %(who)s was made: %(seats)s.", who=data.get("person", ""), seats=_names(data.get("seats")))
    return said + (" " + _("Invited by %(whom)s.", whom=actor(data["invited_by"])) if data.get("invited_by") else "")


def _changed(data: Data) -> str:
    if data.get("password"):
        return _("%(who)s has another password.", who=data.get("person", ""))
    if "sessions_ended" in data:
        return _("Ended every session of %(who)s (%(count)s).", who=data.get("person", ""), count=data["sessions_ended"])
    parts = [f"{_(says)}: {_names(data[name]['from'])} → {_names(data[name]['to'])}" for name, says in FIELDS.items() if name in data]
    parts += [_("another %(what)s", what=_(says)) for name, says in PERSONAL.items() if name in data]
    return _("Changed %(who)s: %(what)s.", who=data.get("person", ""), what="; ".join(parts))


def _locked(data: Data) -> str:
    told = {"who": data.get("person", ""), "tries": data.get("tries", ""), "until": moment(data.get("until"))}
    if address := data.get("address"):
        return _("%(tries)s wrong passwords for %(who)s from %(address)s: no sign-in from there until %(until)s.", address=address, **told)
    return _("%(tries)s wrong passwords for %(who)s from many addresses: no sign-in until %(until)s.", **told)


STAFF_SAYS: dict[str, Callable[[Data], str]] = {
    "account.invited": _invited,
    "account.created": _created,
    "account.changed": _changed,
    "account.let_in": lambda data: _("Lets %(who)s sign in again.", who=data.get("person", "")),
    "account.kept_out": lambda data: _("Keeps %(who)s out.", who=data.get("person", "")),
    "account.locked": _locked,
    "account.unlocked": lambda data: _("Lets %(who)s try to sign in again after too many wrong passwords.", who=data.get("person", "")),
    "key.created": lambda data: _("Made the key %(name)s: %(scopes)s.", name=data.get("name", ""), scopes=_names(data.get("scopes"))),
    "key.revoked": lambda data: _("Revoked the key %(name)s.", name=data.get("name", "")),
}
