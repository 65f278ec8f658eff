"""Articles cut into passages that each say one thing, and how near a question comes to them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from domain.client import Article
from tools.embedding import Embedder

ENGLISH_INSTEAD, FOREIGN = 0.02, 0.05
BREAK = re.compile(r"\n\s*\n|\n(?=- |\d+\. )")


def passages_of(article: Article) -> list[str]:
    """The title, the search words, each paragraph and list item under its title, and the whole."""
    parts = [f"{article.title}. {part}" for part in BREAK.split(article.body)]
    return [part for part in (article.title, " ".join(article.keywords), *parts, f"{article.title}. {article.body}") if part]


def calibrated(raw: float, middle: float, steepness: float) -> float:
    """The chance, 0 to 1, that belongs to a raw score: a logistic curve that is one half at `middle`."""
    return round(1 / (1 + math.exp(-steepness * (raw - middle))), 4)


def language_cost(article: str, reader: str) -> float:
    """What an article loses for its language. The reader's own loses nothing, so language never makes one look more relevant."""
    return 0.0 if article == reader else ENGLISH_INSTEAD if article == "en" else FOREIGN


class Passages:
    """Vectors of all passages, seen from their common centre: without it every text of one product looks alike."""

    def __init__(self, articles: Sequence[Article], embedder: Embedder) -> None:
        self._embedder = embedder
        texts = [passages_of(article) for article in articles]
        vectors = embedder.embed([text for parts in texts for text in parts])
        self._centre = vectors.sum(axis=0) / max(1, len(vectors))
        self._vectors = _unit(vectors - self._centre)
        self._starts = np.cumsum([0, *(len(parts) for parts in texts)])[:-1]

    def nearness(self, query: str) -> NDArray[np.float32]:
        """For each article the cosine of its nearest passage."""
        vector = _unit(self._embedder.embed([query])[0] - self._centre)
        return np.maximum.reduceat(self._vectors @ vector, self._starts)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
