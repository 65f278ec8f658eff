"""A text as numbers: hashed words, word pairs and character n-grams, the concepts it speaks of and a few plain counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from agents.embedded.concepts import concept_book, concept_pairs
from agents.embedded.courtesies import without_courtesies
from agents.embedded.normal import folded, normal

WORD_BUCKETS = 1 << 16
PAIR_BUCKETS = 1 << 13
BUCKETS = WORD_BUCKETS + PAIR_BUCKETS
GRAMS = (3, 4, 5)
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[!?]+", re.UNICODE)
DIGITS = re.compile(r"\d+")
MOST_WORDS = 400
WORDS_REMEMBERED, LONGEST_REMEMBERED = 8_192, 40
"""Longer ones are rare, and would let a stranger fill the memory."""
WORD_SCALE, CONCEPT_SCALE, PAIR_SCALE = 1.9, 0.6, 0.4


@dataclass(frozen=True)
class Features:
    """Sparse part as parallel arrays, words before pairs of concepts; dense part as one vector."""

    buckets: NDArray[np.int64]
    weights: NDArray[np.float32]
    words: int
    dense: NDArray[np.float32]


def features_of(clean: str, hidden: int) -> Features:
    """The features of a text that `readable` made; `weighted` scales its words by how rare they are. `hidden` counts its hiding places."""
    plain = folded(clean)
    counts = Counter(_buckets(WORD.findall(DIGITS.sub("0", plain))[:MOST_WORDS]))
    book = concept_book()
    singles, pairs = concept_pairs(plain, book, MOST_WORDS)
    concepts = np.zeros(len(book.names), dtype=np.float32)
    concepts[sorted(singles)] = CONCEPT_SCALE
    paired = sorted({WORD_BUCKETS + (crc32(pair.encode()) & (PAIR_BUCKETS - 1)) for pair in pairs})
    weights = 1.0 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))
    return Features(
        buckets=np.array([*counts, *paired], dtype=np.int64),
        weights=np.concatenate([weights, np.full(len(paired), PAIR_SCALE)]).astype(np.float32),
        words=len(counts),
        dense=np.concatenate([_cues(clean, hidden), concepts]).astype(np.float32),
    )


def readable(text: str) -> str:
    """A message as it is read: hidden text made visible, courtesies taken off."""
    return without_courtesies(normal(text))


def weighted(features: Features, rarity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights of the sparse part: words times their rarity, together of length one, then pairs as they are."""
    words = features.weights[: features.words] * rarity[features.buckets[: features.words]]
    return np.concatenate([words * (WORD_SCALE / max(float(np.linalg.norm(words)), 1e-6)), features.weights[features.words :]])


def rarity_of(texts: Sequence[Features]) -> NDArray[np.float32]:
    """Inverse document frequency of each bucket of words."""
    documents = np.bincount(np.concatenate([one.buckets[: one.words] for one in texts]), minlength=WORD_BUCKETS)
    return (1.0 + np.log((1 + len(texts)) / (1 + documents))).astype(np.float32)


def _buckets(words: list[str]) -> Iterator[int]:
    """Of each word, then of each two that stand together, then of each word's letters."""
    known = [_remembered(word) if len(word) <= LONGEST_REMEMBERED else _of_word(word) for word in words]
    pairs = (_bucket(f"p{first} {second}") for first, second in pairwise(words))
    return chain((bucket for bucket, _ in known), pairs, chain.from_iterable(grams for _, grams in known))


def _of_word(word: str) -> tuple[int, tuple[int, ...]]:
    """A word's bucket and those of its letters."""
    padded = f"<{word}>"
    grams = [f"c{padded[at : at + size]}" for size in GRAMS for at in range(max(1, len(padded) - size + 1))]
    return _bucket(f"w{word}"), tuple(_bucket(gram) for gram in grams)


_remembered = lru_cache(WORDS_REMEMBERED)(_of_word)
"""Most words of a message have been met before."""


def _bucket(token: str) -> int:
    return crc32(token.encode()) & (WORD_BUCKETS - 1)


def _cues(clean: str, hidden: int) -> NDArray[np.float32]:
    letters = sum(map(str.isalpha, clean)) or 1
    shouting = sum(map(str.isupper, clean)) / letters if letters > 8 else 0.0
    return np.array(
        [
            min(1.0, clean.count("!") / 3),
            min(1.0, clean.count("?") / 2),
            shouting,
            min(1.0, len(clean) / 600),
            min(1.0, hidden / 2),
        ],
        dtype=np.float32,
    )
