"""Trains the embedded model on our own texts: at set-up, once per state of texts and code. The only place that knows scikit-learn.

Every head is a ridge classifier over the same features, so one inverse serves all of them and gives what each text would have scored had
it not been in the training set (leave one out, in closed form). Calibration and thresholds come from those scores and from nothing else.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from agents.embedded.features import BUCKETS, Features, features_of, rarity_of, weighted
from agents.embedded.texts import LANGUAGES, URGENCY, Labelled, labelled
from agents.embedded.vectors import word_vectors
from domain.facts import Intent, Signal

INTENTS = tuple(Intent)
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
SMOOTHING = 1.0
NEEDLESS_AIM = 0.14
CODE = ("normal.py", "features.py", "concepts.py", "concepts.psv", "training.py", "vectors.py")


def digest_of_sources() -> str:
    """Digest of every text and of the code that makes features and weights from them."""
    here = files("agents.embedded")
    names = [*CODE, *(f"texts/train.{language}.psv" for language in LANGUAGES)]
    summed = hashlib.sha256()
    for name in names:
        summed.update(name.encode() + b"\0" + here.joinpath(name).read_bytes())
    return summed.hexdigest()[:16]


def ensure_trained(folder: Path) -> Path:
    """The trained model of these sources; trained now when there is none. Safe when two processes ask at once."""
    path = folder / f"triage-{digest_of_sources()}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "training.lock"):
            if not path.exists():
                fresh = path.with_suffix(".making.npz")
                save: Any = np.savez
                save(fresh, **train(labelled("train")))
                fresh.replace(path)
    return path


def train(examples: Sequence[Labelled]) -> dict[str, NDArray[Any]]:
    """Weights, calibration and thresholds by name; nothing but `examples` is looked at."""
    vectors = word_vectors()
    features = [features_of(example.text, vectors) for example in examples]
    rarity = rarity_of(features)
    targets = {
        "intent": _one_of(INTENTS, [example.intent for example in examples]),
        "language": _one_of(LANGUAGES, [example.language for example in examples]),
        "grade": np.array([[example.severity, URGENCY[example.urgency], example.sentiment / 2] for example in examples]),
        "danger": np.array([[1.0 if example.signals & set(DANGER) else -1.0] for example in examples]),
        "signal": np.array([[1.0 if signal in example.signals else -1.0 for signal in SIGNALS] for example in examples]),
    }
    fits = _ridge(_matrix(features, rarity), targets)
    model: dict[str, NDArray[Any]] = {"rarity": rarity}
    for head, fit in fits.items():
        model |= {f"{head}_weights": fit.weights, f"{head}_bias": fit.bias}
    model["intent_scale"] = _temperature(fits["intent"].left_out, targets["intent"].argmax(axis=1))
    truth = targets["signal"] > 0
    slopes, shifts = _platt(fits["signal"].left_out, truth)
    probabilities = 1 / (1 + np.exp(-(fits["signal"].left_out * slopes + shifts)))
    thresholds = np.array([_best(probabilities[:, column], truth[:, column]) for column in range(len(SIGNALS))], dtype=np.float32)
    model["danger_mix"] = _mix(probabilities, fits["danger"].left_out, truth)
    return model | {
        "signal_slopes": slopes,
        "signal_shifts": shifts,
        "signal_thresholds": thresholds,
        "danger_threshold": _danger_threshold(
            any_danger(probabilities, fits["danger"].left_out[:, 0], model["danger_mix"]), probabilities >= thresholds, truth
        ),
    }


@dataclass(frozen=True)
class _Fit:
    """A head: weights (features, columns), bias, and the score of each example by a model that did not see it."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    left_out: NDArray[Any]


def any_danger(probabilities: NDArray[Any], score: NDArray[Any], mix: NDArray[Any]) -> NDArray[Any]:
    """The chance that a text holds at least one dangerous signal: what the single signals say, and a head for danger as such."""
    return 1 / (1 + np.exp(-(mix[0] * _logit_of_any(probabilities) + mix[1] * score + mix[2])))


def _logit_of_any(probabilities: NDArray[Any]) -> NDArray[Any]:
    """Log odds of at least one dangerous signal, as if they were independent."""
    calm = np.clip(np.prod(1 - probabilities[..., DANGEROUS], axis=-1), 1e-9, 1 - 1e-9)
    return np.log1p(-calm) - np.log(calm)


