"""Texts in one form, in which a name is found however it was typed, with the way back to where it stood."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

INVISIBLE = ("Mn", "Cf", "Me")
"""Categories of characters that are not seen by themselves: accents that combine, soft hyphens, joiners."""
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Folded:
    """A folded text; `places[n]` is where its n-th character came from."""

    text: str
    places: tuple[int, ...]
    original: str

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """The part of the original that a part of the folded text came from, with accents that follow it."""
        first, last = self.places[begin], self.places[end - 1] + 1
        while last < len(self.original) and unicodedata.category(self.original[last]) in INVISIBLE:
            last += 1
        return first, last


def folded(text: str) -> Folded:
    """`text` without case, accents and invisible characters, compatible forms made one."""
    kept: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        plain = _plain(character)
        kept.append(plain)
        places.extend([place] * len(plain))
    return Folded("".join(kept), tuple(places), text)


def words_of(text: str) -> list[str]:
    """The folded words of a text."""
    return WORD.findall(folded(text).text)


def squeezed(text: str) -> str:
    """The folded letters and digits of a text alone: `N o r t h-wind` is `northwind`."""
    return "".join(words_of(text))


@lru_cache(maxsize=8_192)
def _plain(character: str) -> str:
    apart = unicodedata.normalize("NFKD", character).casefold()
    return "".join(one for one in unicodedata.normalize("NFKD", apart) if unicodedata.category(one) not in INVISIBLE)
