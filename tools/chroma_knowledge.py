"""A knowledge base in Chroma, with our own vectors: its default embedding would be downloaded at run time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

from domain.client import Article, ArticleHit
from domain.errors import SetupFailed, ToolFailed
from tools.embedding import Embedder
from tools.passages import calibrated, language_cost, passages_of

COLLECTION = "maitred-articles"
QUERY_LIMIT = 2_000
PASSAGES_PER_HIT = 8  # an article has some eight passages, and all of them may be near
BATCH = 2_000
MIDDLE, STEEPNESS = 0.52, 8.5  # a little above what the dev split fits: meaning alone separates right from wrong less well


def persistent_client(folder: Path) -> Any:
    """A Chroma database in `folder`. One process writes; an open one does not see what others wrote. Raises SetupFailed."""
    return _chroma().PersistentClient(str(folder), settings=_quiet())


def server_client(host: str, port: int, *, ssl: bool = True) -> Any:
    """A Chroma server: what several workers share. Raises SetupFailed."""
    try:
        return _chroma().HttpClient(host, port, ssl=ssl, settings=_quiet())
    except ValueError as error:
        raise SetupFailed(f"There is no Chroma server at {host}:{port}.") from error


class ChromaKnowledge:
    """Searches passages by meaning alone and gathers them by article."""

    def __init__(self, client: Any, embedder: Embedder, collection: str = COLLECTION) -> None:
        """`client` is one of the above."""
        self._embedder = embedder
        self._collection = client.get_or_create_collection(collection, embedding_function=None, configuration={"hnsw": {"space": "cosine"}})

    def store(self, articles: Sequence[Article]) -> None:
        """Put `articles` in the place of those of the same id; others stay. It blocks: for set-up, not for a running loop."""
        rows = [(article, number, text) for article in articles for number, text in enumerate(passages_of(article))]
        self.remove([article.id for article in articles])
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            self._collection.upsert(
                ids=[f"{article.id}#{number}" for article, number, _ in part],
                embeddings=self._embedder.embed([text for *_, text in part]),
                documents=[text for *_, text in part],
                metadatas=[
                    {"article": article.id, "record": orjson.dumps(article.model_dump(mode="json")).decode()} for article, *_ in part
                ],
            )

    def remove(self, article_ids: Sequence[str]) -> None:
        """Take articles out; ids that are not there do no harm. It blocks."""
        if article_ids:
            self._collection.delete(where={"article": {"$in": list(article_ids)}})

    async def search(self, query: str, language: str, limit: int = 3) -> list[ArticleHit]:
        """Articles that answer `query`, best first, with the chance that they do."""
        text = query[:QUERY_LIMIT].strip()
        if not text or limit < 1:
            return []
        vector = self._embedder.embed([text])[0]
        try:
            found = await asyncio.to_thread(self._nearest, vector, limit)  # Chroma's clients block, on disk or on the network
        except Exception as error:  # Chroma raises whatever its storage or its HTTP client raised
            raise ToolFailed(f"knowledge failed: {type(error).__name__}", tool="knowledge", reason="unavailable") from error
        nearness: dict[str, tuple[float, Article]] = {}
        for metadata, distance in zip(found["metadatas"][0], found["distances"][0], strict=True):
            if metadata["article"] not in nearness:  # the nearest passage comes first
                article = Article.model_validate_json(metadata["record"])
                nearness[article.id] = (1.0 - distance - language_cost(article.language, language), article)
        best = sorted(nearness.values(), key=lambda one: (-one[0], one[1].id))[:limit]
        return [ArticleHit(article=article, score=calibrated(near, MIDDLE, STEEPNESS)) for near, article in best]

    def _nearest(self, vector: Any, limit: int) -> Any:
        return self._collection.query(query_embeddings=[vector], n_results=limit * PASSAGES_PER_HIT, include=["metadatas", "distances"])


def _chroma() -> Any:
    try:
        return import_module("chromadb")  # a second of import time: only for those who use it
    except ImportError as error:
        raise SetupFailed("Chroma is not installed; install maitred with its extra `chroma`.") from error


def _quiet() -> Any:
    return import_module("chromadb.config").Settings(anonymized_telemetry=False)