def _mix(probabilities: NDArray[Any], scores: NDArray[Any], truth: NDArray[Any]) -> NDArray[np.float32]:
    """How much the signals and the head for danger count, and a constant."""
    linear: Any = importlib.import_module("sklearn.linear_model")
    fitted = linear.LogisticRegression().fit(np.column_stack([_logit_of_any(probabilities), scores]), truth[:, DANGEROUS].any(axis=1))
    return np.array([*fitted.coef_[0], fitted.intercept_[0]], dtype=np.float32)


def _matrix(features: Sequence[Features], rarity: NDArray[np.float32]) -> Any:
    sparse = importlib.import_module("scipy.sparse")
    rows = np.repeat(np.arange(len(features)), [len(one.buckets) for one in features])
    columns, weights = np.concatenate([one.buckets for one in features]), np.concatenate([weighted(one, rarity) for one in features])
    hashed = sparse.csr_matrix((weights, (rows, columns)), shape=(len(features), BUCKETS))
    return sparse.hstack([hashed, sparse.csr_matrix(np.stack([one.dense for one in features]))]).tocsr()


def _ridge(matrix: Any, targets: Mapping[str, NDArray[Any]]) -> dict[str, _Fit]:
    """Least squares with squared weights held small, solved among the examples; one more constant feature is the bias."""
    kernel = np.asarray((matrix @ matrix.T).todense(), dtype=np.float64) + 1.0
    inverse = np.linalg.inv(kernel + SMOOTHING * np.eye(len(kernel)))
    fits: dict[str, _Fit] = {}
    for head, wanted in targets.items():
        middle = wanted.mean(axis=0)
        shares = inverse @ (wanted - middle)
        weights = np.asarray(matrix.T @ shares, dtype=np.float32)
        left_out = wanted - shares / np.diag(inverse)[:, None]
        fits[head] = _Fit(weights, (shares.sum(axis=0) + middle).astype(np.float32), left_out)
    return fits


def _one_of(names: Sequence[str], given: Sequence[str]) -> NDArray[Any]:
    return np.eye(len(names))[[names.index(name) for name in given]]


def _platt(scores: NDArray[Any], truth: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    linear: Any = importlib.import_module("sklearn.linear_model")
    slopes, shifts = np.ones(truth.shape[1], dtype=np.float32), np.full(truth.shape[1], -8.0, dtype=np.float32)
    for column in np.flatnonzero(truth.any(axis=0)):
        fitted = linear.LogisticRegression(C=100.0).fit(scores[:, [column]], truth[:, column])
        slopes[column], shifts[column] = fitted.coef_[0][0], fitted.intercept_[0]
    return slopes, shifts


def _danger_threshold(chance: NDArray[Any], raised: NDArray[Any], truth: NDArray[Any]) -> NDArray[np.float32]:
    """The lowest threshold of `any_danger` at which no more than the aimed share of harmless texts is escalated."""
    harmless = ~truth[:, DANGEROUS].any(axis=1)
    named = raised[:, DANGEROUS].any(axis=1)
    for threshold in np.linspace(0.05, 0.95, 181):
        if (harmless & (named | (chance >= threshold))).sum() <= NEEDLESS_AIM * harmless.sum():
            return np.array([threshold], dtype=np.float32)
    return np.array([0.95], dtype=np.float32)


def _best(probability: NDArray[Any], truth: NDArray[Any]) -> float:
    """The threshold with the best F1."""

    def f1(threshold: float) -> float:
        raised = probability >= threshold
        return 2 * (raised & truth).sum() / max(1, truth.sum() + raised.sum())

    return float(max(np.linspace(0.05, 0.9, 86), key=f1)) if truth.any() else 0.9


def _temperature(scores: NDArray[Any], labels: NDArray[Any]) -> NDArray[np.float32]:
    """The scale at which held-out confidences fit best."""

    def loss(scale: float) -> float:
        scaled = scores * scale
        scaled -= scaled.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(scaled).sum(axis=1))
        return float((log_sum - scaled[np.arange(len(labels)), labels]).mean())

    return np.array([min(np.geomspace(1.0, 60.0, 90), key=loss)], dtype=np.float32)
