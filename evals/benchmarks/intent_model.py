"""The embedded model's pipeline with other people's intents: the same features, encoder and regression as triage, nothing tuned.

Training is `agents.embedded.training.learn` itself. Reading is what `agents.embedded.classifier` does for a whole text.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agents.embedded.features import BUCKETS, weighted
from agents.embedded.looks import Looks
from agents.embedded.sentences import SentenceVectors
from agents.embedded.training import Learnt, learn, nearness, placed

HEAD = "intent"


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

    def scores(self, text: Looks) -> NDArray[np.float32]:
        """A score for each label by the look at the whole text, in the order of `labels`; the highest is the answer."""
        learnt, head = self._learnt, self._head
        near = nearness(placed(text.vectors[:1], learnt.axes), learnt.places)
        whole = text.features[0]
        linear = weighted(whole, learnt.rarity) @ head.weights[:BUCKETS][whole.buckets]
        return (near @ head.shares + head.bias)[0] + linear + whole.dense @ head.weights[BUCKETS:]

    def answer(self, text: Looks) -> str:
        """The likeliest intent."""
        return self.labels[int(self.scores(text).argmax())]
