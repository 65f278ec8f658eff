"""Parts of a text that tell whom it is about, and the placeholders that stand in for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

ALONE = frozenset(("client", "manager"))
"""Kinds of which a case has one: they carry no number."""
KEPT = frozenset(("amount",))
"""Kinds that are not replaced but made coarser: `key` is the text that stands instead."""


@dataclass(frozen=True)
class Span:
    """From `begin` to `end` of a text stands a value. Equal keys of a kind get the same placeholder."""

    begin: int
    end: int
    kind: str
    key: str
    known: bool = False
    ending: str = ""
    """An inflection that was part of the match and stays: the `s` of `Northwinds`."""


def put_together(spans: Iterable[Span]) -> list[Span]:
    """Spans that do not overlap: where some do, the longest says what it is, and all that any of them covers is covered."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.begin, -one.end, not one.known, one.kind not in KEPT)):
        if not found or span.begin >= found[-1].end:
            found.append(span)
        elif span.end > found[-1].end or (span.known and span.kind == found[-1].kind and not found[-1].known):
            found[-1] = _union(found[-1], span)
    return found


def _union(one: Span, other: Span) -> Span:
    longer = max(one, other, key=lambda span: (span.end - span.begin, span.known))
    if one.kind == other.kind and one.known != other.known:
        longer = one if one.known else other
    end = max(one.end, other.end)
    return Span(min(one.begin, other.begin), end, longer.kind, longer.key, longer.known, longer.ending if longer.end == end else "")


@dataclass
class Placeholders:
    """The placeholders of one case: each value has the same one in all of its texts."""

    numbers: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    counts: dict[str, int] = field(default_factory=dict[str, int])

    def of(self, kind: str, key: str) -> str:
        """The placeholder of a value."""
        if kind in ALONE:
            return f"{{{kind}}}"
        number = self.numbers.setdefault((kind, key), 1 + sum(known == kind for known, _ in self.numbers))
        return f"{{{kind}-{number}}}"

    def put_into(self, text: str, spans: Iterable[Span]) -> str:
        """`text` with a placeholder for every span."""
        parts: list[str] = []
        done = 0
        for span in put_together(spans):
            stands = span.key if span.kind in KEPT else self.of(span.kind, span.key) + span.ending
            parts += [text[done : span.begin], stands]
            done = span.end
            self.counts[span.kind] = self.counts.get(span.kind, 0) + 1
        return "".join((*parts, text[done:]))
