"""The forms of a ruling: which fields each has, what they say, and what is kept of them while somebody still writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request

from console.visitors import form_of, many_of
from desk.reviews import route_from
from domain.errors import InvalidInput
from domain.facts import Action
from domain.review import Ruling, RulingAction
from domain.views import ReviewRow

MONEY = frozenset((Action.REFUND, Action.CREDIT))
"""What an amount goes with."""
LONGEST, LONGEST_REPLY = 10_000, 8_000
ROUTE = ("mode", "pool", "action", "amount", "assignee")
MANY = ("skills", "overrides")
FIELDS: dict[RulingAction, tuple[str, ...]] = {
    RulingAction.APPROVE: ("note", "reply"),
    RulingAction.EDIT: ("mode", "to", "action", "amount", "reason", "note", "reply", *MANY),
    RulingAction.REASSIGN: ("to", "reason", "note"),
    RulingAction.ASK: ("question",),
    RulingAction.REJECT: ("reason", "note"),
}
"""What each form holds. Every form but the first is one that somebody writes in, so all of it is kept as a draft."""
Sent = dict[str, Any]
"""A form as it was sent: a string by name, and a list for what may be given more than once."""


async def sent_of(request: Request) -> Sent:
    """The form of a request. Raises InvalidInput for what no page of ours sends."""
    single: dict[str, Any] = dict(await form_of(request))
    return single | {name: [one for one in await many_of(request, name) if one] for name in MANY if name in single}


def action_of(sent: Sent) -> RulingAction:
    """Which form it is. Raises InvalidInput."""
    try:
        return RulingAction(sent.get("ruling", ""))
    except ValueError as error:
        raise InvalidInput("This is no ruling.", [("/ruling", "is none that a page of ours offers")]) from error


def kept_of(sent: Sent) -> tuple[RulingAction, dict[str, Any]]:
    """What of a form is kept as a draft."""
    action = action_of(sent)
    return action, {name: sent[name] for name in FIELDS[action] if name in sent}


def ruling_of(sent: Sent, row: ReviewRow, actor: str, at: Any, offered: str = "") -> Ruling:
    """What a form says; a reply that is still as it was `offered` is left to whoever writes it then.

    Raises InvalidInput for a form that none of our pages sends.
    """
    action = action_of(sent)
    try:
        return Ruling(
            action=action,
            actor=actor,
            route=route_from(row.record, wanted) if (wanted := _wanted(sent)) else None,
            note=_text(sent, "note"),
            reply=_reworded(sent, offered),
            question=_text(sent, "question"),
            reason=_text(sent, "reason"),
            overrides=tuple(sorted(set(sent.get("overrides", ())))),
            ruled_at=at,
        )
    except (ValueError, ValidationError) as error:
        raise InvalidInput("This ruling does not fit.", [("/ruling", "has a field with a value that no page of ours offers")]) from error


def written_of(sent: Mapping[str, Any], offered: str = "") -> tuple[str, ...]:
    """What somebody wrote in a form, for a page that has the form no more; a reply as it was `offered` is not theirs."""
    texts = (_reworded(sent, offered), *(_text(sent, name).strip() for name in ("question", "reason", "note")))
    return tuple(text for text in texts if text)


def _wanted(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of the route that the form names; `to` is a pool, or a pool and a person of it."""
    wanted: dict[str, Any] = {name: sent[name] for name in ROUTE if sent.get(name)}
    if sent.get("to"):
        pool, _, person = sent["to"].partition("|")
        wanted |= {"pool": pool, "assignee": person or None}
    if "action" in wanted:
        wanted["amount"] = (sent.get("amount") or 0) if wanted["action"] in MONEY else 0
    if "skills" in sent:
        wanted["skills"] = sorted(set(sent["skills"]))
    return wanted


def _reworded(sent: Mapping[str, Any], offered: str) -> str:
    """Forms send lines with CRLF, and a text that nobody touched as well."""
    given = sent.get("reply", "").replace("\r\n", "\n").strip()[:LONGEST_REPLY]
    return "" if given == offered.strip() else given


def _text(sent: Mapping[str, Any], name: str) -> str:
    return sent.get(name, "")[:LONGEST]
