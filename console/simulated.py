"""What a simulation came to, as pages say it: who gets something else, worst first, and how many of whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from console.speech import _, mark
from console.words import moment, plain, span

FIELDS = {
    "tier": mark("tier"),
    "mode": mark("who answers"),
    "pool": mark("pool"),
    "action": mark("action"),
    "amount": mark("amount"),
    "skills": mark("skills"),
    "review": mark("review"),
    "ack_within_s": mark("first answer within"),
    "ack_due_at": mark("first answer due"),
    "resolve_within_s": mark("solution within"),
    "resolve_due_at": mark("solution due"),
    "priority": mark("priority"),
    "budget_ms": mark("time to decide (ms)"),
    "escalation": mark("escalation steps"),
    "errors": mark("failed conditions"),
}
"""What somebody notices; the envelope and the guards are told apart from it."""
GROUPS = {"tier": mark("Tier"), "region": mark("Region"), "language": mark("Language")}
HARMS = {
    "strategic client may meet a bot or lost a review": mark("a strategic client may meet a bot, or lost a review"),
    "slower promise": mark("a slower promise"),
    "client may meet a bot or lost a review": mark("a client may meet a bot, or lost a review"),
    "other": mark("something else"),
}
LONGEST = 300
"""Characters of one value that are shown."""
Numbers = Mapping[str, int]


@dataclass(frozen=True)
class Changed:
    """One decision that would be another one."""

    case_id: str
    """Empty for what nobody wrote, such as a test."""
    found: Mapping[str, Any]
    harm: str
    differences: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Group:
    """How many decisions of one tier, region or language change."""

    name: str
    cases: int
    changed: int

    @property
    def share(self) -> float:
        """Of its cases."""
        return self.changed / self.cases if self.cases else 0.0


def results_of(found: Mapping[str, Any], cases: Mapping[str, str]) -> dict[str, Any]:
    """All that a page needs of what the desk gave; `cases` are those behind its decisions."""
    counts: Mapping[str, Mapping[str, Numbers]] = found["counts"]
    whole: Numbers = counts.get("all", {}).get("cases", {})
    return {
        "found": found,
        "whole": whole,
        "worst": [_changed(one, cases.get(one["id"], "")) for one in found["worst"]],
        "harms": [(_(HARMS.get(name, name)), numbers["changed"]) for name, numbers in _in_order(counts.get("harm", {}))],
        "groups": [(_(title), _groups(counts.get(what, {}))) for what, title in GROUPS.items() if counts.get(what)],
        "guards": [(name, numbers) for name, numbers in counts.get("guard", {}).items() if moved(numbers)],
        "fields": [(_(FIELDS.get(name, name)), numbers["changed"]) for name, numbers in _most_first(counts.get("field", {}))],
        "modes": [(*name.split(" > "), numbers["cases"]) for name, numbers in counts.get("mode", {}).items()],
        "promises": [(name, numbers) for name, numbers in counts.get("sla", {}).items()],
        "reviews": counts.get("review", {}).get("cases", {}),
    }


def moved(numbers: Numbers) -> bool:
    """Whether a guard fires for others than before."""
    return bool(numbers.get("fires_now") or numbers.get("no_longer"))


def _groups(names: Mapping[str, Numbers]) -> list[Group]:
    groups = [Group(name, numbers.get("cases", 0), numbers.get("changed", 0)) for name, numbers in names.items()]
    return sorted(groups, key=lambda group: (-group.changed, group.name))


def _in_order(names: Mapping[str, Numbers]) -> list[tuple[str, Numbers]]:
    return [(name, names[name]) for name in HARMS if name in names]


def _most_first(names: Mapping[str, Numbers]) -> list[tuple[str, Numbers]]:
    return sorted(names.items(), key=lambda one: -one[1]["changed"])


def _changed(one: Mapping[str, Any], case_id: str) -> Changed:
    fields = {part["field"] for part in one["differences"]}
    told = [
        (_(FIELDS[part["field"]]), said(part["field"], part["before"]), said(part["field"], part["after"]))
        for part in one["differences"]
        if part["field"] in FIELDS and part["field"].replace("_due_at", "_within_s") not in fields - {part["field"]}
    ]
    return Changed(case_id, one, _(HARMS.get(str(one["harm"]), str(one["harm"]))), told)


def said(field: str, value: Any) -> str:
    """A value of a verdict in words."""
    if value is None or value in ("", [], {}):
        return _("none")
    if field.endswith("_within_s"):
        return span(value)
    if field.endswith("_due_at"):
        return moment(value)
    if field == "review":
        return _review(value)
    told = ", ".join(_part(one) for one in cast("list[Any]", value)) if isinstance(value, list) else _part(value)
    return told if len(told) <= LONGEST else f"{told[:LONGEST]}…"


def _review(value: Mapping[str, Any]) -> str:
    who, within = plain(str(value.get("by", ""))), value.get("within_s")
    return _("by a %(who)s within %(time)s", who=who, time=span(within)) if within else who


def _part(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{plain(str(name))} {said('', inner)}" for name, inner in cast("Mapping[str, Any]", value).items())
    if isinstance(value, float):
        return f"{value:g}"
    return plain(str(value))
