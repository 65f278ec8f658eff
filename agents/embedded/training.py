"""Trains the embedded model on our own texts: at set-up, once per state of texts and code. The only place that knows scikit-learn.

Every head is a ridge regression with the same kernel: linear in words and concepts, and a bell over the distance of sentence vectors. One
inverse serves all heads and gives, in closed form, what each text would have scored had neither it nor any text that says nearly the same,
in whatever language, been in the training set. Calibration and thresholds come from those scores and from nothing else.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from agents.embedded.calibration import DANGER, SIGNALS, calibrated
from agents.embedded.features import BUCKETS, rarity_of, weighted
from agents.embedded.joined import Joined, joined
from agents.embedded.looks import Looks, looks_at, whole_and_part
from agents.embedded.sentences import SentenceVectors, sentence_vectors
from agents.embedded.texts import LANGUAGES, URGENCY, Labelled, labelled
from domain.facts import Intent

INTENTS = tuple(Intent)
SMOOTHING = 0.7
BELL_HEIGHT, BELL_SHARPNESS = 8.0, 1.0
SAME_THOUGHT = 0.7
AXES = 128
FEW = 4
BLOCK = 256
JOINED = 2_400
CODE = (
    "normal.py",
    "courtesies.py",
    "features.py",
    "looks.py",
    "joined.py",
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
    others = joined(examples, JOINED)
    learnt = learn([example.text for example in examples], targets, meaning, left_out_with=others)
    model: dict[str, NDArray[Any]] = {"rarity": learnt.rarity, "axes": learnt.axes, "places": learnt.places}
    for head, fit in learnt.heads.items():
        model |= {f"{head}_weights": fit.weights, f"{head}_shares": fit.shares, f"{head}_bias": fit.bias}
    truth = np.array([[signal in one.signals for signal in SIGNALS] for one in (*examples, *others)])
    return model | calibrated(learnt.left_out, learnt.looks, targets["intent"].argmax(axis=1), truth)


def learn(
    messages: Sequence[str],
    targets: Mapping[str, NDArray[Any]],
    meaning: SentenceVectors,
    *,
    left_out_with: Sequence[Joined] | None = None,
) -> Learnt:
    """Heads for whatever targets, each of shape (messages, columns): the features and the regression know nothing of what is learnt.

    `left_out_with`: messages that are joined from the others; then left-out scores of all are told, which takes twice as long.
    """
    looks = [looks_at(message, meaning) for message in messages]
    rarity = rarity_of([look.features[0] for look in looks])
    sentences = np.concatenate([look.vectors[:1] for look in looks])
    axes = _main_axes(sentences)
    examples = _Rows.of([look.whole for look in looks], rarity, axes)
    families = [] if left_out_with is None else _families(sentences)
    fit = _Fit.of(examples, np.hstack(list(targets.values())))
    ends = np.cumsum([wanted.shape[1] for wanted in targets.values()])[:-1]
    arrays = (examples.weights(fit.shares), fit.shares.astype(np.float32), fit.bias.astype(np.float32))
    heads = [Head(*columns) for columns in zip(*(np.split(one, ends, axis=-1) for one in arrays), strict=True)]
    learnt = Learnt(rarity, axes, examples.places, dict(zip(targets, heads, strict=True)))
    if left_out_with is None:
        return learnt
    looks += [looks_at(one.text, meaning) for one in left_out_with]
    families += [sorted({member for part in one.of for member in families[part]}) for one in left_out_with]
    left_out = np.empty((len(looks), 2, fit.shares.shape[1]))
    for start in range(0, len(looks), BLOCK):
        own = looks[start : start + BLOCK]
        rows = _Rows.of(own, rarity, axes).kernel(examples)
        begins = np.cumsum([0, *(len(look.features) for look in own)])[:-1]
        near = np.logical_or.reduceat(np.concatenate([look.vectors for look in own]) @ sentences.T > SAME_THOUGHT, begins)
        scores, alike = np.split(fit.scores(rows), begins[1:]), np.split(rows, begins[1:])
        with threadpool_limits(limits=1, user_api="blas"):  # many small products: a second thread would wait for the first
            for one in range(len(own)):
                without = np.union1d(families[start + one], np.flatnonzero(near[one]))
                left_out[start + one] = whole_and_part(scores[one] - fit.owed_to(without, alike[one]))
    by_head = dict(zip(targets, np.split(left_out, ends, axis=-1), strict=True))
    return replace(learnt, looks=np.array([len(look.features) for look in looks]), left_out=by_head)


@dataclass(frozen=True)
class Learnt:
    """What all heads share, the heads by name, and what was asked for: how many looks there are at each message, and left-out scores.

    These are by head, of shape (messages and joined ones, 2, columns): what the whole text scores, and of each column the highest that a
    part does, had neither the message nor any that says nearly what it or one of its parts says been learnt from.
    """

    rarity: NDArray[np.float32]
    axes: NDArray[np.float32]
    places: NDArray[np.float32]
    heads: dict[str, Head]
    looks: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    left_out: dict[str, NDArray[Any]] = field(default_factory=dict[str, NDArray[Any]])


@dataclass(frozen=True)
class Head:
    """A head: weights (features, columns), shares (examples, columns) and bias (columns,)."""

    weights: NDArray[np.float32]
    shares: NDArray[np.float32]
    bias: NDArray[np.float32]


def placed(sentences: NDArray[np.float32], axes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sentence vectors along the main axes of the training texts, of length one again: fewer numbers, and none the worse."""
    along = sentences @ axes
    return along / np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-6).astype(np.float32)


