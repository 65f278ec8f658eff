"""Inference in numpy: one text in, calibrated labels out, in some two milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from agents.embedded.calibration import DANGEROUS, SIGNALS, danger_chance, danger_evidence, signal_chances, softmax, trusted
from agents.embedded.features import BUCKETS, weighted
from agents.embedded.languages import foreign_language
from agents.embedded.looks import looks_at, whole_and_part
from agents.embedded.sentences import sentence_vectors
from agents.embedded.texts import LANGUAGES
from agents.embedded.training import INTENTS, nearness, placed
from domain.facts import Intent

EVEN = 0.5
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
        self._axes, self._places = model["axes"], model["places"]
        self._rarity = model["rarity"]
        self._bias = np.concatenate([model[f"{head}_bias"] for head in HEADS])
        self._model = {name: values for name, values in model.items() if not name.endswith(("_weights", "_shares"))}
        self.name = f"embedded/{path.stem}"

    def read(self, text: str) -> Reading:
        """Read one text. When no danger is sure but some danger is likely, the likeliest is raised: fail towards a person."""
        scores = dict(zip(HEADS, np.split(self._scores(text), self._bounds, axis=1), strict=True))
        intents = softmax(scores["intent"][0] * float(self._model["intent_scale"][0]))
        best = int(intents.argmax())
        chances = signal_chances(whole_and_part(scores["signal"]), self._model["signal_mix"])
        evidence = danger_evidence(chances, whole_and_part(scores["danger"]), len(scores["danger"]))
        danger = float(danger_chance(evidence, self._model["danger_mix"]))
        severity, urgency, sentiment = (float(grade) for grade in scores["grade"][0])
        return Reading(
            intent=INTENTS[best],
            intent_confidence=round(float(trusted(intents[best], self._model["intent_trust"])), 4),
            severity=round(min(5.0, max(1.0, severity))),
            urgency=round(min(1.0, max(0.0, urgency)), 3),
            sentiment=round(min(1.0, max(-1.0, sentiment)), 3),
            language=foreign_language(text) or LANGUAGES[int(scores["language"][0].argmax())],
            signals={signal: round(float(chance), 4) for signal, chance in zip(SIGNALS, chances, strict=True)},
            raised=tuple(signal for signal, up in zip(SIGNALS, self._raised(chances, danger), strict=True) if up),
        )

    def _raised(self, chances: NDArray[Any], danger: float) -> NDArray[np.bool_]:
        """The likely signals. When danger as such is unlikely, of dangers those alone that hold more likely than not; else one at least."""
        raised = chances >= self._model["signal_thresholds"]
        if danger < self._model["danger_threshold"][0]:
            raised[DANGEROUS] &= chances[DANGEROUS] >= EVEN
        elif not raised[DANGEROUS].any():
            raised[max(DANGEROUS, key=lambda one: float(chances[one]))] = True
        return raised

    def _scores(self, text: str) -> NDArray[np.float32]:
        """Scores of every look at the text: shape (looks, columns of all heads)."""
        looks = looks_at(text, self._encoder)
        scores = nearness(placed(looks.vectors, self._axes), self._places) @ self._shares + self._bias
        for row, features in enumerate(looks.features):
            scores[row] += weighted(features, self._rarity) @ self._sparse[features.buckets] + features.dense @ self._dense
        return scores
