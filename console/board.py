"""What the inbox shows of reviews: rows that say what decides, and all that a lead needs beside the forms to rule with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk.lead_view import review_view
from domain.access import ApiKey
from domain.facts import Action, Mode
from domain.review import OVER
from domain.views import ReviewRow, part
from policies.engine import CompiledPolicy

ASK_SHOWN = 160
TEXT_SHOWN = 20_000


@dataclass(frozen=True)
class Row:
    """One line of the inbox."""

    review: dict[str, Any]
    asks: str

    @property
    def id(self) -> str:
        """The review's."""
        return self.review["id"]


@dataclass(frozen=True)
class Offer:
    """What an edit may choose from: every member of the policy, and whether the envelope still holds it."""

    modes: tuple[tuple[str, bool], ...]
    pools: tuple[tuple[str, bool], ...]
    actions: tuple[tuple[str, bool], ...]
    overridable: dict[str, str]
    """Guards that the lead may suspend, with the role for it."""


def rows_of(found: Iterable[ReviewRow], now: datetime) -> list[Row]:
    """Rows in the order that they came."""
    return [Row(review_view(row, now), one_line(row.asks)) for row in found]


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


def offer_of(policy: CompiledPolicy, review: Mapping[str, Any], key: ApiKey) -> Offer:
    """All that the policy knows, each with whether these guards still allow it; and the guards that this person may suspend."""
    envelope = part(review, "envelope")
    return Offer(
        modes=tuple((mode.value, mode.value in envelope["modes"]) for mode in Mode),
        pools=tuple((pool, pool in envelope["pools"]) for pool in sorted(policy.pools)),
        actions=tuple((action.value, action.value in envelope["actions"]) for action in Action),
        overridable={rule.id: rule.override.role for rule in policy.document.guards if rule.override and key.holds(rule.override.role)},
    )


def is_over(review: Mapping[str, Any]) -> bool:
    """Nobody rules on it any more."""
    return review["status"] in OVER
