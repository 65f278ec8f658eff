"""Trains the embedded model on our own texts: at set-up, once per state of texts and code. The only place that knows scikit-learn."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from agents.embedded.features import BUCKETS, Features, features_of, rarity_of, weighted
from agents.embedded.texts import LANGUAGES, Labelled, labelled
from agents.embedded.vectors import word_vectors
from domain.facts import Intent, Signal

INTENTS = tuple(Intent)
SIGNALS = tuple(Signal)
URGENCIES = ("l", "m", "h")
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
FOLDS = 5
SIGNAL_C, CLASS_C = 6.0, 4.0
POSITIVE_WEIGHT = 1.5
NEEDLESS_AIM = 0.30
CODE = ("normal.py", "features.py", "lexicon.py", "training.py", "vectors.py")


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
    matrix = _matrix(features, rarity)
    folds = np.arange(len(examples)) % FOLDS
    model: dict[str, NDArray[Any]] = {"rarity": rarity}
    heads: dict[str, list[Any]] = {
        "intent": [INTENTS.index(example.intent) for example in examples],
        "severity": [example.severity - 1 for example in examples],
        "urgency": [URGENCIES.index(example.urgency) for example in examples],
        "sentiment": [example.sentiment + 2 for example in examples],
        "language": [LANGUAGES.index(example.language) for example in examples],
    }
    sizes = {"intent": len(INTENTS), "severity": 5, "urgency": 3, "sentiment": 5, "language": len(LANGUAGES)}
    for name, labels in heads.items():
        targets = np.eye(sizes[name])[np.array(labels)]
        weights, bias = _fit(matrix, targets, CLASS_C, 1.0)
        model |= {f"{name}_weights": weights, f"{name}_bias": bias}
        if name == "intent":
            model["intent_scale"] = _temperature(_held_out(matrix, targets, folds, CLASS_C, 1.0), np.array(labels))
    targets = np.array([[signal in example.signals for signal in SIGNALS] for example in examples], dtype=float)
    weights, bias = _fit(matrix, targets, SIGNAL_C, POSITIVE_WEIGHT)
    scores = _held_out(matrix, targets, folds, SIGNAL_C, POSITIVE_WEIGHT)
    slopes, shifts = _platt(scores, targets)
    probabilities = 1 / (1 + np.exp(-(scores * slopes + shifts)))
    thresholds = _thresholds(probabilities, targets)
    return model | {
        "signal_weights": weights,
        "signal_bias": bias,
        "signal_slopes": slopes,
        "signal_shifts": shifts,
        "signal_thresholds": thresholds,
    }


def _matrix(features: Sequence[Features], rarity: NDArray[np.float32]) -> Any:
    sparse = importlib.import_module("scipy.sparse")
    rows = np.repeat(np.arange(len(features)), [len(one.buckets) for one in features])
    columns, weights = np.concatenate([one.buckets for one in features]), np.concatenate([weighted(one, rarity) for one in features])
    hashed = sparse.csr_matrix((weights, (rows, columns)), shape=(len(features), BUCKETS))
    return sparse.hstack([hashed, sparse.csr_matrix(np.stack([one.dense for one in features]))]).tocsr()


def _fit(matrix: Any, targets: NDArray[Any], strength: float, positive_weight: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """One linear classifier per column; weights have shape (features, columns)."""
    linear: Any = importlib.import_module("sklearn.linear_model")
    weights: list[NDArray[Any]] = []
    bias: list[float] = []
    for column in range(targets.shape[1]):
        if 0 < targets[:, column].sum() < len(targets):
            fitted = linear.LogisticRegression(
                C=strength, solver="liblinear", class_weight={0: 1.0, 1: positive_weight}, max_iter=200, random_state=0
            ).fit(matrix, targets[:, column] > 0)
            weights.append(fitted.coef_[0])
            bias.append(fitted.intercept_[0])
        else:
            weights.append(np.zeros(int(matrix.shape[1])))
            bias.append(8.0 if targets[:, column].any() else -8.0)
    return np.array(weights, dtype=np.float32).T.copy(), np.array(bias, dtype=np.float32)


def _held_out(matrix: Any, targets: NDArray[Any], folds: NDArray[Any], strength: float, positive_weight: float) -> NDArray[Any]:
    """Scores of each example by a model that did not see it."""
    scores = np.zeros(targets.shape)
    for fold in range(FOLDS):
        out = folds == fold
        weights, bias = _fit(matrix[~out], targets[~out], strength, positive_weight)
        scores[out] = matrix[out] @ weights + bias
    return scores


def _platt(scores: NDArray[Any], targets: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    linear: Any = importlib.import_module("sklearn.linear_model")
    slopes: list[float] = []
    shifts: list[float] = []
    for column in range(targets.shape[1]):
        if not targets[:, column].any():
            slopes.append(1.0)
            shifts.append(0.0)
            continue
        fitted = linear.LogisticRegression(C=10.0).fit(scores[:, [column]], targets[:, column] > 0)
        slopes.append(fitted.coef_[0][0])
        shifts.append(fitted.intercept_[0])
    return np.array(slopes, dtype=np.float32), np.array(shifts, dtype=np.float32)


def _thresholds(probabilities: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.float32]:
    """Best F2 per signal, then all dangerous ones moved together, as low as few needless escalations allow."""
    grid = np.linspace(0.05, 0.9, 86)
    chosen = np.array([_best(probabilities[:, column], targets[:, column] > 0, grid) for column in range(targets.shape[1])])
    dangerous = np.array([signal in DANGER for signal in SIGNALS])
    calm = ~targets[:, dangerous].any(axis=1)
    for factor in np.geomspace(0.2, 4.0, 61):
        moved = np.where(dangerous, np.minimum(0.95, chosen * factor), chosen)
        raised = (probabilities >= moved)[:, dangerous].any(axis=1)
        if (calm & raised).sum() <= NEEDLESS_AIM * calm.sum():
            return moved.astype(np.float32)
    return chosen.astype(np.float32)


def _best(probability: NDArray[Any], truth: NDArray[Any], grid: NDArray[Any]) -> float:
    def f2(threshold: float) -> float:
        raised = probability >= threshold
        hits = (raised & truth).sum()
        return 5 * hits / max(1, 4 * truth.sum() + raised.sum())

    return float(max(grid, key=f2)) if truth.any() else 0.9


def _temperature(scores: NDArray[Any], labels: NDArray[Any]) -> NDArray[np.float32]:
    """The scale at which held-out confidences fit best."""

    def loss(scale: float) -> float:
        scaled = scores * scale
        scaled -= scaled.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(scaled).sum(axis=1))
        return float((log_sum - scaled[np.arange(len(labels)), labels]).mean())

    return np.array([min(np.linspace(0.3, 4.0, 75), key=loss)], dtype=np.float32)
