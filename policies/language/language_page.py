"""The page that documents the policy language, made from the code that reads it: `python -m policies.language.language_page` prints it."""

from __future__ import annotations

import re
from datetime import date
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from policies.language.document import (
    CalendarRule,
    Comparison,
    DaySpan,
    DefaultRow,
    EscalationRule,
    Expectation,
    Expression,
    FallbackRow,
    GuardRule,
    Holds,
    Hours,
    Invariant,
    Name,
    OverrideRule,
    PolicyDocument,
    PolicyTest,
    Pool,
    ReviewRule,
    RulingRule,
    Sentence,
    SlaRow,
    TierRule,
)
from policies.language.durations import Duration
from policies.language.reader import TEXT_LIMIT
from policies.language.vocabulary import facts_table

TEMPLATE = Path(__file__).with_name("language_page.md")
PARTS: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("The whole text", "", PolicyDocument),
    ("tiers", "Written as a list.", TierRule),
    ("sla", "Written as a list.", SlaRow),
    ("pools", "Written by name.", Pool),
    ("calendars", "Written by name.", CalendarRule),
    ("fallback", "Written as a list.", FallbackRow),
    ("defaults", "Written as a list.", DefaultRow),
    ("guards", "Written as a list.", GuardRule),
    ("review of a guard", "", ReviewRule),
    ("override of a guard", "", OverrideRule),
    ("escalation", "Written as a list.", EscalationRule),
    ("reviews", "", RulingRule),
    ("invariants", "Written as a list.", Invariant),
    ("holds of an invariant", "", Holds),
    ("tests", "Written as a list.", PolicyTest),
    ("expect of a test", "", Expectation),
)
NAMED: tuple[tuple[Any, str], ...] = (
    (Name, "name"),
    (Expression, "expression"),
    (Sentence, "sentence"),
    (Duration, "duration"),
    (Comparison, "comparison"),
    (DaySpan, "days"),
    (Hours, "hours"),
)
PLAIN: dict[Any, str] = {str: "text", int: "whole number", bool: "`true` or `false`", date: "date"}


def language_page() -> str:
    """The page as Markdown."""
    parts = "\n\n".join(_part(*part) for part in PARTS)
    text = TEMPLATE.read_text(encoding="utf-8")
    guards = next(one.max_length for one in PolicyDocument.model_fields["guards"].metadata if hasattr(one, "max_length"))
    filled = {"parts": parts, "facts": facts_table(), "kibibytes": str(TEXT_LIMIT // 1024), "guards": f"{guards:,}"}
    return re.sub(r"\{\{(\w+)\}\}", lambda found: filled[found[1]], text)


def _part(title: str, form: str, model: type[BaseModel]) -> str:
    heading = f"### {title}" if model is not PolicyDocument else f"### {title.lower()}"
    said = (model.__doc__ or "").strip().split("\n")[0]
    hints = get_type_hints(model, include_extras=True)
    rows = [_row(field.alias or name, hints[name], field) for name, field in model.model_fields.items()]
    return "\n".join([heading, "", f"{said}{f' {form}' if form else ''}", "", "| key | value | meaning |", "|---|---|---|", *rows])


def _row(name: str, annotation: Any, field: FieldInfo) -> str:
    bounds = _bounds(field.metadata) if annotation is int else ""
    return f"| `{name}` | {_kind(annotation)}{bounds}{_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return ", required"
    default: Any = field.default
    if default in (None, (), "", PydanticUndefined):
        return ""
    return f"; `{_word(default)}` when left out"


def _word(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return f"[{', '.join(_word(item) for item in value)}]"  # pyright: ignore[reportUnknownVariableType]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(annotation: Any) -> str:
    """What may stand there, in words."""
    for known, word in NAMED:
        if annotation == known:
            return word
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _kind(next(one for one in inner if one is not type(None)))
    if origin is tuple:
        return f"list of {_kind(inner[0])}"
    if origin is dict:
        return "object" if inner[1] is Any else f"{_kind(inner[1])} by {_kind(inner[0])}"
    if origin is Literal:
        return " ".join(f"`{value}`" for value in inner)
    if hasattr(annotation, "__metadata__"):
        return _kind(inner[0])
    if issubclass(annotation, Enum):
        return " ".join(f"`{member.value}`" for member in annotation)
    return PLAIN.get(annotation, "object")


def _bounds(metadata: list[Any]) -> str:
    low = next((part.ge for part in metadata if hasattr(part, "ge")), None)
    high = next((part.le for part in metadata if hasattr(part, "le")), None)
    return f", {low:,} to {high:,}" if low is not None and high is not None else ""


if __name__ == "__main__":
    print(language_page(), end="")
