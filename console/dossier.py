"""What stands beside a review's forms, in words: what triage read, why guards hold, what drives the value, what was like it before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from console.board import cut, one_line
from console.speech import SPOKEN, mark
from domain.similar import SimilarCase
from domain.views import part
from policies.engine import CompiledPolicy

MOST_PAST = 5
SEVERITIES = {
    1: mark("nothing is broken"),
    2: mark("a small hindrance"),
    3: mark("work is held up"),
    4: mark("much is held up"),
    5: mark("production down, a breach or danger"),
}
URGENCIES = ((0.67, mark("presses")), (0.34, mark("would like it soon")), (0.0, mark("is in no hurry")))
MOODS = ((0.25, mark("pleased")), (-0.25, mark("matter of fact")), (-0.6, mark("displeased")), (-1.0, mark("angry")))


@dataclass(frozen=True)
class Held:
    """A guard that held."""

    id: str
    because: str
    effect: str
    when: str
    """The condition as this version of the policy states it."""
    values: dict[str, str]
    """What it read, by the fact's path."""
    asks: bool
    """It is one of those that want a person's ruling."""
    error: str | None


@dataclass(frozen=True)
class Driver:
    """One reason for the value, as a bar: shares of a hundred from the middle."""

    name: str
    points: float
    evidence: str
    start: float
    width: float


@dataclass(frozen=True)
class Past:
    """A case that was like this one; without an id it is known from the client's history alone."""

    id: str | None
    subject: str
    intent: str
    opened_at: datetime
    went: str
    outcome: str
    same: bool
    """About the same: of the same intent, or with a signal in common."""
    marks: tuple[str, ...] = ()


def guards_of(record: Mapping[str, Any], policy: CompiledPolicy) -> list[Held]:
    """The guards that fired, those first that stopped it here. What an old record does not hold of them is in the policy's text."""
    texts = {rule.id: rule.when for rule in policy.document.guards}
    held: list[Held] = []
    for one in part(record, "routing", "verdict")["guards"]:
        when = one.get("when") or texts.get(one["id"], "")
        asks = bool(one["effect"].get("review"))
        values = {name: _said(value) for name, value in part(one, "values").items()}
        held.append(Held(one["id"], one["because"], one["summary"], when, values, asks, one.get("error")))
    return sorted(held, key=lambda guard: not guard.asks)


def _said(value: Any) -> str:
    """A fact's value as a reader would write it, without what nobody reads to its end."""
    if isinstance(value, list):
        return one_line(", ".join(str(one) for one in cast("list[Any]", value))) or "–"
    return one_line(str(value).lower() if isinstance(value, bool) else str(value)) or "–"


def evidence_of(review: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is known, each with source and age; texts without end are cut."""
    return [{**one, "text": cut(one["text"])} for one in review["facts"]]


def drivers_of(value: Mapping[str, Any] | None) -> list[Driver]:
    """Drivers with bars that share one scale, from the middle to the left for what lowers the value."""
    drivers: list[dict[str, Any]] = [*(value or {}).get("drivers", ())]
    widest = max((abs(one["contribution"]) for one in drivers), default=0.0) or 1.0
    shown: list[Driver] = []
    for one in drivers:
        width = abs(one["contribution"]) / widest * 50
        start = 50.0 if one["contribution"] >= 0 else 50.0 - width
        shown.append(Driver(one["name"], one["contribution"] * 100, one["evidence"], round(start, 2), round(max(width, 0.75), 2)))
    return shown


def read_of(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """What triage read, each number with its word."""
    read = part(record, "triage").get("read")
    if not read:
        return None
    return {
        **read,
        "severity_says": SEVERITIES.get(read["severity"], ""),
        "urgency_says": _of(URGENCIES, read["urgency"]),
        "mood_says": _of(MOODS, read["sentiment"]),
        "tongue": dict[str, str](SPOKEN.get().babel.languages).get(read["language"], read["language"]),
    }


def _of(steps: Sequence[tuple[float, str]], number: float) -> str:
    return next((word for least, word in steps if number >= least), steps[-1][1])


def past_of(record: Mapping[str, Any], own: Iterable[SimilarCase]) -> list[Past]:
    """At most five that were about the same, those of this service before those of the client's history; without any what is recent."""
    read = part(record, "triage", "read")
    intent, signals = read.get("intent", ""), set[str](read.get("signals") or ())
    here = [
        Past(one.id, one_line(one.subject), one.intent, one.opened_at, f"{one.pool}, {one.mode}", one.outcome, _alike(one, intent, signals))
        for one in own
    ]
    there = [_from_history(one, intent) for one in part(record, "context", "found").get("past_cases") or ()]
    alike = [one for one in (*here, *there) if one.same]
    return (alike or sorted([*here, *there], key=lambda one: one.opened_at, reverse=True))[:MOST_PAST]


def _alike(one: SimilarCase, intent: str, signals: set[str]) -> bool:
    return one.intent == intent or not signals.isdisjoint(one.signals)


def _from_history(one: Mapping[str, Any], intent: str) -> Past:
    marks = (("reopened", mark("reopened")), ("sla_breached", mark("promise missed")))
    return Past(
        id=None,
        subject=one_line(one["subject"]),
        intent=one["intent"],
        opened_at=datetime.fromisoformat(one["opened_at"]),
        went=one["pool"],
        outcome=one.get("outcome") or "",
        same=one["intent"] == intent,
        marks=tuple(says for name, says in marks if one.get(name)),
    )
