"""What the inbox shows of a review: texts that nobody could read to the end, cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.review import OVER

ASK_SHOWN = 160
TEXT_SHOWN = 20_000


def one_line(text: str) -> str:
    """The beginning of a text, for a row."""
    line = " ".join(text[: 4 * ASK_SHOWN].split())
    return line if len(line) <= ASK_SHOWN else f"{line[:ASK_SHOWN]}…"


def shown_texts(review: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The thread, with texts that nobody could read to the end cut where they stop being read."""
    return [{**one, "text": cut(one["text"]), "cut": len(one["text"]) > TEXT_SHOWN} for one in review["messages"]]


def cut(text: str) -> str:
    """At most so much of a text."""
    return text[:TEXT_SHOWN]


def is_over(review: Mapping[str, Any]) -> bool:
    """Nobody rules on it any more."""
    return review["status"] in OVER