def nearness(places: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """How near each of `places` is to each of `others`, both of length one: a bell over their distance."""
    one_by_one = len(places) <= FEW  # a product reads the matrix as it lies for one vector; for some at once it is packed anew
    near = np.stack([others @ place for place in places]) if one_by_one else places @ others.T
    near -= np.float32(1)  # in place from here on: the matrix is large, and fresh memory costs as much as the sums
    near *= np.float32(2 * BELL_SHARPNESS)
    np.exp(near, out=near)
    near *= np.float32(BELL_HEIGHT)
    return near


@dataclass(frozen=True)
class _Rows:
    """Texts as the kernel sees them: a sparse matrix of words and concepts, and places among the sentence vectors."""

    matrix: Any
    places: NDArray[np.float32]

    @classmethod
    def of(cls, looks: Sequence[Looks], rarity: NDArray[np.float32], axes: NDArray[np.float32]) -> _Rows:
        """One row for each look."""
        sparse = importlib.import_module("scipy.sparse")
        features = [one for look in looks for one in look.features]
        rows = np.repeat(np.arange(len(features)), [len(one.buckets) for one in features])
        columns, weights = np.concatenate([one.buckets for one in features]), np.concatenate([weighted(one, rarity) for one in features])
        hashed = sparse.csr_matrix((weights, (rows, columns)), shape=(len(features), BUCKETS))
        matrix = sparse.hstack([hashed, sparse.csr_matrix(np.stack([one.dense for one in features]))]).tocsr()
        return cls(matrix, placed(np.concatenate([look.vectors for look in looks]), axes))

    def kernel(self, others: _Rows) -> NDArray[np.float64]:
        """How alike each row is to each of others; a constant feature is the bias. Block by block, for the whole takes much memory."""
        alike = np.empty((len(self.places), len(others.places)))
        for start in range(0, len(alike), BLOCK):
            block = slice(start, start + BLOCK)
            alike[block] = (self.matrix[block] @ others.matrix.T).toarray()
            alike[block] += nearness(self.places[block], others.places)
        alike += 1.0
        return alike

    def weights(self, shares: NDArray[Any]) -> NDArray[np.float32]:
        """What the features count when each row has these shares."""
        return np.asarray(self.matrix.T @ shares, dtype=np.float32)


@dataclass(frozen=True)
class _Fit:
    """Least squares with squared weights held small, solved among the examples, for all columns at once."""

    inverse: NDArray[np.float64]
    shares: NDArray[np.float64]
    middle: NDArray[np.float64]

    @classmethod
    def of(cls, examples: _Rows, wanted: NDArray[Any]) -> _Fit:
        """Fit `wanted`, shape (examples, columns)."""
        linear: Any = importlib.import_module("scipy.linalg")
        kernel = examples.kernel(examples)
        kernel[np.diag_indices_from(kernel)] += SMOOTHING
        inverse = linear.inv(kernel.T, overwrite_a=True, assume_a="pos", check_finite=False).T  # in place: by columns, as LAPACK has it
        middle = wanted.mean(axis=0)
        return cls(inverse, inverse @ (wanted - middle), middle)

    @property
    def bias(self) -> NDArray[np.float64]:
        """What every text scores: the middle, and the constant feature."""
        return self.shares.sum(axis=0) + self.middle

    def scores(self, alike: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores of texts, by how alike they are to the examples."""
        return alike @ self.shares + self.middle

    def owed_to(self, family: NDArray[np.int64], alike: NDArray[np.float64]) -> NDArray[np.float64]:
        """What of the scores of texts would be missing had a family not been among the examples."""
        wrong = np.linalg.solve(self.inverse[np.ix_(family, family)], self.shares[family])
        return (alike @ self.inverse[family].T) @ wrong


def _main_axes(sentences: NDArray[np.float32]) -> NDArray[np.float32]:
    """The directions in which the texts differ most, shape (512, AXES)."""
    _, directions = np.linalg.eigh(sentences.T @ sentences)
    return np.ascontiguousarray(directions[:, ::-1][:, :AXES])


def _families(sentences: NDArray[np.float32]) -> list[list[int]]:
    """For each row those that say nearly the same, directly or through others, and itself: they are left out together."""
    graphs: Any = importlib.import_module("scipy.sparse.csgraph")
    sparse: Any = importlib.import_module("scipy.sparse")
    blocks = [sentences[start : start + BLOCK] for start in range(0, len(sentences), BLOCK)]
    near = sparse.vstack([sparse.csr_matrix(block @ sentences.T > SAME_THOUGHT) for block in blocks])
    _, numbers = graphs.connected_components(near, directed=False)
    members: dict[int, list[int]] = {}
    for row, number in enumerate(numbers.tolist()):
        members.setdefault(number, []).append(row)
    return [members[number] for number in numbers.tolist()]


def _one_of(names: Sequence[str], given: Sequence[str]) -> NDArray[Any]:
    return np.eye(len(names))[[names.index(name) for name in given]]
