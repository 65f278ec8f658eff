"""What changed between two documents in a policy owner's words: which tier, guard or promise, from what to what, and on which line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from domain.decision import Frozen
from policies.comparison.document_words import in_words, label
from policies.engine import CompiledPolicy
from policies.language.markup import place_of

CONTEXT_LINES = 3


class Change(StrEnum):
    """What happened to a part."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


class StructuralChange(Frozen):
    """One part that is not what it was."""

    part: str = Field(description="The kind of part, such as `guard`.")
    name: str = Field(description="Which one: an id, or the conditions of a row.")
    change: Change
    field: str = Field(default="", description="The key inside the part; empty for the part as a whole.")
    before: Any = None
    after: Any = None
    line_before: int | None = Field(default=None, description="Line in the earlier text; None when it has no such part.")
    line_after: int | None = Field(default=None, description="Line in the later text; None when it has no such part.")
    sentence: str


Key = Callable[[Any], str]


@dataclass(frozen=True)
class Section:
    """A list or table of a document: how its rows are told apart, and whether the first that fits wins."""

    key: str
    word: str
    name: Key
    ordered: bool = False


def _by(*fields: str) -> Key:
    """Rows are named by the values of these fields; those that are not set are left out."""

    def name(row: Any) -> str:
        found = [f"{field} {getattr(row, field)}" for field in fields if getattr(row, field) is not None]
        return ", ".join(found) or "everything else"

    return name


SECTIONS = (
    Section("tiers", "Tier", lambda row: row.id, ordered=True),
    Section("sla", "SLA row for", _by("tier", "severity", "when"), ordered=True),
    Section("pools", "Pool", str),
    Section("calendars", "Calendar", str),
    Section("fallback", "Fallback for", _by("region"), ordered=True),
    Section("defaults", "Default for", _by("tier", "region", "when"), ordered=True),
    Section("guards", "Guard", lambda row: row.id),
    Section("escalation", "Escalation at", lambda row: row.at),
    Section("invariants", "Invariant", lambda row: repr(row.name)),
    Section("tests", "Test", lambda row: repr(row.name)),
)
SINGLE: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in ("policy", "description", "facts", "priority")},
    "undo_within_s": ("reviews", "undo_within_s"),
}
"""What stands once in a text, and where."""


@dataclass(frozen=True)
class _Row:
    """A part of one version."""

    name: str
    value: BaseModel
    path: tuple[str | int, ...]
    policy: CompiledPolicy

    def line(self, field: str = "") -> int:
        """Where it stands."""
        return place_of(self.policy.places, *self.path, *([field] if field else []))[0]


def structural_changes(before: CompiledPolicy, after: CompiledPolicy) -> tuple[StructuralChange, ...]:
    """Every part that differs, in the order of a policy's parts; empty for two texts that say the same."""
    return (*_single(before, after), *(change for section in SECTIONS for change in _section(section, before, after)))


def text_diff(before: CompiledPolicy, after: CompiledPolicy) -> str:
    """The unified diff of the two texts; empty for equal ones."""
    names = (f"{policy.ref.name}@{policy.ref.version}" for policy in (before, after))
    return "\n".join(difflib.unified_diff(before.text.splitlines(), after.text.splitlines(), *names, n=CONTEXT_LINES, lineterm=""))


def _single(before: CompiledPolicy, after: CompiledPolicy) -> Iterator[StructuralChange]:
    for field, path in SINGLE.items():
        was, now = getattr(before.document, field), getattr(after.document, field)
        if was != now:
            yield StructuralChange(
                part="policy",
                name=after.ref.name,
                change=Change.CHANGED,
                field=field,
                before=was,
                after=now,
                line_before=place_of(before.places, *path)[0],
                line_after=place_of(after.places, *path)[0],
                sentence=_stopped(f"{label(field).capitalize()}: {in_words(field, was)} → {in_words(field, now)}"),
            )


