"""Recalled cases as a lead reads them: one row a case, with each of its turns and all that the active version would do otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from console.speech import _, mark
from console.words import ACTIONS, MODES, plain, role, span

Shown = Mapping[str, Any]
PARTS = {
    "tier": mark("Tier"),
    "mode": mark("Who answers"),
    "pool": mark("Pool"),
    "action": mark("What is done"),
    "amount": mark("Amount"),
    "skills": mark("Skills asked for"),
    "review": mark("Review"),
    "ack_within_s": mark("First answer"),
    "resolve_within_s": mark("Solution"),
    "priority": mark("Priority"),
    "budget_ms": mark("Time to decide, in ms"),
    "escalation": mark("Escalation"),
    "errors": mark("Failed conditions"),
    "envelope": mark("What is allowed"),
    "guards": mark("Guards"),
}
CLOCKS = {"ack_due_at": "ack_within_s", "resolve_due_at": "resolve_within_s"}
"""Moments that move with a promise; alone they tell of another calendar."""


@dataclass(frozen=True)
class Difference:
    """One part in which the active version differs; without values where only the fact can be said in a line."""

    part: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Turn:
    """One message of a case that the withdrawn version decided."""

    shown: Shown
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Recalled:
    """A case with its recalled turns."""

    first: Shown
    turns: tuple[Turn, ...]


def by_case(found: Iterable[Shown]) -> list[Recalled]:
    """Rows of a page, one a case, in the order of the list."""
    cases: dict[str, list[Shown]] = {}
    for one in found:
        cases.setdefault(one["case_id"], []).append(one)
    return [
        Recalled(several[0], tuple(Turn(one, told(one["differences"])) for one in sorted(several, key=lambda one: one["turn"])))
        for several in cases.values()
    ]


def told(differences: Iterable[Shown]) -> tuple[Difference, ...]:
    """Every part that differs, in words."""
    changed = {one["field"]: one for one in differences}
    return tuple(_difference(field, one) for field, one in changed.items() if field not in CLOCKS or CLOCKS[field] not in changed)


def _difference(field: str, one: Shown) -> Difference:
    if field in CLOCKS:
        return Difference(_("%(promise)s: counted in another calendar", promise=_(PARTS[CLOCKS[field]])))
    part = _(PARTS[field]) if field in PARTS else plain(field)
    if field in ("envelope", "escalation"):
        return Difference(_("%(part)s: otherwise", part=part))
    say = SAID.get(field, _listed)
    return Difference(part, say(one["before"]), say(one["after"]))


def _listed(value: Any) -> str:
    if value is None or value == []:
        return _("none")
    if isinstance(value, list):
        return ", ".join(map(str, cast("list[Any]", value)))
    return str(value)


def _review(value: Any) -> str:
    return _("a %(who)s within %(time)s", who=role(value["by"]), time=span(value["within_s"])) if value else _("none")


SAID: dict[str, Callable[[Any], str]] = {
    "mode": lambda value: _(MODES.get(str(value), str(value))),
    "action": lambda value: _(ACTIONS.get(str(value), str(value))),
    "tier": lambda value: plain(value),
    "review": _review,
    "ack_within_s": lambda value: span(value),
    "resolve_within_s": lambda value: span(value),
}
