"""A text as numbers: hashed words, word pairs and character n-grams, beside static word vectors and a few plain counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from agents.embedded.lexicon import SIZE as LEXICON
from agents.embedded.lexicon import lexicon_features
from agents.embedded.normal import folded, normal, without_accents
from agents.embedded.vectors import DIMENSIONS, WordVectors

BUCKETS = 1 << 16
GRAMS = (3, 4, 5)
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[!?]+", re.UNICODE)
DIGITS = re.compile(r"\d+")
MOST_WORDS = 400
CUES = 4
VECTOR_SCALE = 1.0
LEXICON_SCALE = 1.0


@dataclass(frozen=True)
class Features:
    """Sparse part as parallel arrays, dense part as one vector."""

    buckets: NDArray[np.int64]
    weights: NDArray[np.float32]
    dense: NDArray[np.float32]


def features_of(text: str, vectors: WordVectors) -> Features:
    """The features of one text; `weighted` scales the sparse part by how rare each bucket is."""
    clean = normal(text)
    words = WORD.findall(DIGITS.sub("0", folded(clean)))[:MOST_WORDS]
    counts: dict[int, int] = {}
    for token in _tokens(words):
        bucket = crc32(token.encode()) & (BUCKETS - 1)
        counts[bucket] = counts.get(bucket, 0) + 1
    buckets = np.fromiter(counts, dtype=np.int64, count=len(counts))
    weights = 1.0 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))
    dense = np.concatenate(
        [vectors.embed([clean])[0] * VECTOR_SCALE, _cues(clean), lexicon_features(without_accents(clean)) * LEXICON_SCALE]
    )
    return Features(buckets, weights.astype(np.float32), dense.astype(np.float32))


def weighted(features: Features, rarity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights of the sparse part times the rarity of their buckets, with length one."""
    weights = features.weights * rarity[features.buckets]
    return weights / max(float(np.linalg.norm(weights)), 1e-6)


def rarity_of(texts: Sequence[Features]) -> NDArray[np.float32]:
    """Inverse document frequency of each bucket."""
    documents = np.bincount(np.concatenate([one.buckets for one in texts]), minlength=BUCKETS)
    return (1.0 + np.log((1 + len(texts)) / (1 + documents))).astype(np.float32)


def _tokens(words: list[str]) -> list[str]:
    tokens = [f"w{word}" for word in words]
    tokens += [f"p{first} {second}" for first, second in pairwise(words)]
    for word in words:
        padded = f"<{word}>"
        for size in GRAMS:
            tokens += [f"c{padded[at : at + size]}" for at in range(max(1, len(padded) - size + 1))]
    return tokens


def _cues(clean: str) -> NDArray[np.float32]:
    letters = sum(letter.isalpha() for letter in clean) or 1
    shouting = sum(letter.isupper() for letter in clean) / letters if letters > 8 else 0.0
    return np.array(
        [min(1.0, clean.count("!") / 3), min(1.0, clean.count("?") / 2), shouting, min(1.0, len(clean) / 600)], dtype=np.float32
    )


DENSE = DIMENSIONS + CUES + LEXICON
