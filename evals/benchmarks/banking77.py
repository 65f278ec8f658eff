"""Banking77: 77 fine-grained intents of bank customers, learnt from the whole train part and from ten examples an intent."""

from __future__ import annotations

import csv
import random
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from agents.embedded.looks import Looks, looks_at
from agents.embedded.sentences import SentenceVectors, sentence_vectors
from agents.embedded.training import digest_of_sources
from evals.benchmarks.intent_model import IntentModel
from evals.benchmarks.published_set import PublishedSet, SetUnreadable, text_of
from evals.benchmarks.result import BenchmarkResult, Published, Row
from evals.statistics.intervals import mean_figure, share_figure

SET = PublishedSet(
    name="banking77",
    title="Banking77",
    folder="banking77",
    published_at="https://github.com/PolyAI-LDN/task-specific-datasets",
    licence="CC-BY-4.0",
    citation="Casanueva et al., Efficient Intent Detection with Dual Sentence Encoders, NLP4ConvAI 2020, arXiv:2003.04807",
)
SHOTS, DRAWS, SEED = 10, 3, 77
NOTED = f"as noted when the embedded model was chosen; the set's own paper: {SET.citation}"
PUBLISHED = (
    Published(
        what="published, full train part",
        value="93 %",
        source=NOTED,
        comparable="the same train part; scored on all 3,080 texts of the test part, of which we hold 2,080",
    ),
    Published(
        what="published, 10 examples per intent",
        value="84 %",
        source=NOTED,
        comparable="another choice of ten examples; scored on all 3,080 texts of the test part, of which we hold 2,080",
    ),
)

Example = tuple[str, str]


def run(place: Path, models: Path) -> BenchmarkResult:
    """Train twice, score on the test part that lies in `place`."""
    began = time.perf_counter()
    train, test = _rows(place / "train.csv"), _rows(place / "test_dev.csv")
    meaning = sentence_vectors(models)
    views, times = _seen(test, meaning)
    full = _right(IntentModel.trained(train, meaning), views, test)
    few = _few_shot(train, views, test, meaning)
    alone = list(range(len(test)))
    return BenchmarkResult(
        name=SET.name,
        title=SET.title,
        measured_on=datetime.now(UTC).date().isoformat(),
        system=f"embedded/triage-{digest_of_sources()} (features, encoder and regression of triage; intents of the set)",
        protocol=(
            f"Train: all {len(train):,} texts of train.csv. Test: the {len(test):,} texts of test_dev.csv, a part of the published test "
            "part of 3,080; none of them is trained on and nothing is chosen by them.",
            f"{SHOTS} per intent: {DRAWS} seeded draws of {SHOTS} texts of each intent from train.csv, one model a draw; a text's value is "
            "the share of draws that read it rightly.",
            "No tuning: smoothing, kernel and features are the constants that triage is shipped with.",
        ),
        rows=(
            Row(name="accuracy_full", says="Right intents, learnt from the whole train part.", figure=share_figure(full, alone)),
            Row(
                name="accuracy_10_shot",
                says=f"Right intents, learnt from {SHOTS} examples of each intent, mean of {DRAWS} draws.",
                figure=mean_figure(few, alone),
            ),
        ),
        seconds=round(time.perf_counter() - began, 1),
        median_ms=round(statistics.median(times), 2),
        set_title=SET.title,
        set_address=SET.published_at,
        set_licence=SET.licence,
    )


def _rows(place: Path) -> list[Example]:
    found = [(row.get("text"), row.get("category")) for row in csv.DictReader(StringIO(text_of(place)))]
    rows = [(text, intent) for text, intent in found if text and intent]
    if not rows or len(rows) != len(found):
        raise SetUnreadable(f"{place} is not a CSV file with a text and a category in every row.")
    return rows


def _seen(test: Sequence[Example], meaning: SentenceVectors) -> tuple[list[Looks], list[float]]:
    views: list[Looks] = []
    times: list[float] = []
    for text, _ in test:
        began = time.perf_counter()
        views.append(looks_at(text, meaning))
        times.append((time.perf_counter() - began) * 1000)
    return views, times


def _right(model: IntentModel, views: Sequence[Looks], test: Sequence[Example]) -> list[float]:
    return [float(model.answer(view) == intent) for view, (_, intent) in zip(views, test, strict=True)]


def _few_shot(train: Sequence[Example], views: Sequence[Looks], test: Sequence[Example], meaning: SentenceVectors) -> list[float]:
    """For each text, the share of draws whose model reads it rightly."""
    draws = [_right(IntentModel.trained(drawn(train, SHOTS, SEED + number), meaning), views, test) for number in range(DRAWS)]
    return [statistics.fmean(rights) for rights in zip(*draws, strict=True)]


def drawn(train: Sequence[Example], shots: int, seed: int) -> list[Example]:
    """`shots` examples of each intent, always the same for the same seed; of an intent with fewer, all."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, no secret
    by_intent: dict[str, list[Example]] = {}
    for example in train:
        by_intent.setdefault(example[1], []).append(example)
    return [example for intent in sorted(by_intent) for example in chance.sample(by_intent[intent], min(shots, len(by_intent[intent])))]
