"""Trains the embedded model on our own texts: at set-up, once per state of texts and code. The only place that knows scikit-learn.

Every head is a ridge regression with the same kernel: linear in words and concepts, and a bell over the distance of sentence vectors. One
inverse serves all heads and gives, in closed form, what each text would have scored had neither it nor any text that says nearly the same,
in whatever language, been in the training set. Calibration and thresholds come from those scores and from nothing else.
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

from agents.embedded.calibration import DANGER, SIGNALS, calibrated
from agents.embedded.features import BUCKETS, Features, features_of, rarity_of, readable, weighted
from agents.embedded.normal import hiding_places
from agents.embedded.sentences import SentenceVectors, sentence_vectors
from agents.embedded.texts import LANGUAGES, URGENCY, Labelled, labelled
from domain.facts import Intent

INTENTS = tuple(Intent)
SMOOTHING = 0.7
BELL_HEIGHT, BELL_SHARPNESS = 8.0, 1.5
SAME_THOUGHT = 0.7
AXES = 192
CODE = (
    "normal.py",
    "courtesies.py",
    "features.py",
    "calibration.py",
    "concepts.py",
    "concepts.psv",
    "training.py",
    "sentences.py",
    "encoder.py",
    "encoder_files.py",
    "encoder_graph.py",
)


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
                save(fresh, **train(labelled("train"), sentence_vectors(folder)))
                fresh.replace(path)
    return path


def train(examples: Sequence[Labelled], meaning: SentenceVectors) -> dict[str, NDArray[Any]]:
    """Weights, calibration and thresholds by name; nothing but `examples` is looked at."""
    targets = {
        "intent": _one_of(INTENTS, [example.intent for example in examples]),
        "language": _one_of(LANGUAGES, [example.language for example in examples]),
        "grade": np.array([[example.severity, URGENCY[example.urgency], example.sentiment / 2] for example in examples]),
        "danger": np.array([[1.0 if example.signals & set(DANGER) else -1.0] for example in examples]),
        "signal": np.array([[1.0 if signal in example.signals else -1.0 for signal in SIGNALS] for example in examples]),
    }
    learnt = learn([example.text for example in examples], targets, meaning)
    model: dict[str, NDArray[Any]] = {"rarity": learnt.rarity, "axes": learnt.axes, "places": learnt.places}
    for head, fit in learnt.heads.items():
        model |= {f"{head}_weights": fit.weights, f"{head}_shares": fit.shares, f"{head}_bias": fit.bias}
    left_out = {head: fit.left_out for head, fit in learnt.heads.items()}
    return model | calibrated(left_out, targets["intent"].argmax(axis=1), targets["signal"] > 0)


def learn(messages: Sequence[str], targets: Mapping[str, NDArray[Any]], meaning: SentenceVectors) -> Learnt:
    """Heads for whatever targets, each of shape (messages, columns): the features and the regression know nothing of what is learnt."""
    texts = [readable(message) for message in messages]
    features = [features_of(text, hiding_places(message)) for text, message in zip(texts, messages, strict=True)]
    rarity = rarity_of(features)
    sentences = meaning.embed(texts)
    axes = _main_axes(sentences)
    places = placed(sentences, axes)
    return Learnt(rarity, axes, places, _ridge(_matrix(features, rarity), places, _families(sentences), targets))


@dataclass(frozen=True)
class Learnt:
    """What all heads share, and the heads by name."""

    rarity: NDArray[np.float32]
    axes: NDArray[np.float32]
    places: NDArray[np.float32]
    heads: dict[str, Head]


@dataclass(frozen=True)
class Head:
    """A head: weights (features, columns), shares (examples, columns), bias, and the scores of examples left out with their like."""

    weights: NDArray[np.float32]
    shares: NDArray[np.float32]
    bias: NDArray[np.float32]
    left_out: NDArray[Any]


def placed(sentences: NDArray[np.float32], axes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sentence vectors along the main axes of the training texts, of length one again: fewer numbers, and none the worse."""
    along = sentences @ axes
    return along / np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-6).astype(np.float32)


def nearness(places: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """How near each of `places` is to each of `others`, both of length one: a bell over their distance."""
    near = places @ others.T
    near -= np.float32(1)  # in place from here on: the matrix is large, and fresh memory costs as much as the sums
    near *= np.float32(2 * BELL_SHARPNESS)
    np.exp(near, out=near)
    near *= np.float32(BELL_HEIGHT)
    return near


def _matrix(features: Sequence[Features], rarity: NDArray[np.float32]) -> Any:
    sparse = importlib.import_module("scipy.sparse")
    rows = np.repeat(np.arange(len(features)), [len(one.buckets) for one in features])
    columns, weights = np.concatenate([one.buckets for one in features]), np.concatenate([weighted(one, rarity) for one in features])
    hashed = sparse.csr_matrix((weights, (rows, columns)), shape=(len(features), BUCKETS))
    return sparse.hstack([hashed, sparse.csr_matrix(np.stack([one.dense for one in features]))]).tocsr()


def _ridge(
    matrix: Any, places: NDArray[np.float32], families: Sequence[NDArray[np.int64]], targets: Mapping[str, NDArray[Any]]
) -> dict[str, Head]:
    """Least squares with squared weights held small, solved among the examples; one more constant feature is the bias."""
    kernel = np.asarray((matrix @ matrix.T).todense(), dtype=np.float64) + nearness(places, places) + 1.0
    inverse = np.linalg.inv(kernel + SMOOTHING * np.eye(len(kernel)))
    fits: dict[str, Head] = {}
    for head, wanted in targets.items():
        middle = wanted.mean(axis=0)
        shares = inverse @ (wanted - middle)
        left_out = np.empty_like(shares)
        for family in families:
            left_out[family] = wanted[family] - np.linalg.solve(inverse[np.ix_(family, family)], shares[family])
        weights = np.asarray(matrix.T @ shares, dtype=np.float32)
        fits[head] = Head(weights, shares.astype(np.float32), (shares.sum(axis=0) + middle).astype(np.float32), left_out)
    return fits


def _main_axes(sentences: NDArray[np.float32]) -> NDArray[np.float32]:
    """The directions in which the texts differ most, shape (512, AXES)."""
    _, directions = np.linalg.eigh(sentences.T @ sentences)
    return np.ascontiguousarray(directions[:, ::-1][:, :AXES])


def _families(sentences: NDArray[np.float32]) -> list[NDArray[np.int64]]:
    """Rows that say nearly the same, directly or through others: they are left out together."""
    graphs: Any = importlib.import_module("scipy.sparse.csgraph")
    count, family = graphs.connected_components(sentences @ sentences.T > SAME_THOUGHT)
    return [np.flatnonzero(family == one) for one in range(count)]


def _one_of(names: Sequence[str], given: Sequence[str]) -> NDArray[Any]:
    return np.eye(len(names))[[names.index(name) for name in given]]
