"""The embedded model's pipeline with other people's intents: the same features, encoder and regression as triage, nothing tuned.

Training is `agents.embedded.training.learn` itself. Reading is what `agents.embedded.classifier` does for a whole text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.embedded.features import BUCKETS, Features, features_of, readable, weighted
from agents.embedded.normal import hiding_places
from agents.embedded.sentences import SentenceVectors, parts_of
from agents.embedded.training import Learnt, learn, nearness, placed

HEAD = "intent"


@dataclass(frozen=True)
class Seen:
    """A text as every model of the same encoder sees it: read once, scored by many."""

    features: Features
    sentence: NDArray[np.float32]


def seen(text: str, meaning: SentenceVectors) -> Seen:
    """Features and sentence vector of a text."""
    clean = readable(text)
    return Seen(features_of(clean, hiding_places(text)), meaning.embed_with_parts(parts_of(clean))[:1])


class IntentModel:
    """One head over intents."""

    def __init__(self, labels: Sequence[str], learnt: Learnt) -> None:
        self.labels = tuple(labels)
        self._learnt, self._head = learnt, learnt.heads[HEAD]

    @classmethod
    def trained(cls, examples: Sequence[tuple[str, str]], meaning: SentenceVectors) -> IntentModel:
        """Learn from (text, intent)."""
        labels = sorted({intent for _, intent in examples})
        row = {label: number for number, label in enumerate(labels)}
        targets = np.eye(len(labels))[[row[intent] for _, intent in examples]]
        return cls(labels, learn([text for text, _ in examples], {HEAD: targets}, meaning))

    def scores(self, text: Seen) -> NDArray[np.float32]:
        """A score for each label, in the order of `labels`; the highest is the answer."""
        learnt, head = self._learnt, self._head
        near = nearness(placed(text.sentence, learnt.axes), learnt.places)
        linear = weighted(text.features, learnt.rarity) @ head.weights[:BUCKETS][text.features.buckets]
        return (near @ head.shares + head.bias)[0] + linear + text.features.dense @ head.weights[BUCKETS:]

    def answer(self, text: Seen) -> str:
        """The likeliest intent."""
        return self.labels[int(self.scores(text).argmax())]
