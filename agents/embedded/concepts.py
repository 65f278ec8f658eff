"""What a message speaks of, in words of four languages: `concepts.psv` names an idea once, so what is learnt in one language helps in all.

A line is `name|entry, entry, …`. An entry is one or more words; `*` after a word stands for any ending, before it for any beginning, and
`..` between words for up to three others. Words are compared without case and accents. Concepts are features with learnt weights.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from agents.embedded.normal import folded

TOKEN = re.compile(r"[^\W_]+")
PART = re.compile(r"\*?[^\W_]+\*?|\.\.")
GAP = ".."
LONGEST_GAP = 3
SHORTEST_STEM = 2
SHORTEST_COMPOUND = 7
NEAR = 6
WORDS_REMEMBERED, LONGEST_REMEMBERED = 8_192, 40


@dataclass(frozen=True)
class _Entry:
    concept: int
    rest: tuple[str, ...]


class ConceptBook:
    """Finds concepts in the words of a text."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.names = tuple(line.split("|", 1)[0] for line in lines)
        self._exact: dict[str, list[_Entry]] = {}
        self._stems: dict[str, list[_Entry]] = {}
        self._endings: list[tuple[str, int]] = []
        self._words: dict[str, tuple[frozenset[int], tuple[_Entry, ...]]] = {}
        for concept, line in enumerate(lines):
            for entry in line.split("|", 1)[1].split(","):
                self._learn(concept, PART.findall(folded(entry)))

    def _learn(self, concept: int, parts: list[str]) -> None:
        if not parts:
            return
        first, rest = parts[0], tuple(parts[1:])
        if first.startswith("*"):
            self._endings.append((first[1:], concept))
        elif first.endswith("*"):
            self._stems.setdefault(first[:-1], []).append(_Entry(concept, rest))
        else:
            self._exact.setdefault(first, []).append(_Entry(concept, rest))

    def found(self, tokens: Sequence[str]) -> list[tuple[int, int]]:
        """(position, concept) of every concept met, in the order of the text."""
        return [(at, concept) for at, token in enumerate(tokens) for concept in sorted(self._starting(token, tokens, at))]

    def _starting(self, token: str, tokens: Sequence[str], at: int) -> Iterable[int]:
        alone, more = self._of_word(token)
        return alone.union(entry.concept for entry in more if _follows(entry.rest, tokens, at + 1)) if more else alone

    def _of_word(self, token: str) -> tuple[frozenset[int], tuple[_Entry, ...]]:
        """The concepts that a word means by itself, and the entries that want more words after it; remembered, for words come again."""
        known = self._words.get(token)
        if known is None:
            entries = list(self._candidates(token))
            alone = {entry.concept for entry in entries if not entry.rest}
            if len(token) >= SHORTEST_COMPOUND:
                alone |= {concept for ending, concept in self._endings if ending in token}
            known = frozenset(alone), tuple(entry for entry in entries if entry.rest)
            if len(self._words) >= WORDS_REMEMBERED:
                self._words.clear()
            if len(token) <= LONGEST_REMEMBERED:
                self._words[token] = known
        return known

    def _candidates(self, token: str) -> Iterator[_Entry]:
        yield from self._exact.get(token, ())
        for length in range(SHORTEST_STEM, len(token) + 1):
            yield from self._stems.get(token[:length], ())


def concept_pairs(text: str, book: ConceptBook, most: int) -> tuple[set[int], set[str]]:
    """The concepts among the first `most` words of `text`, and `name&name` for each two that stand near each other."""
    met = book.found(TOKEN.findall(text)[:most])
    pairs: set[str] = set()
    for index, (at, concept) in enumerate(met):
        for later, other in met[index + 1 :]:
            if later - at > NEAR:
                break
            if other != concept:
                pairs.add("&".join(sorted((book.names[concept], book.names[other]))))
    return {concept for _, concept in met}, pairs


@cache
def concept_book() -> ConceptBook:
    """The book of `concepts.psv`, read once."""
    text = files("agents.embedded").joinpath("concepts.psv").read_text(encoding="utf-8")
    return ConceptBook([line for line in text.splitlines() if line.strip()])


def _follows(rest: tuple[str, ...], tokens: Sequence[str], at: int) -> bool:
    """Whether the words of an entry after its first stand at `at`."""
    if not rest:
        return True
    if rest[0] == GAP:
        return any(_follows(rest[1:], tokens, at + skipped) for skipped in range(LONGEST_GAP + 1))
    if at >= len(tokens):
        return False
    wanted = rest[0]
    met = tokens[at].startswith(wanted[:-1]) if wanted.endswith("*") else tokens[at] == wanted
    return met and _follows(rest[1:], tokens, at + 1)
