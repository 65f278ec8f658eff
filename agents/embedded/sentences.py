"""Sentence vectors, near each other when texts mean nearly the same, in whatever language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.embedded.encoder import Encoder
from agents.embedded.encoder_files import ensure_encoder

BEGINNING, END = 500, 250
FIRST_PARTS, LAST_PARTS = 5, 3
LEAST_WORDS = 4
BORDER = re.compile(r"(?<=[.!?…;])\s+|\n+")


class SentenceVectors:
    """The meaning of whole texts as 512 numbers."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length one, shape (texts, 512). Of a long text the beginning and the end are read, for time grows with length."""
        return np.concatenate([self._encoder.encode([_abridged(text)]) for text in texts])

    def embed_with_parts(self, parts: Sequence[str]) -> NDArray[np.float32]:
        """The vector of a text, as the mean of its parts, and below it those of the parts: shape (1 + parts, 512), or (1, 512).

        A mean is nearly what reading the whole would give, at half the time.
        """
        vectors = self._encoder.encode([_abridged(part) for part in parts])
        if len(parts) == 1:
            return vectors
        mean = vectors.mean(axis=0, keepdims=True)
        return np.vstack([mean / np.maximum(np.linalg.norm(mean), 1e-6), vectors])


@cache
def sentence_vectors(folder: Path) -> SentenceVectors:
    """The vectors, with the encoder read once; its files lie below `folder`, and are made there when they are missing."""
    return SentenceVectors(Encoder(ensure_encoder(folder)))


def parts_of(text: str) -> list[str]:
    """The sentences and lines of a text, very short ones with their neighbours; of a long text the first and the last."""
    parts: list[str] = []
    for piece in BORDER.split(text):
        if parts and min(len(parts[-1].split()), len(piece.split())) < LEAST_WORDS:
            parts[-1] = f"{parts[-1]} {piece}"
        else:
            parts.append(piece)
    return parts if len(parts) <= FIRST_PARTS + LAST_PARTS else parts[:FIRST_PARTS] + parts[-LAST_PARTS:]


def _abridged(text: str) -> str:
    lowered = text.lower() if text.isupper() else text
    return lowered if len(lowered) <= BEGINNING + END else f"{lowered[:BEGINNING]} {lowered[-END:]}"
