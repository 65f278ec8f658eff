"""Finds known values in a text: exact and folded, with other separators, inflected, written together, numbers in any layout."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from evals.production.folding import WORD, Folded, folded, squeezed
from evals.production.known_values import LEAST_DIGITS, KnownValue, digits_of
from evals.production.spans import Span

ENDINGS = ("s", "es", "en", "n", "e", "er", "ern", "ens", "as", "a", "an", "in", "et", "ets", "i", "ia", "ie", "ish")
"""What languages with Latin letters put behind a name; it stays behind the placeholder."""
LONG = 8
"""A value of several words with so many letters is found inside of other words and across any separators."""
NEAR = 3
"""Characters between the words of a shorter one."""
LEADS = re.compile(
    r"(?:contract|vertrag|contrat|contrato|invoice|rechnung|facture|factura|number|nummer|numero|no|nr|n)[\W_]{0,4}"
    r"(?:(?:no|nr|n|num)[\W_]{0,3})?(\d+)"
)
NUMBER = re.compile(r"\d+")
PHONE = re.compile(r"\+?\d(?:[\s().\-/\u00a0\u202f]{0,3}\d){6,}")
RUN = re.compile(r"[\d\s().\-/+\u00a0\u202f]{7,}")
SPELT = 7
"""Letters of a word from which it is found with a slip of the keyboard too; shorter ones are near too many others."""
LAST = 7
"""Digits at the end of a telephone number that tell it, with whatever codes before them."""


@dataclass(frozen=True)
class _Word:
    text: str
    begin: int
    end: int


class KnownFinder:
    """Finds the known values of one case."""

    def __init__(self, values: Sequence[KnownValue]) -> None:
        self._whole: dict[str, KnownValue] = {}
        self._numbers: dict[str, KnownValue] = {}
        self._behind: dict[str, KnownValue] = {}
        self._words: dict[str, KnownValue] = {}
        self._slips: dict[str, KnownValue] = {}
        self._rows: dict[str, list[tuple[list[str], KnownValue]]] = {}
        self._phones = [(digits_of(one.text)[-LAST:], one) for one in values if one.kind == "phone" and is_telling(one)]
        for value in values:
            if value.kind != "phone":
                self._sort_in(value)

    def _sort_in(self, value: KnownValue) -> None:
        """Where it is looked up."""
        plain, words = squeezed(value.text), WORD.findall(folded(value.text).text)
        if value.after_a_word:
            self._behind.setdefault(plain, value)
        elif plain.isdigit():
            self._numbers.setdefault(plain, value)
        elif is_whole(value, plain):
            self._whole.setdefault(plain, value)
        elif len(words) == 1:
            known = self._words.get(plain)
            if known is None or (known.as_written and not value.as_written):
                self._words[plain] = value
            if len(plain) >= SPELT and not value.as_written:
                self._slips.update(dict.fromkeys(_without_one(plain), value))
        else:
            self._rows.setdefault(words[0], []).append((words, value))

    def spans(self, text: str) -> Iterator[Span]:
        """Where they stand."""
        fold = folded(text)
        words = [_Word(match[0], match.start(), match.end()) for match in WORD.finditer(fold.text)]
        yield from self._wholes(fold, words)
        yield from self._in_words(fold, words)
        for looks, known in ((LEADS, self._behind), (NUMBER, self._numbers)):
            for match in looks.finditer(fold.text) if known else ():
                value = known.get(match[match.lastindex or 0])
                if value is not None:
                    begin, end = fold.span(match.start(), match.end())
                    yield Span(begin, end, value.kind, value.key, True)
        for match in PHONE.finditer(text):
            digits = digits_of(match[0])
            known = next((value for last, value in self._phones if last in digits), None)
            if known is not None:
                yield Span(match.start(), match.end(), "phone", digits_of(known.text), True)

    def _wholes(self, fold: Folded, words: Sequence[_Word]) -> Iterator[Span]:
        """Values of several words, among the letters alone."""
        bare = "".join(word.text for word in words)
        places = [place for word in words for place in range(word.begin, word.end)]
        for plain, value in self._whole.items():
            at = bare.find(plain)
            while at >= 0:
                begin, end = fold.span(places[at], places[at + len(plain) - 1] + 1)
                yield Span(begin, end, value.kind, value.key, True)
                at = bare.find(plain, at + len(plain))

    def _in_words(self, fold: Folded, words: Sequence[_Word]) -> Iterator[Span]:
        """Values of one word with their inflections, and of several short ones."""
        for place, word in enumerate(words):
            value, ending = self._word(word.text)
            begin, end = fold.span(word.begin, word.end)
            if value is not None and not (value.as_written and not any(one.isupper() for one in fold.original[begin:end])):
                kept = fold.original[slice(*fold.span(word.end - len(ending), word.end))] if ending else ""
                yield Span(begin, end, value.kind, value.key, True, kept)
            for row, long in self._rows.get(word.text, ()):
                there = words[place : place + len(row)]
                near = all(after.begin - before.end <= NEAR for before, after in pairwise(there))
                if near and [one.text for one in there] == row:
                    yield Span(*fold.span(word.begin, there[-1].end), long.kind, long.key, True)

    def _word(self, text: str) -> tuple[KnownValue | None, str]:
        """The value that a word is, and its inflection."""
        if (value := self._words.get(text)) is not None:
            return value, ""
        for ending in ENDINGS:
            if text.endswith(ending) and (value := self._words.get(text[: -len(ending)])) is not None:
                return value, ending
        if len(text) >= SPELT - 1:
            slipped = next((value for less in _without_one(text) if (value := self._slips.get(less)) is not None), None)
            return slipped, ""
        return None, ""


def _without_one(word: str) -> list[str]:
    """A word, and it less each of its letters: two words that share one of these differ by a letter, or by two that changed places.

    Garbe, SymSpell, 2012.
    """
    return [word, *(word[:at] + word[at + 1 :] for at in range(len(word)))]


def is_whole(value: KnownValue, plain: str) -> bool:
    """Whether a value is looked for among the letters alone: several words that are long together, or a script without spaces."""
    several = len(WORD.findall(value.text)) > 1 and len(plain) >= LONG
    return several or any(unicodedata.category(one) == "Lo" for one in plain)


def is_telling(value: KnownValue) -> bool:
    """Whether a telephone number has enough digits to tell anybody."""
    return len(digits_of(value.text)) >= LEAST_DIGITS


def left_kinds(text: str, values: Sequence[KnownValue]) -> list[str]:
    """Kinds of known values that a text still holds: written together, as a word, or as a run of digits."""
    fold = folded(text)
    found = WORD.findall(fold.text)
    bare, words = "".join(found), set(found)
    written = {squeezed(word) for word in WORD.findall(text) if word[0].isupper()}
    runs = [digits_of(run) for run in RUN.findall(text)]
    return sorted({value.kind for value in values if _is_left(value, bare, words, written, runs)})


def _is_left(value: KnownValue, bare: str, words: set[str], written: set[str], runs: list[str]) -> bool:
    if value.kind == "phone":
        return is_telling(value) and any(digits_of(value.text)[-LAST:] in run for run in runs)
    plain = squeezed(value.text)
    if value.after_a_word:
        return False
    return plain in bare if is_whole(value, plain) else plain in (written if value.as_written else words)
