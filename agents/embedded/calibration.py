"""From scores to probabilities and thresholds: the fitting of them, from left-out scores alone, and their use.

A danger may be one sentence among ten. So each signal, and danger as such, is told from two scores: that of the whole text, and the highest
that one of its parts has (`looks.whole_and_part`). How much either counts is fitted.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.facts import Signal

SIGNALS = tuple(Signal)
DANGER = (
    Signal.LEGAL,
    Signal.SECURITY,
    Signal.OUTAGE,
    Signal.CHURN,
    Signal.EXECUTIVE,
    Signal.REGULATED_DATA,
    Signal.ABUSE,
    Signal.VULNERABLE_PERSON,
    Signal.INJECTION,
)
DANGEROUS = [SIGNALS.index(signal) for signal in DANGER]
NEEDLESS_AIM = 0.21
"""Share of the harmless examples that may be escalated. They are look-alikes more often than mail is: of mail it is less."""


def calibrated(
    left_out: Mapping[str, NDArray[Any]], looks: NDArray[Any], intents: NDArray[Any], truth: NDArray[np.bool_]
) -> dict[str, NDArray[np.float32]]:
    """Scales, mixes and thresholds by name.

    left_out: scores by head, shape (texts, 2, columns), of models that had not seen the text or one like it, for the whole and for its
    parts; looks: how many there are at each text, shape (texts,); intents: index of the right intent of the examples, which come first,
    while joined messages have none; truth: which signals hold, shape (texts, signals).
    """
    whole = left_out["intent"][: len(intents), 0]
    scale = _fit_temperature(whole, intents)
    signal_mix = _fit_signals(left_out["signal"], truth)
    chances = signal_chances(left_out["signal"], signal_mix)
    thresholds = np.array([_best_threshold(chances[:, column], truth[:, column]) for column in range(len(SIGNALS))], dtype=np.float32)
    dangerous: NDArray[np.bool_] = np.any(truth[:, DANGEROUS], axis=1, keepdims=True)[:, 0]
    evidence = danger_evidence(chances, left_out["danger"], looks)
    danger_mix = _fit_danger(evidence, dangerous)
    harmless = danger_chance(evidence, danger_mix)[: len(intents)][~dangerous[: len(intents)]]
    return {
        "intent_scale": scale,
        "intent_trust": _fit_trust(whole * scale, intents),
        "signal_mix": signal_mix,
        "signal_thresholds": thresholds,
        "danger_mix": danger_mix,
        "danger_threshold": np.array([np.quantile(harmless, 1 - NEEDLESS_AIM)], dtype=np.float32),
    }


def softmax(scores: NDArray[Any]) -> NDArray[Any]:
    """Probabilities along the last axis."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def trusted(confidence: Any, trust: NDArray[Any]) -> Any:
    """How often the likeliest intent is right when its probability is `confidence`."""
    return _chance(trust[0] * _logit(confidence) + trust[1])


def signal_chances(scores: NDArray[Any], mix: NDArray[Any]) -> NDArray[Any]:
    """The chance of each signal, shape (..., signals), from its scores for the whole and for a part, shape (..., 2, signals)."""
    return _chance(scores[..., 0, :] * mix[0] + scores[..., 1, :] * mix[1] + mix[2])


def danger_evidence(chances: NDArray[Any], scores: NDArray[Any], looks: Any) -> NDArray[Any]:
    """What speaks for a danger, shape (..., 4): signals, shape (..., signals), two scores, shape (..., 2, 1), and the count of looks.

    The signals speak by the log odds of at least one dangerous one, as if they were independent. Of many parts one is sooner wrong.
    """
    calm = np.clip(np.prod(1 - chances[..., DANGEROUS], axis=-1), 1e-9, 1 - 1e-9)
    return np.stack([np.log1p(-calm) - np.log(calm), scores[..., 0, 0], scores[..., 1, 0], np.log(looks)], axis=-1)


def danger_chance(evidence: NDArray[Any], mix: NDArray[Any]) -> Any:
    """The chance of at least one dangerous signal, shape (...)."""
    return _chance(evidence @ mix[:-1] + mix[-1])


def _chance(odds: Any) -> Any:
    return 1 / (1 + np.exp(-odds))


def _logit(probability: Any) -> Any:
    bounded = np.clip(probability, 1e-4, 1 - 1e-4)
    return np.log(bounded / (1 - bounded))


def _fit_signals(scores: NDArray[Any], truth: NDArray[Any]) -> NDArray[np.float32]:
    """For each signal what its score for the whole counts, what that for a part counts, and a constant; shape (3, signals)."""
    linear: Any = importlib.import_module("sklearn.linear_model")
    mix = np.tile(np.array([[1.0], [0.0], [-8.0]], dtype=np.float32), truth.shape[1])
    for column in np.flatnonzero(truth.any(axis=0)):
        fitted = linear.LogisticRegression(C=10.0).fit(scores[:, :, column], truth[:, column])
        mix[:, column] = [*fitted.coef_[0], fitted.intercept_[0]]
    return mix


def _fit_danger(evidence: NDArray[Any], dangerous: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How much each kind of evidence counts, and a constant."""
    linear: Any = importlib.import_module("sklearn.linear_model")
    fitted = linear.LogisticRegression().fit(evidence, dangerous)
    return np.array([*fitted.coef_[0], fitted.intercept_[0]], dtype=np.float32)


def _fit_trust(scores: NDArray[Any], labels: NDArray[Any]) -> NDArray[np.float32]:
    """Slope and shift of `trusted`, for one scale alone leaves the surest too sure."""
    linear: Any = importlib.import_module("sklearn.linear_model")
    probabilities = softmax(scores)
    right = probabilities.argmax(axis=1) == labels
    fitted = linear.LogisticRegression(C=100.0).fit(_logit(probabilities.max(axis=1))[:, None], right)
    return np.array([fitted.coef_[0][0], fitted.intercept_[0]], dtype=np.float32)


def _fit_temperature(scores: NDArray[Any], labels: NDArray[Any]) -> NDArray[np.float32]:
    """The scale at which held-out confidences fit best."""

    def loss(scale: float) -> float:
        scaled = scores * scale
        scaled -= scaled.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(scaled).sum(axis=1))
        return float((log_sum - scaled[np.arange(len(labels)), labels]).mean())

    return np.array([min(np.geomspace(1.0, 60.0, 90), key=loss)], dtype=np.float32)


def _best_threshold(probability: NDArray[Any], truth: NDArray[Any]) -> float:
    """The threshold with the best F1."""

    def f1(threshold: float) -> float:
        raised = probability >= threshold
        return 2 * (raised & truth).sum() / max(1, truth.sum() + raised.sum())

    return float(max(np.linspace(0.05, 0.9, 86), key=f1)) if truth.any() else 0.9
