"""From scores to probabilities and thresholds: the fitting of them, from left-out scores alone, and their use."""

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
NEEDLESS_AIM, NEEDLESS_PART_AIM = 0.14, 0.06


def calibrated(left_out: Mapping[str, NDArray[Any]], intents: NDArray[Any], truth: NDArray[np.bool_]) -> dict[str, NDArray[np.float32]]:
    """Scales and thresholds by name.

    left_out: scores by head, shape (texts, columns), of models that had not seen the text or one like it; intents: index of the right
    intent, shape (texts,); truth: which signals hold, shape (texts, signals). The threshold for a part of a text is higher than that for
    the whole, for a text has many parts, and each could be needlessly escalated.
    """
    scale = _fit_temperature(left_out["intent"], intents)
    slopes, shifts = _fit_platt(left_out["signal"], truth)
    probabilities = 1 / (1 + np.exp(-(left_out["signal"] * slopes + shifts)))
    thresholds = np.array([_best_threshold(probabilities[:, column], truth[:, column]) for column in range(len(SIGNALS))], dtype=np.float32)
    dangerous: NDArray[np.bool_] = np.any(truth[:, DANGEROUS], axis=1, keepdims=True)[:, 0]
    mix = _fit_mix(probabilities, left_out["danger"], dangerous)
    chance = any_danger(probabilities, left_out["danger"][:, 0], mix)
    return {
        "intent_scale": scale,
        "intent_trust": _fit_trust(left_out["intent"] * scale, intents),
        "signal_slopes": slopes,
        "signal_shifts": shifts,
        "signal_thresholds": thresholds,
        "danger_mix": mix,
        "danger_threshold": _danger_threshold(chance, probabilities >= thresholds, ~dangerous),
        "part_threshold": np.array([np.quantile(chance[~dangerous], 1 - NEEDLESS_PART_AIM)], dtype=np.float32),
    }


def softmax(scores: NDArray[Any]) -> NDArray[Any]:
    """Probabilities along the last axis."""
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def trusted(confidence: Any, trust: NDArray[Any]) -> Any:
    """How often the likeliest intent is right when its probability is `confidence`."""
    return 1 / (1 + np.exp(-(trust[0] * _logit(confidence) + trust[1])))


def any_danger(probabilities: NDArray[Any], score: NDArray[Any], mix: NDArray[Any]) -> NDArray[Any]:
    """The chance that a text holds at least one dangerous signal: what the single signals say, and a head for danger as such."""
    return 1 / (1 + np.exp(-(mix[0] * _logit_of_any(probabilities) + mix[1] * score + mix[2])))


def _logit(probability: Any) -> Any:
    bounded = np.clip(probability, 1e-4, 1 - 1e-4)
    return np.log(bounded / (1 - bounded))


def _logit_of_any(probabilities: NDArray[Any]) -> NDArray[Any]:
    """Log odds of at least one dangerous signal, as if they were independent."""
    calm = np.clip(np.prod(1 - probabilities[..., DANGEROUS], axis=-1), 1e-9, 1 - 1e-9)
    return np.log1p(-calm) - np.log(calm)


def _fit_platt(scores: NDArray[Any], truth: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    linear: Any = importlib.import_module("sklearn.linear_model")
    slopes, shifts = np.ones(truth.shape[1], dtype=np.float32), np.full(truth.shape[1], -8.0, dtype=np.float32)
    for column in np.flatnonzero(truth.any(axis=0)):
        fitted = linear.LogisticRegression(C=100.0).fit(scores[:, [column]], truth[:, column])
        slopes[column], shifts[column] = fitted.coef_[0][0], fitted.intercept_[0]
    return slopes, shifts


def _fit_mix(probabilities: NDArray[Any], scores: NDArray[Any], dangerous: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How much the signals and the head for danger count, and a constant."""
    linear: Any = importlib.import_module("sklearn.linear_model")
    fitted = linear.LogisticRegression().fit(np.column_stack([_logit_of_any(probabilities), scores]), dangerous)
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


def _danger_threshold(chance: NDArray[Any], raised: NDArray[Any], harmless: NDArray[Any]) -> NDArray[np.float32]:
    """The lowest threshold of `any_danger` at which no more than the aimed share of harmless texts is escalated."""
    named = raised[:, DANGEROUS].any(axis=1)
    for threshold in np.linspace(0.05, 0.95, 181):
        if (harmless & (named | (chance >= threshold))).sum() <= NEEDLESS_AIM * harmless.sum():
            return np.array([threshold], dtype=np.float32)
    return np.array([0.95], dtype=np.float32)
