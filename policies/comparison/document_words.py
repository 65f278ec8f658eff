"""Parts of a policy document as a policy owner says them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from enum import Enum
from typing import Any, cast

from pydantic import BaseModel

from policies.language.document import OverrideRule, ReviewRule
from policies.language.durations import UNITS

LABELS = {
    "when": "the condition",
    "rank": "the rank",
    "budget_ms": "the latency budget (ms)",
    "ack": "the first response",
    "resolve": "the resolution",
    "modes": "the modes allowed",
    "pools": "the pools allowed",
    "pools_where": "the condition on pools",
    "model_regions": "the model regions allowed",
    "forbid_actions": "the forbidden actions",
    "require_skills": "the skills asked for",
    "priority_floor": "the least priority",
    "review": "the review",
    "override": "the override",
    "because": "the reason",
    "owner": "the owner",
    "on_expiry": "what follows an unanswered review",
    "do": "what is done",
    "raise_by": "the raise of priority",
    "undo_within_s": "the time to take a ruling back",
    "given": "the facts",
    "expect": "the expectation",
}
SPANS = ("ack", "resolve", "within", "undo_within_s")
SHORTEST_UNITS = tuple(sorted(UNITS.items(), key=lambda unit: -unit[1]))


def label(field: str) -> str:
    """What a key is called in a sentence."""
    return LABELS.get(field, f"the {field.replace('_', ' ')}")


def in_words(field: str, value: Any) -> str:
    """A value as it would be said, or written in a policy."""
    if value is None or value in ((), {}, ""):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field in SPANS and isinstance(value, int):
        return span(value)
    if isinstance(value, str) and not isinstance(value, Enum):
        return f"`{value}`" if field in ("when", "pools_where", "priority") else value
    if isinstance(value, ReviewRule):
        return f"by {value.by} within {span(value.within)}, then {value.on_expiry.value}"
    if isinstance(value, OverrideRule):
        return f"by {value.role}{' with a second pair of eyes' if value.second_pair_of_eyes else ''}"
    return _several(value)


def span(seconds: int) -> str:
    """Seconds as a policy writes them: `1h30m`."""
    written = ""
    for unit, size in SHORTEST_UNITS:
        count, seconds = divmod(seconds, size)
        written += f"{count}{unit}" if count else ""
    return written or "0s"


def _several(value: Any) -> str:
    if isinstance(value, BaseModel):
        value = {name: getattr(value, name) for name in type(value).model_fields if getattr(value, name) not in (None, (), {})}
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {in_words(str(name), item)}" for name, item in cast("Mapping[Any, Any]", value).items())
    if isinstance(value, tuple) and len(cast("tuple[Any, ...]", value)) == 2 and isinstance(value[0], time):
        return "-".join(_clock(moment) for moment in cast("tuple[time, time]", value))
    if isinstance(value, list | tuple):
        return ", ".join(in_words("", item) for item in cast("tuple[Any, ...]", value))
    return str(value.value) if isinstance(value, Enum) else str(value)


def _clock(moment: time) -> str:
    return "24:00" if moment == time.max else f"{moment:%H:%M}"
