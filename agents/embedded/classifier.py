"""Inference in numpy: one text in, calibrated labels out, in a fraction of a millisecond."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.embedded.features import BUCKETS, Features, features_of, weighted
from agents.embedded.languages import foreign_language
from agents.embedded.texts import LANGUAGES
from agents.embedded.training import DANGEROUS, INTENTS, SIGNALS, any_danger
from agents.embedded.vectors import WordVectors, word_vectors
from domain.facts import Intent

HEADS = ("intent", "language", "grade", "danger", "signal")


@dataclass(frozen=True)
class Reading:
    """What the model reads in a text; probabilities are calibrated."""

    intent: Intent
    intent_confidence: float
    severity: int
    urgency: float
    sentiment: float
    language: str
    signals: dict[str, float]
    raised: tuple[str, ...]


class TriageClassifier:
    """Linear heads over one set of features."""

    def __init__(self, path: Path, vectors: WordVectors | None = None) -> None:
        """`path` is a file that `training.ensure_trained` made."""
        with np.load(path, allow_pickle=False) as stored:
            model: dict[str, NDArray[Any]] = {name: stored[name] for name in stored.files}
        self._model = model
        self._vectors = vectors or word_vectors()
        self._bounds = np.cumsum([model[f"{head}_bias"].size for head in HEADS])[:-1]
        self._sparse = np.concatenate([model[f"{head}_weights"][:BUCKETS] for head in HEADS], axis=1)
        self._dense = np.concatenate([model[f"{head}_weights"][BUCKETS:] for head in HEADS], axis=1)
        self._rarity = model["rarity"]
        self._bias = np.concatenate([model[f"{head}_bias"] for head in HEADS])
        self.name = f"embedded/{path.stem}"

    def read(self, text: str) -> Reading:
        """Read one text. When no danger is sure but some danger is likely, the likeliest is raised: fail towards a person."""
        scores = dict(zip(HEADS, np.split(self._scores(features_of(text, self._vectors)), self._bounds), strict=True))
        intents = _softmax(scores["intent"] * float(self._model["intent_scale"][0]))
        best = int(intents.argmax())
        signals = 1 / (1 + np.exp(-(scores["signal"] * self._model["signal_slopes"] + self._model["signal_shifts"])))
        raised = signals >= self._model["signal_thresholds"]
        if (
            not raised[DANGEROUS].any()
            and any_danger(signals, scores["danger"][0], self._model["danger_mix"]) >= self._model["danger_threshold"][0]
        ):
            raised[max(DANGEROUS, key=lambda one: float(signals[one]))] = True
        severity, urgency, sentiment = (float(grade) for grade in scores["grade"])
        return Reading(
            intent=INTENTS[best],
            intent_confidence=round(float(intents[best]), 4),
            severity=round(min(5.0, max(1.0, severity))),
            urgency=round(min(1.0, max(0.0, urgency)), 3),
            sentiment=round(min(1.0, max(-1.0, sentiment)), 3),
            language=foreign_language(text) or LANGUAGES[int(scores["language"].argmax())],
            signals={signal: round(float(probability), 4) for signal, probability in zip(SIGNALS, signals, strict=True)},
            raised=tuple(signal for signal, up in zip(SIGNALS, raised, strict=True) if up),
        )

    def _scores(self, features: Features) -> NDArray[np.float32]:
        return weighted(features, self._rarity) @ self._sparse[features.buckets] + features.dense @ self._dense + self._bias


def _softmax(scores: NDArray[Any]) -> NDArray[Any]:
    exponentials = np.exp(scores - scores.max())
    return exponentials / exponentials.sum()
