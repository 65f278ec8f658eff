"""Takes out of a ruling whatever tells who it was about: known values first, then what looks personal or secret; then it is checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from domain.client import ClientProfile, Person
from domain.eval_candidate import ChangedRuling, Cleaned
from evals.production.known_spans import KnownFinder, left_kinds
from evals.production.known_values import KnownValue, known_values
from evals.production.patterns import pattern_spans, rounded
from evals.production.spans import Placeholders

METHOD = "known values and patterns@1"
MONEY = (
    ("client", "contract", "annual_value"),
    ("client", "overdue_amount"),
    ("client", "credits_year"),
    ("value", "at_stake"),
    ("value", "low"),
    ("value", "high"),
    ("proposal", "amount"),
)
"""Facts that are amounts."""
NEVER_LEFT = frozenset(("secret", "email", "account", "card", "phone"))
"""Kinds by their looks that a cleaned text must not show again."""
POLICY_WORDS = (
    "tier region mode pool action intent severity language channel status currency role signals segment industry country missing skills "
    "model model_region prompt now"
)
ENUMERATED = frozenset(POLICY_WORDS.split())
"""Names of fields whose values are the policy's words, not anybody's."""


class RulingsCleaner:
    """The de-identification of candidate cases."""

    method = METHOD

    def clean(self, changed: ChangedRuling, profile: ClientProfile | None, staff: Sequence[Person], digits: int) -> Cleaned:
        """The ruling without anything personal, amounts with so many significant digits; `left` says what could not be taken out."""
        values = known_values(changed, profile, staff)
        finder, places = KnownFinder(values), Placeholders()

        def without(text: str) -> str:
            return places.put_into(text, [*finder.spans(text), *pattern_spans(text)])

        given = _input(changed, without, digits)
        gold = changed.decision.route.model_dump(mode="json", exclude={"assignee"})
        gold["amount"] = rounded(gold["amount"], digits)
        why = without(" ".join(part for part in (changed.ruling.reason, changed.ruling.note) if part))
        left = _left([*_texts(given), why], values)
        return Cleaned(input=given, gold=gold, why=why, replaced=dict(sorted(places.counts.items())), left=left)

    def left_in(self, text: str, changed: ChangedRuling, profile: ClientProfile | None, staff: Sequence[Person]) -> str:
        """What kinds of personal values a text holds; empty when none is known to be in it."""
        return _left([text], known_values(changed, profile, staff))


def _input(changed: ChangedRuling, without: Callable[[str], str], digits: int) -> dict[str, Any]:
    turn = changed.turn
    language = turn.message.language
    texts = [*turn.thread, turn.message.text]
    messages = [{"text": without(text), "channel": turn.message.channel, "language": language} for text in texts]
    facts = _coarse(_worded(changed.record["facts"], without), digits)
    facts["client"] = {**facts.get("client", {}), "id": "{client}" if facts.get("client", {}).get("id") else ""}
    facts["now"] = f"{facts['now'][:13]}:00:00Z" if "now" in facts else "2026-01-05T09:00:00Z"
    proposal: dict[str, Any] | None = changed.record.get("proposal")
    if proposal is not None:
        said = _worded(proposal, without)
        proposal = {**said, "amount": rounded(float(said.get("amount") or 0.0), digits)}
    return {"messages": messages, "facts": facts, "proposal": proposal}


def _worded(value: Any, without: Callable[[str], str], name: str = "") -> Any:
    """Plain data with its texts cleaned; words that policy gave them keep theirs."""
    if isinstance(value, dict):
        return {key: _worded(part, without, key) for key, part in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_worded(part, without, name) for part in cast("list[Any]", value)]
    return without(value) if isinstance(value, str) and name not in ENUMERATED else value


def _coarse(facts: dict[str, Any], digits: int) -> dict[str, Any]:
    for *path, name in MONEY:
        group: Any = facts
        for step in path:
            group = group.get(step) or {}
        if isinstance(group.get(name), int | float):
            group[name] = rounded(float(group[name]), digits)
    return facts


def _texts(value: Any, name: str = "") -> list[str]:
    """Every text in plain data that is somebody's own words."""
    if isinstance(value, dict):
        return [text for key, part in cast("dict[str, Any]", value).items() for text in _texts(part, key)]
    if isinstance(value, list):
        return [text for part in cast("list[Any]", value) for text in _texts(part, name)]
    return [value] if isinstance(value, str) and name not in ENUMERATED else []


def _left(texts: Sequence[str], values: Sequence[KnownValue]) -> str:
    known = {kind for text in texts for kind in left_kinds(text, values)}
    shown = {span.kind for text in texts for span in pattern_spans(text)} & NEVER_LEFT
    return ", ".join(sorted(known | shown))
