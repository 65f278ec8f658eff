"""A decision's record as a page lays it out: facts as lines, and what each pass of policy still allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from console.speech import _, mark
from console.words import plain, span

LISTS = (("modes", mark("Who answers")), ("pools", mark("Pools")), ("actions", mark("Actions")))
LONG = 8
"""Members of a list from which on those that are forbidden are counted and not named."""


@dataclass(frozen=True)
class Allowed:
    """One dimension of an envelope in one pass."""

    kept: tuple[str, ...]
    gone: tuple[str, ...] = ()
    others: int = 0
    """Forbidden ones that are too many to name."""


@dataclass(frozen=True)
class Passes:
    """What policy allowed, pass by pass: a column for each, a row for each dimension."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Allowed, ...]], ...]


def fact_rows(facts: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Facts by their first name, each as (path, value)."""
    return {group: list(_lines("", value)) or [("", "")] for group, value in facts.items()}


def passes_told(passes: Mapping[str, Any] | None, record: Mapping[str, Any]) -> Passes:
    """The envelope of the first pass, of the second, and after a ruling where that changed it."""
    known = passes or {}
    envelopes = {
        _("Offered to the router"): known.get("first"),
        _("Left when its proposal was judged"): known.get("second"),
        _("Left when it was decided"): record["envelope"],
    }
    if known and known["second"] == record["envelope"]:
        envelopes.pop(_("Left when its proposal was judged"))
    shown = {name: envelope for name, envelope in envelopes.items() if envelope}
    members = [(_(says), [_members(one[name], known.get(name)) for one in shown.values()]) for name, says in LISTS]
    others = [
        (_("Regions of models"), [_some(one["model_regions"], _("any")) for one in shown.values()]),
        (_("Skills asked for"), [_some(one["required_skills"], _("none")) for one in shown.values()]),
        (_("Reviews asked for"), [_some([_review(gate) for gate in one["reviews"]], _("none")) for one in shown.values()]),
        (_("Priority at least"), [Allowed((str(one["priority_floor"]),)) for one in shown.values()]),
    ]
    return Passes(tuple(shown), tuple((says, tuple(cells)) for says, cells in (*members, *others)))


def _members(kept: list[str], known: list[str] | None) -> Allowed:
    gone = tuple(one for one in known or () if one not in kept)
    return Allowed(tuple(kept), gone if len(known or ()) < LONG else (), 0 if len(known or ()) < LONG else len(gone))


def _some(kept: list[str] | None, none: str) -> Allowed:
    return Allowed(tuple(kept) if kept else (none,))


def _review(gate: Mapping[str, Any]) -> str:
    return _("by a %(role)s within %(span)s", role=plain(gate["by"]), span=span(gate["within_s"]))


def _lines(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        inner = cast("dict[str, Any]", value)
        if inner and path.startswith("pools.") and all(isinstance(one, int) for one in inner.values()):
            yield path, ", ".join(f"{name} {count}" for name, count in inner.items())
            return
        for name, one in inner.items():
            yield from _lines(f"{path}.{name}" if path else name, one)
    elif isinstance(value, list):
        yield path, ", ".join(str(one) for one in cast("list[Any]", value)) or "–"
    elif isinstance(value, bool):
        yield path, "true" if value else "false"
    else:
        yield path, "–" if value in (None, "") else str(value)
