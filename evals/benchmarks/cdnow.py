"""CDNOW: whether recency-decayed counting, the idea of our value estimator, ranks customers as BG/NBD does."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from agents.value_estimator import DECAY_DAYS
from evals.benchmarks.bg_nbd import BgNbd, Customers, fitted
from evals.benchmarks.published_set import PublishedSet, SetUnreadable, text_of
from evals.benchmarks.result import BenchmarkResult, Published, Row
from evals.statistics.intervals import Figure, interval_of

SET = PublishedSet(
    name="cdnow",
    title="CDNOW customers",
    folder="cdnow",
    published_at="https://github.com/CamDavidsonPilon/lifetimes (datasets/cdnow_customers_summary.csv)",
    licence="MIT",
    citation="Fader, Hardie & Lee, Counting Your Customers the Easy Way, Marketing Science 24(2), 2005",
)
PARAMETERS = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
PUBLISHED = (
    Published(
        what="BG/NBD by maximum likelihood: r, α, a, b",
        value=", ".join(f"{value:.3f}" for value in PARAMETERS.values()),
        source=SET.citation,
        comparable="the same 2,357 customers and the same likelihood",
    ),
    Published(
        what="next-period spend of 39 weeks, Spearman: BG/NBD with Gamma-Gamma, and spend × exp(-gap / 13 weeks)",
        value=".420, .453",
        source="measured by this project on the transactions when the estimator was chosen; not published elsewhere",
        comparable="not comparable: the file here has no amounts and no second period",
    ),
)
NEXT_WEEKS = 39.0
DECAYS_WEEKS = {"13 weeks, the best for retail": 13.0, f"{DECAY_DAYS / 7:.0f} weeks, the constant of our value estimator": DECAY_DAYS / 7}
TOP = 0.1
RESAMPLES = 500
COLUMNS = ("frequency", "recency", "T")

Floats = NDArray[np.float64]


def run(place: Path, models: Path) -> BenchmarkResult:
    """Fit BG/NBD, and rank the customers by it and by decayed counts. `models` is not needed."""
    del models
    began = time.perf_counter()
    customers = customers_in(place / "cdnow_customers_summary.csv")
    model = fitted(customers)
    return BenchmarkResult(
        name=SET.name,
        title=SET.title,
        measured_on=datetime.now(UTC).date().isoformat(),
        system="decayed counts as in agents.value_estimator, and BG/NBD of evals.benchmarks.bg_nbd",
        protocol=(
            f"All {len(customers.age):,} customers of the file: repeat purchases, week of the last one, weeks watched (39 at most).",
            "Decayed count: (1 + repeat purchases) × exp(-weeks since the last purchase / decay).",
            f"BG/NBD: fitted on the same file, purchases expected in the next {NEXT_WEEKS:.0f} weeks (equation 10 of the paper).",
            "Both look at the same past: what is measured is whether they agree, not which of them is right.",
        ),
        rows=(*_fit(model), *_agreement(customers, model.expected(customers, NEXT_WEEKS))),
        not_measured=(
            "Which score predicts better: the file has no purchases after the 39 weeks.",
            "Spend, and with it the estimator's own function: the file has no amounts, and of dates only the first and the last.",
            "Contracts, which decide most of the estimate of a business client: CDNOW is retail, a check of the arithmetic and no more.",
        ),
        seconds=round(time.perf_counter() - began, 1),
        set_title=SET.title,
        set_address=SET.published_at,
        set_licence=SET.licence,
    )


def customers_in(place: Path) -> Customers:
    """The customers of the file. Raises SetAbsent or SetUnreadable."""
    try:
        rows = [[float(row[column]) for column in COLUMNS] for row in csv.DictReader(StringIO(text_of(place)))]
    except (KeyError, ValueError, TypeError) as error:
        raise SetUnreadable(f"{place} is not a CSV file with the numbers {', '.join(COLUMNS)} in every row.") from error
    if not rows:
        raise SetUnreadable(f"{place} holds no customers.")
    frequency, recency, age = np.array(rows).T
    return Customers(frequency, recency, age)


def decayed(customers: Customers, weeks: float) -> Floats:
    """Purchases, weighed by how long ago the last one was."""
    return (1 + customers.frequency) * np.exp(-(customers.age - customers.recency) / weeks)


def _fit(model: BgNbd) -> Iterator[Row]:
    for name, published in PARAMETERS.items():
        value = float(getattr(model, name))
        yield Row(
            name=f"bg_nbd_{name}",
            says=f"Fitted here; the paper has {published:.3f}.",
            kind="number",
            figure=Figure(value=value, low=value, high=value, n=1, units=1),
        )


def _agreement(customers: Customers, expected: Floats) -> Iterator[Row]:
    units = list(range(len(expected)))
    for says, weeks in DECAYS_WEEKS.items():
        score = decayed(customers, weeks)

        def ranks(places: NDArray[np.intp], score: Floats = score) -> float:
            return spearman(score[places], expected[places])

        def tops(places: NDArray[np.intp], score: Floats = score) -> float:
            return shared_top(score[places], expected[places])

        measures: tuple[tuple[str, str, Literal["share", "number"], Callable[[NDArray[np.intp]], float]], ...] = (
            ("spearman", "Rank correlation with BG/NBD", "number", ranks),
            ("top_tenth", "Share of BG/NBD's best tenth that is in the score's best tenth", "share", tops),
        )
        for name, what, kind, measure in measures:
            low, high = interval_of(measure, units, RESAMPLES)
            figure = Figure(value=measure(np.arange(len(units))), low=low, high=high, n=len(units), units=len(units))
            yield Row(name=f"{name}_{weeks:.0f}_weeks", says=f"{what}; decay {says}.", kind=kind, figure=figure)


def spearman(one: Floats, other: Floats) -> float:
    """Rank correlation, ties with their mean rank."""
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def shared_top(score: Floats, truth: Floats) -> float:
    """The share of the best tenth by `truth` that is in the best tenth by `score`."""
    many = max(1, int(TOP * len(truth)))
    best: Sequence[int] = np.argsort(-truth, kind="stable")[:many].tolist()
    mine: Sequence[int] = np.argsort(-score, kind="stable")[:many].tolist()
    return len(set(best) & set(mine)) / many


def _ranks(values: Floats) -> Floats:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]
