"""A message as the heads see it: one look at the whole text and, when it has several parts, one at each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.embedded.features import Features, features_of, readable
from agents.embedded.normal import hiding_places
from agents.embedded.sentences import SentenceVectors, parts_of


@dataclass(frozen=True)
class Looks:
    """Features and sentence vectors by row, the vectors of shape (rows, 512): row 0 is the whole text, those below are its parts."""

    features: tuple[Features, ...]
    vectors: NDArray[np.float32]

    @property
    def whole(self) -> Looks:
        """The first look alone."""
        return Looks(self.features[:1], self.vectors[:1])


def looks_at(message: str, meaning: SentenceVectors) -> Looks:
    """All looks at a message. What it hides counts for the whole."""
    text = readable(message)
    parts = parts_of(text)
    vectors = meaning.embed_with_parts(parts)
    below = parts if len(vectors) > 1 else []
    return Looks((features_of(text, hiding_places(message)), *(features_of(part, 0) for part in below)), vectors)


def whole_and_part(scores: NDArray[Any]) -> NDArray[Any]:
    """Of scores of shape (looks, columns): those of the whole, and of each column the highest that a part has; shape (2, columns).

    A text that is one part has the same twice.
    """
    return np.stack([scores[0], scores[1:].max(axis=0) if len(scores) > 1 else scores[0]])
