"""Texts of cases made inert: what would act on a reader's screen is written out, what would drown the reader is cut."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

MOST = 4000
"""Characters of one text that a report shows; the whole stands in the run's results."""
KEPT = "\n\t"
ACTING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that are not seen but act: controls, bidi marks, surrogates, unassigned, line and paragraph separators."""
JOINERS = "‌‍"
"""Zero-width joiners belong to the writing of Persian, Hindi and emoji."""


def readable(text: str, most: int = MOST) -> str:
    """The text with what acts written as `⟨U+202E⟩`, and cut after `most` characters."""
    shown = "".join(one if one.isprintable() or one in KEPT or one in JOINERS else _written_out(one) for one in text[:most])
    return shown if len(text) <= most else f"{shown}\n… {len(text) - most:,} more characters"


def one_line(text: str, most: int = 300) -> str:
    """The same on one line."""
    return " ".join(readable(text, most).split())


def outline(data: Any, most: int = MOST) -> str:
    """Plain data as an indented outline, for people: strings stand unquoted, with their own lines."""
    return readable("\n".join(_lines(data)), most)


def _written_out(one: str) -> str:
    return f"⟨U+{ord(one):04X}⟩" if unicodedata.category(one) in ACTING else one


def _lines(data: Any, indent: str = "") -> Iterator[str]:
    if isinstance(data, Mapping):
        pairs = [(f"{key}:", value) for key, value in cast("Mapping[str, Any]", data).items()]
    elif isinstance(data, Sequence) and not isinstance(data, str):
        pairs = [("-", value) for value in cast("Sequence[Any]", data)]
    else:
        yield from (f"{indent}{line}" for line in _scalar(data).split("\n"))
        return
    for key, value in pairs:
        if _is_short(value):
            yield f"{indent}{key} {_scalar(value)}"
        else:
            yield f"{indent}{key}"
            yield from _lines(value, f"{indent}  ")


def _is_short(value: Any) -> bool:
    return not value or (not isinstance(value, Mapping | list | tuple) and "\n" not in str(value))


def _scalar(value: Any) -> str:
    if isinstance(value, Mapping | list | tuple):
        return "none"
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
