"""How far the embedded router's confidence can be believed, on routes whose texts it was never calibrated on."""

from __future__ import annotations

import importlib
import random
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from evals.embedded_model.labelled_routes import LabelledRoute, labelled_routes
from evals.statistics.intervals import wilson

BINS = 5
RESAMPLES = 400


@dataclass(frozen=True)
class Bin:
    """Routes of nearly the same confidence."""

    confidence: float
    right: int
    total: int


@dataclass(frozen=True)
class RouterReport:
    """Reliability by fifths of the confidence, and the expected calibration error with its 95 % interval."""

    bins: tuple[Bin, ...]
    calibration_error: float
    interval: tuple[float, float]
    texts: int

    @property
    def routes(self) -> int:
        """How many routes were judged."""
        return sum(one.total for one in self.bins)

    @property
    def right(self) -> float:
        """The share of right proposals."""
        return sum(one.right for one in self.bins) / self.routes


def report(models: Path) -> RouterReport:
    """Judge the routes of the texts that were held back."""
    return reliability(labelled_routes(models, held_back=True))


def reliability(routes: Sequence[LabelledRoute]) -> RouterReport:
    """Confidence against truth. The interval draws texts, not routes: those of one text stand and fall together."""
    by_text: dict[str, list[LabelledRoute]] = {}
    for route in routes:
        by_text.setdefault(route.text, []).append(route)
    chance, texts = random.Random(1), list(by_text.values())  # noqa: S311 - repeatable, no secret
    drawn = sorted(calibration_error([one for text in chance.choices(texts, k=len(texts)) for one in text]) for _ in range(RESAMPLES))
    interval = (drawn[RESAMPLES * 25 // 1000], drawn[RESAMPLES * 975 // 1000])
    return RouterReport(tuple(_bins(routes)), calibration_error(routes), interval, len(texts))


def calibration_error(routes: Sequence[LabelledRoute]) -> float:
    """Expected calibration error over bins of equal size (Naeini et al. 2015)."""
    return sum(one.total * abs(one.confidence - one.right / one.total) for one in _bins(routes)) / len(routes)


def fitted(routes: Sequence[LabelledRoute]) -> tuple[float, float]:
    """Constant, and weight of the intent's log odds: what `agents.embedded.router` holds (Platt 1999)."""
    linear: Any = importlib.import_module("sklearn.linear_model")
    found = linear.LogisticRegression(C=100.0).fit([[route.certainty] for route in routes], [route.right for route in routes])
    return float(found.intercept_[0]), float(found.coef_[0][0])


def _bins(routes: Sequence[LabelledRoute]) -> Iterator[Bin]:
    ordered = sorted(routes, key=lambda route: route.confidence)
    for number in range(BINS):
        members = ordered[len(ordered) * number // BINS : len(ordered) * (number + 1) // BINS]
        if members:
            confidence = statistics.fmean(route.confidence for route in members)
            yield Bin(confidence, sum(route.right for route in members), len(members))


def render(found: RouterReport) -> Iterator[Table | str]:
    """A table for a terminal, and what it means."""
    table = Table("router says", "is right", "95 %", "routes", title="The router's confidence", title_justify="left")
    for one in found.bins:
        low, high = wilson(one.right, one.total)
        table.add_row(f"{one.confidence:.1%}", f"{one.right / one.total:.1%}", f"{low:.1%} to {high:.1%}", str(one.total))
    yield table
    low, high = found.interval
    yield (
        f"Calibration error {found.calibration_error:.3f} [{low:.3f}, {high:.3f}]; {found.right:.1%} of {found.routes} routes of "
        f"{found.texts} texts are right: an acceptable mode, and a pool that knows the matter and the language. None of these texts was "
        "calibrated on."
    )
