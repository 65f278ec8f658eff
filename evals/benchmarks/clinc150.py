"""CLINC150: 150 intents of an assistant, and texts that belong to none of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from agents.embedded.looks import looks_at
from agents.embedded.sentences import SentenceVectors, sentence_vectors
from agents.embedded.training import digest_of_sources
from evals.benchmarks.intent_model import IntentModel
from evals.benchmarks.published_set import PublishedSet, SetUnreadable, text_of
from evals.benchmarks.result import BenchmarkResult, Published, Row
from evals.statistics.intervals import Figure, interval_of, share_figure

SET = PublishedSet(
    name="clinc150",
    title="CLINC150",
    folder="clinc150",
    published_at="https://github.com/clinc/oos-eval",
    licence="CC-BY-3.0",
    citation="Larson et al., An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction, EMNLP 2019, arXiv:1909.02027",
)
PUBLISHED = (
    Published(
        what="logistic regression on wordllama vectors: in-scope accuracy, out-of-scope AUROC",
        value="91.5 %, .93",
        source="measured by this project on the same files when the embedded model was chosen; not published elsewhere",
        comparable="the same test part; its score for out-of-scope is one less the highest probability",
    ),
)
OUTSIDE = "oos"
KEPT = 0.95
PARTS = ("train", "oos_train", "val", "test", "oos_test")

Example = tuple[str, str]
Scores = NDArray[np.float64]


def run(place: Path, models: Path) -> BenchmarkResult:
    """Train once on 150 intents and the class of what lies outside, score both test parts."""
    began = time.perf_counter()
    parts = _parts(place / "data.json")
    meaning = sentence_vectors(models)
    model = IntentModel.trained([*parts["train"], *parts["oos_train"]], meaning)
    threshold = float(np.quantile(_Read(model, parts["val"], meaning).strange, KEPT))
    inside, outside = _Read(model, parts["test"], meaning), _Read(model, parts["oos_test"], meaning)
    return BenchmarkResult(
        name=SET.name,
        title=SET.title,
        measured_on=datetime.now(UTC).date().isoformat(),
        system=f"embedded/triage-{digest_of_sources()} (features, encoder and regression of triage; intents of the set)",
        protocol=_protocol(parts, outside.known),
        rows=tuple(_rows(inside, outside, threshold)),
        not_measured=(
            "Of the published test part (4,500 in-scope and 1,000 out-of-scope texts) we hold a part, so figures are not exact twins.",
        ),
        seconds=round(time.perf_counter() - began, 1),
        median_ms=round(statistics.median([*inside.ms, *outside.ms]), 2),
        set_title=SET.title,
        set_address=SET.published_at,
        set_licence=SET.licence,
    )


class _Read:
    """What the model says of some texts: right or not, how strange each one looks, and how long it took."""

    def __init__(self, model: IntentModel, examples: Sequence[Example], meaning: SentenceVectors) -> None:
        self.known = OUTSIDE in model.labels
        self.right: list[float] = []
        self.ms: list[float] = []
        strange: list[float] = []
        for text, intent in examples:
            began = time.perf_counter()
            scores = model.scores(looks_at(text, meaning))
            self.ms.append((time.perf_counter() - began) * 1000)
            self.right.append(float(model.labels[int(scores.argmax())] == intent))
            strange.append(_strangeness(model.labels, scores))
        self.strange: Scores = np.array(strange)


def _strangeness(labels: Sequence[str], scores: NDArray[np.float32]) -> float:
    """By how much the class of what lies outside beats the best intent."""
    inside = [number for number, label in enumerate(labels) if label != OUTSIDE]
    outside = float(scores[labels.index(OUTSIDE)]) if OUTSIDE in labels else 0.0
    return outside - float(scores[inside].max())


def _rows(inside: _Read, outside: _Read, threshold: float) -> list[Row]:
    strange, alone, others = np.concatenate([outside.strange, inside.strange]), range(len(inside.right)), range(len(outside.right))
    of_outside = np.arange(len(strange)) < len(outside.strange)

    def drawn(places: NDArray[np.intp]) -> float:
        return auroc(strange[places], of_outside[places])

    low, high = interval_of(drawn, list(range(len(strange))), resamples=500)
    ranked = Figure(value=auroc(strange, of_outside), low=low, high=high, n=len(strange), units=len(strange))
    return [
        Row(
            name="in_scope_accuracy",
            says="Right intents among in-scope texts; calling one out-of-scope counts as wrong.",
            figure=share_figure(inside.right, alone),
        ),
        Row(name="oos_auroc", says="Chance that an out-of-scope text looks stranger than an in-scope one.", kind="number", figure=ranked),
        Row(
            name="oos_recall_at_95",
            says=f"Out-of-scope texts caught at the threshold that lets {KEPT:.0%} of the in-scope validation part pass.",
            figure=share_figure((outside.strange > threshold).astype(float).tolist(), others),
        ),
        Row(
            name="in_scope_kept",
            says="In-scope test texts that pass that threshold.",
            figure=share_figure((inside.strange <= threshold).astype(float).tolist(), alone),
        ),
        Row(
            name="oos_recall",
            says="Out-of-scope texts caught by the highest score alone, as triage decides.",
            figure=share_figure(outside.right, others),
        ),
    ]


def auroc(scores: Scores, positive: NDArray[np.bool_]) -> float:
    """The area under the ROC curve by ranks, ties counted half (Mann & Whitney 1947); one half without both kinds."""
    hits, misses = int(positive.sum()), int((~positive).sum())
    if not hits or not misses:
        return 0.5
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * misses))


def _protocol(parts: dict[str, list[Example]], has_outside: bool) -> tuple[str, ...]:
    return (
        f"Train: all {len(parts['train']):,} texts of `train` and, as one more class, the {len(parts['oos_train'])} of `oos_train`.",
        f"Test: the {len(parts['test']):,} in-scope and {len(parts['oos_test']):,} out-of-scope test texts that our file holds.",
        "How strange a text looks: "
        + ("the score of that class less the best intent's." if has_outside else "the best intent's score, negated."),
        f"The threshold comes from the {len(parts['val']):,} texts of `val`, never from the test part. No tuning.",
    )


def _parts(place: Path) -> dict[str, list[Example]]:
    try:
        stored: dict[str, Any] = orjson.loads(text_of(place))
        return {part: [(str(text), str(intent)) for text, intent in stored[part]] for part in PARTS}
    except (KeyError, ValueError, TypeError) as error:
        raise SetUnreadable(f"{place} is not the JSON of CLINC150 with {', '.join(PARTS)}.") from error
