"""Inference in numpy: one text in, calibrated labels out, in some two milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from agents.embedded.calibration import DANGEROUS, SIGNALS, any_danger, softmax, trusted
from agents.embedded.features import BUCKETS, features_of, readable, weighted
from agents.embedded.languages import foreign_language
from agents.embedded.normal import hiding_places
from agents.embedded.sentences import parts_of, sentence_vectors
from agents.embedded.texts import LANGUAGES
from agents.embedded.training import INTENTS, nearness, placed
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
    """Heads over one set of features, and over the nearness to every text that was learnt from."""

    def __init__(self, path: Path) -> None:
        """`path` is a file that `training.ensure_trained` made. From now on this process multiplies matrices on one thread.

        One text is too little work to share: waking a second thread doubles the processor time, and a busy service has other texts for it.
        """
        threadpool_limits(limits=1, user_api="blas")
        with np.load(path, allow_pickle=False) as stored:
            model: dict[str, NDArray[Any]] = {name: stored[name] for name in stored.files}
        self._encoder = sentence_vectors(path.parent)
        self._bounds = np.cumsum([model[f"{head}_bias"].size for head in HEADS])[:-1]
        self._sparse = np.concatenate([model[f"{head}_weights"][:BUCKETS] for head in HEADS], axis=1)
        self._dense = np.concatenate([model[f"{head}_weights"][BUCKETS:] for head in HEADS], axis=1)
        self._shares = np.concatenate([model[f"{head}_shares"] for head in HEADS], axis=1)
        self._axes, self._places = model["axes"], np.asfortranarray(model["places"])  # its transpose is what products read, row by row
        self._rarity = model["rarity"]
        self._bias = np.concatenate([model[f"{head}_bias"] for head in HEADS])
        self._model = {name: values for name, values in model.items() if not name.endswith(("_weights", "_shares"))}
        self.name = f"embedded/{path.stem}"

    def read(self, text: str) -> Reading:
        """Read one text. When no danger is sure but some danger is likely, the likeliest is raised: fail towards a person."""
        clean = readable(text)
        scores = dict(zip(HEADS, np.split(self._scores(clean, hiding_places(text)), self._bounds, axis=1), strict=True))
        intents = softmax(scores["intent"][0] * float(self._model["intent_scale"][0]))
        best = int(intents.argmax())
        signals = 1 / (1 + np.exp(-(scores["signal"] * self._model["signal_slopes"] + self._model["signal_shifts"])))
        raised = self._raised(signals, any_danger(signals, scores["danger"][:, 0], self._model["danger_mix"]))
        severity, urgency, sentiment = (float(grade) for grade in scores["grade"][0])
        return Reading(
            intent=INTENTS[best],
            intent_confidence=round(float(trusted(intents[best], self._model["intent_trust"])), 4),
            severity=round(min(5.0, max(1.0, severity))),
            urgency=round(min(1.0, max(0.0, urgency)), 3),
            sentiment=round(min(1.0, max(-1.0, sentiment)), 3),
            language=foreign_language(text) or LANGUAGES[int(scores["language"][0].argmax())],
            signals={signal: round(float(probability), 4) for signal, probability in zip(SIGNALS, signals.max(axis=0), strict=True)},
            raised=tuple(signal for signal, up in zip(SIGNALS, raised, strict=True) if up),
        )

    def _raised(self, signals: NDArray[Any], danger: NDArray[Any]) -> NDArray[np.bool_]:
        """What holds for the whole text, in row 0, or for a part of it that is dangerous by itself, in the rows after it."""
        raised = signals[0] >= self._model["signal_thresholds"]
        if not raised[DANGEROUS].any() and danger[0] >= self._model["danger_threshold"][0]:
            raised[_likeliest_danger(signals[0])] = True
        for part, chance in zip(signals[1:], danger[1:], strict=True):
            if chance >= self._model["part_threshold"][0]:
                raised[_likeliest_danger(part)] = True
        return raised

    def _scores(self, text: str, hidden: int) -> NDArray[np.float32]:
        """Scores of the text and, when it has several parts, below it those of each: shape (1 or 1 + parts, columns of all heads)."""
        parts = parts_of(text)
        places = placed(self._encoder.embed_with_parts(parts), self._axes)
        scores = nearness(places, self._places) @ self._shares + self._bias
        for row, read in enumerate([text, *parts][: len(places)]):
            features = features_of(read, hidden if row == 0 else 0)
            scores[row] += weighted(features, self._rarity) @ self._sparse[features.buckets] + features.dense @ self._dense
        return scores


def _likeliest_danger(signals: NDArray[Any]) -> int:
    return max(DANGEROUS, key=lambda one: float(signals[one]))
