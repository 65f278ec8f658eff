"""Texts of versions as pages show them: differences line by line with both numbers, and changed parts under what they belong to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from markupsafe import escape

from console.speech import _, mark
from console.word_marks import Piece, pieces_of
from domain.examination import Examination, Remark

MOST_REMARKS = 100
FINDINGS = (
    ("faults", "late", mark("Faults: it is not accepted like this")),
    ("unproved", "soon", mark("Not proved: somebody answers for it by name")),
    ("widenings", "soon", mark("It allows more than the active version")),
    ("notes", "", mark("Worth knowing")),
)
"""What provers find, what colour it has, and what it is called."""
HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
KINDS = {"+": "added", "-": "gone"}


@dataclass(frozen=True)
class Verbatim:
    """A text that somebody edits: escaped, and otherwise as it is, since what a form shows is what it sends back."""

    text: str

    def __html__(self) -> str:
        """As a template writes it."""
        return str(escape(self.text))


@dataclass(frozen=True)
class Line:
    """One line of a difference; a number is None where a text has no such line."""

    kind: str
    before: int | None
    after: int | None
    text: str
    pieces: tuple[Piece, ...] = ()
    """The text in pieces, each with whether it changed; none where the line has no partner to hold it against."""


@dataclass(frozen=True)
class Place:
    """A remark with the line that it is about."""

    remark: Remark
    source: str

    @property
    def example(self) -> str:
        """Facts that show it, to be pasted into a test; empty when there are none."""
        return json.dumps(self.remark.example, indent=2, ensure_ascii=False) if self.remark.example else ""


@dataclass(frozen=True)
class Findings:
    """What provers found of one kind."""

    title: str
    tone: str
    number: int
    places: list[Place]


@dataclass(frozen=True)
class Proved:
    """What provers said of a text; `busy` is why they said nothing."""

    busy: str = ""
    findings: tuple[Findings, ...] = ()
    strategic: tuple[str, ...] = ()


def diff_lines(unified: str) -> list[Line]:
    """A unified diff with the numbers of the lines in both texts."""
    found: list[Line] = []
    before = after = 0
    for line in unified.splitlines():
        if hunk := HUNK.match(line):
            before, after = int(hunk[1]), int(hunk[2])
            found.append(Line("gap", None, None, ""))
        elif line.startswith(("---", "+++")) and not found:
            continue
        else:
            kind = KINDS.get(line[:1], "same")
            found.append(Line(kind, before if kind != "added" else None, after if kind != "gone" else None, line[1:]))
            before, after = before + (kind != "added"), after + (kind != "gone")
    return _with_pieces(found)


def _with_pieces(lines: list[Line]) -> list[Line]:
    """Each change with what changed inside of its lines."""
    found: list[Line] = []
    for changes, several in groupby(lines, lambda line: line.kind in KINDS.values()):
        run = list(several)
        if changes:
            gone, added = ([line for line in run if line.kind == kind] for kind in ("gone", "added"))
            before, after = pieces_of([line.text for line in gone], [line.text for line in added])
            run = [replace(line, pieces=pieces) for line, pieces in zip([*gone, *added], [*before, *after], strict=True)]
        found += run
    return found


def parts_of(changes: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Changes under the kind of part that they are of, in the order of the text."""
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for change in changes:
        grouped.setdefault(str(change["part"]), []).append(change)
    return list(grouped.items())


def text_lines(text: str) -> list[str]:
    """The lines of a text."""
    return text.split("\n")


def places_of(remarks: Iterable[Remark], text: str) -> list[Place]:
    """Each remark with its line, in the order of the lines."""
    lines = text_lines(text)
    return [Place(one, lines[one.line - 1].strip() if 0 < one.line <= len(lines) else "") for one in remarks]


def proved_of(found: Examination, text: str) -> Proved:
    """What provers said, by kind."""
    some = [(tone, title, remarks) for field, tone, title in FINDINGS if (remarks := getattr(found, field))]
    findings = tuple(Findings(_(title), tone, len(remarks), places_of(remarks[:MOST_REMARKS], text)) for tone, title, remarks in some)
    return Proved("", findings, found.strategic[:MOST_REMARKS])
