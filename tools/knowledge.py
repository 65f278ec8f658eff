"""The knowledge base's embedded twin: words and meaning together, in memory."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from domain.client import Article, ArticleHit

WORD = re.compile(r"[a-z0-9_]{3,}")
STEM = 6
QUERY_LIMIT = 2_000
TITLE_WEIGHT = 3
LANGUAGE_BONUS = 0.06
MEANING_SHARE = 0.55
MIDDLE, STEEPNESS = 0.35, 10.2
STOP = frozenset(
    [
        "the",
        "and",
        "for",
        "are",
        "was",
        "with",
        "this",
        "that",
        "from",
        "have",
        "has",
        "you",
        "your",
        "our",
        "can",
        "how",
        "what",
        "where",
        "when",
        "which",
        "not",
        "but",
        "all",
        "any",
        "does",
        "into",
        "out",
        "who",
        "why",
        "will",
        "und",
        "der",
        "die",
        "das",
        "ist",
        "nicht",
        "wie",
        "wir",
        "ich",
        "sie",
        "ein",
        "eine",
        "den",
        "dem",
        "des",
        "mit",
        "auf",
        "für",
        "bitte",
        "kann",
        "les",
        "des",
        "une",
        "est",
        "que",
        "qui",
        "pour",
        "dans",
        "avec",
        "vous",
        "nous",
        "los",
        "las",
        "una",
        "que",
        "por",
        "con",
        "para",
        "como",
        "est",
        "este",
        "esta",
        "hello",
        "hallo",
        "bonjour",
        "hola",
        "regards",
        "kind",
        "please",
        "thanks",
    ]
)


class Embedder(Protocol):
    """Turns texts into vectors of length one."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (texts, dimensions)."""
        ...


class EmbeddedKnowledge:
    """Searches a few hundred articles in well under a millisecond."""

    def __init__(self, articles: Sequence[Article], embedder: Embedder) -> None:
        self._articles = list(articles)
        self._embedder = embedder
        counts = [Counter(_stems(f"{(article.title + ' ') * TITLE_WEIGHT}{article.body}")) for article in self._articles]
        frequency = Counter(stem for count in counts for stem in count)
        self._index = {stem: number for number, stem in enumerate(frequency)}
        self._weight = np.array([math.log(1 + len(counts) / documents) for documents in frequency.values()], dtype=np.float32)
        self._words = np.zeros((len(counts), len(self._index)), dtype=np.float32)
        for row, count in enumerate(counts):
            for stem, times in count.items():
                self._words[row, self._index[stem]] = times / (times + 1.2)
        titles = embedder.embed([article.title for article in self._articles])
        bodies = embedder.embed([f"{article.title}. {article.body}" for article in self._articles])
        self._meaning = np.stack([titles, bodies])

    async def search(self, query: str, language: str, limit: int = 3) -> list[ArticleHit]:
        """Articles that answer `query`, best first, with a score from 0 to 1."""
        text = query[:QUERY_LIMIT]
        scores = MEANING_SHARE * self._by_meaning(text) + (1 - MEANING_SHARE) * self._by_words(text)
        scores = scores + np.array([LANGUAGE_BONUS if article.language == language else 0.0 for article in self._articles])
        best = np.argsort(-scores, kind="stable")[:limit]
        return [ArticleHit(article=self._articles[row], score=_calibrated(float(scores[row]))) for row in best]

    def _by_meaning(self, text: str) -> NDArray[np.float32]:
        vector = self._embedder.embed([text])[0]
        return np.clip((self._meaning @ vector).max(axis=0), 0.0, 1.0)

    def _by_words(self, text: str) -> NDArray[np.float32]:
        """The share of the query's weight that an article covers."""
        known = [self._index[stem] for stem in set(_stems(text)) if stem in self._index]
        unknown = len(set(_stems(text))) - len(known)
        if not known:
            return np.zeros(len(self._articles), dtype=np.float32)
        weight = self._weight[known]
        return (self._words[:, known] @ weight) / (weight.sum() + unknown * float(self._weight.mean()) * 0.5)


def _stems(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return [word[:STEM] for word in WORD.findall(folded) if word not in STOP]


def _calibrated(score: float) -> float:
    return round(1 / (1 + math.exp(-STEEPNESS * (score - MIDDLE))), 4)
