"""A text as numbers: hashed words, word pairs and character n-grams, the concepts it speaks of and a few plain counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
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
CUES = 5
WORD_SCALE, CONCEPT_SCALE, PAIR_SCALE = 1.12, 0.6, 0.4


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
    counts: dict[int, int] = {}
    for token in _tokens(WORD.findall(DIGITS.sub("0", plain))[:MOST_WORDS]):
        bucket = crc32(token.encode()) & (WORD_BUCKETS - 1)
        counts[bucket] = counts.get(bucket, 0) + 1
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


def _tokens(words: list[str]) -> list[str]:
    tokens = [f"w{word}" for word in words]
    tokens += [f"p{first} {second}" for first, second in pairwise(words)]
    for word in words:
        padded = f"<{word}>"
        for size in GRAMS:
            tokens += [f"c{padded[at : at + size]}" for at in range(max(1, len(padded) - size + 1))]
    return tokens


def _cues(clean: str, hidden: int) -> NDArray[np.float32]:
    letters = sum(letter.isalpha() for letter in clean) or 1
    shouting = sum(letter.isupper() for letter in clean) / letters if letters > 8 else 0.0
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