def _section(section: Section, before: CompiledPolicy, after: CompiledPolicy) -> Iterator[StructuralChange]:
    was, now = _rows(section, before), _rows(section, after)
    moved = _moved([name for name in was if name in now], [name for name in now if name in was]) if section.ordered else set[str]()
    for name, row in now.items():
        if name not in was:
            yield _whole(section, Change.ADDED, row)
            continue
        if name in moved:
            yield _whole(section, Change.MOVED, row, was[name])
        yield from _fields(section, was[name], row)
    yield from (_whole(section, Change.REMOVED, row) for name, row in was.items() if name not in now)


def _rows(section: Section, policy: CompiledPolicy) -> dict[str, _Row]:
    """Parts by name; the second of two rows with one name is told by its number."""
    rows: dict[str, _Row] = {}
    table: Any = getattr(policy.document, section.key)
    pairs = table.items() if isinstance(table, dict) else enumerate(table)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    for place, value in pairs:  # pyright: ignore[reportUnknownVariableType]
        plain = section.name(place if isinstance(table, dict) else value)
        number = 1
        while (name := plain if number == 1 else f"{plain} ({number})") in rows:
            number += 1
        rows[name] = _Row(name, value, (section.key, place), policy)  # pyright: ignore[reportUnknownArgumentType]
    return rows


def _moved(was: list[str], now: list[str]) -> set[str]:
    """The fewest rows whose moving explains the new order."""
    if was == now:
        return set()
    kept = {
        name
        for block in difflib.SequenceMatcher(None, was, now, autojunk=False).get_matching_blocks()
        for name in was[block.a :][: block.size]
    }
    return set(was) - kept


def _whole(section: Section, change: Change, row: _Row, earlier: _Row | None = None) -> StructuralChange:
    plain = row.value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if change is Change.MOVED:
        sentence = f"{section.word} {row.name} stands in another place: the first that fits wins."
    else:
        parts = [f"{label(field)} {in_words(field, getattr(row.value, field))}" for field in _set_fields(row.value)]
        sentence = _stopped(f"{section.word} {row.name} is {change}: {'; '.join(parts)}")
    removed = change is Change.REMOVED
    return StructuralChange(
        part=section.key,
        name=row.name,
        change=change,
        before=plain if removed else None,
        after=None if removed or change is Change.MOVED else plain,
        line_before=row.line() if removed else earlier.line() if earlier else None,
        line_after=None if removed else row.line(),
        sentence=sentence,
    )


def _fields(section: Section, was: _Row, now: _Row) -> Iterator[StructuralChange]:
    for field, info in type(now.value).model_fields.items():
        before, after = getattr(was.value, field), getattr(now.value, field)
        if before == after:
            continue
        key = info.alias or field
        yield StructuralChange(
            part=section.key,
            name=now.name,
            change=Change.CHANGED,
            field=key,
            before=_plain(was.value, field),
            after=_plain(now.value, field),
            line_before=was.line(key),
            line_after=now.line(key),
            sentence=_stopped(
                f"{section.word} {now.name}, {label(field)}: {in_words(field, before)} → {in_words(field, after)}"
                f"{_way(field, before, after)}"
            ),
        )


def _stopped(words: str) -> str:
    """As a sentence; words of a policy often end with their own full stop."""
    return f"{words.rstrip('.')}."


def _way(field: str, before: Any, after: Any) -> str:
    """Whether a promise got weaker: what a reader looks for first."""
    if field not in ("ack", "resolve"):
        return ""
    return " (slower)" if after > before else " (tighter)"


def _set_fields(value: BaseModel) -> list[str]:
    """The fields that say something beside the name, in the document's order."""
    fields = [(name, info) for name, info in type(value).model_fields.items() if name not in ("id", "name")]
    return [name for name, info in fields if info.is_required() or getattr(value, name) != info.get_default(call_default_factory=True)]


def _plain(value: BaseModel, field: str) -> Any:
    return value.model_dump(mode="json", include={field}, by_alias=False)[field]
