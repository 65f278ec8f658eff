"""Words of a text and how well documents cover them: BM25 over word stems and over their letters."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

WORD = re.compile(r"[a-z0-9_]{2,}|[^\x00-\x7f]{2,}")
STEM = 6  # letters that are kept of a word: plurals and most endings of four languages fall off
GRAM = 4
MOST_TOKENS = 160  # of a query: what comes after them is log output or a signature
SATURATION, LENGTH_SHARE = 1.2, 0.6  # k1 and b of BM25 (Robertson and Zaragoza 2009)
UNKNOWN = 0.5  # weight of a word that no document has, as a share of the rarest one's
STOP_WORDS = (
    "the and for are was were with this that from have has had you your our we us is it its in on of to at an as be by do does did "
    "can could how what where when which who why will would should not no but all any so if or my me mine he she they them there "
    "here than then too very just und oder der die das den dem des ein eine einen einem einer ist sind war nicht kein wie wir ich "
    "sie es mit auf fur bitte kann konnen von zu zum zur im am bei uns unser unsere unserem ihr ihre hat haben wird wo wann man "
    "noch nur auch als aus le la les un une du de et ou est sont pas ne que qui pour dans avec vous nous notre nos votre vos sur au "
    "aux ce cette ces il elle je comment quelle quel plus ma mon mes se sa son el los las una unos del al en con para por como su "
    "sus nuestro nuestra nuestros este esta lo y o mi cual donde hello hi dear hallo guten tag bonjour hola regards kind viele "
    "grusse cordialement saludo please thanks thank merci gracias danke"
)
STOP = frozenset(STOP_WORDS.split())


def stems(text: str) -> list[str]:
    """Words without accents and endings; stop words are left out, error codes stay whole."""
    return [word if "_" in word else word[:STEM] for word in _words(text)]


def grams(text: str) -> list[str]:
    """Runs of four letters inside the words, which survive typing errors and compound words."""
    return list(chain.from_iterable(_remembered(word) if len(word) <= LONGEST_REMEMBERED else _grams_of(word) for word in _words(text)))


@lru_cache(maxsize=16)
def _words(text: str) -> tuple[str, ...]:
    """The words of a text, without accents, that are no stop words; a query is asked for its stems and then for its letters."""
    plain = text.lower().replace("ß", "ss")
    if not plain.isascii():
        folded = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return tuple(word for word in WORD.findall(plain) if word not in STOP)


def _grams_of(word: str) -> tuple[str, ...]:
    marked = f"#{word}"
    return tuple(marked[place : place + GRAM] for place in range(max(1, len(marked) - GRAM + 1)))


_remembered = lru_cache(maxsize=8_192)(_grams_of)
LONGEST_REMEMBERED = 40  # longer words are rare, and would let a stranger fill the memory


class Coverage:
    """BM25 over a fixed set of documents, as a share of what the query asks for."""

    def __init__(self, documents: Sequence[Iterable[str]], tokens_of: Callable[[str], list[str]]) -> None:
        """`documents` are the parts of each document; a part that is repeated counts more."""
        self._tokens_of = tokens_of
        counts = [Counter(token for part in document for token in tokens_of(part)) for document in documents]
        having = Counter(token for count in counts for token in count)
        self._row = {token: row for row, token in enumerate(having)}
        self._rarity = np.array([math.log(1 + len(counts) / number) for number in having.values()], dtype=np.float32)
        self._unknown = float(self._rarity.max(initial=0.0)) * UNKNOWN
        mean = sum(count.total() for count in counts) / max(1, len(counts))
        self._weights = np.zeros((len(having), len(counts)), dtype=np.float32)
        for column, count in enumerate(counts):
            norm = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * count.total() / mean)
            for token, times in count.items():
                row = self._row[token]
                self._weights[row, column] = self._rarity[row] * times / (times + norm)

    def of(self, query: str) -> NDArray[np.float32]:
        """For each document the share, 0 to 1, of the query's weight that it holds."""
        tokens = list(dict.fromkeys(self._tokens_of(query)))[:MOST_TOKENS]
        rows = [self._row[token] for token in tokens if token in self._row]
        if not rows:
            return np.zeros(self._weights.shape[1], dtype=np.float32)
        asked = float(self._rarity[rows].sum()) + self._unknown * (len(tokens) - len(rows))
        return self._weights[rows].sum(axis=0) / asked
