"""How far a confidence can be believed, and how much could be left to the machine on the strength of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from pydantic import Field

from domain.decision import Frozen
from evals.result import CaseResult
from evals.statistics.chances import LEVEL, holm
from evals.statistics.intervals import SEED, Figure, Floats, interval_of, mean_figure, share_figure, share_of

BINS = 10
FEW_BINS = 5
MANY = 200
"""Answers from which on there are ten bins instead of five: at least twenty answers in each."""
RESAMPLES = 1000
PRECISION = 0.95
STEPS = 20


class Bin(Frozen):
    """Answers of nearly the same confidence."""

    confidence: float
    right: Figure


class Automation(Frozen):
    """The largest share of answers, surest first, that are right often enough to go without a person."""

    share: float = Field(description="0 when no share is.")
    threshold: float | None = Field(description="The least confidence among them; None when there are none.")
    precision: Figure | None
    wanted: float = Field(description="The precision asked for.")


class Calibration(Frozen):
    """Confidence against truth."""

    bins: tuple[Bin, ...] = Field(description="Of equal size, least confidence first.")
    error: Figure = Field(description="Expected calibration error over these bins.")
    by_chance: float = Field(description="The error that a perfectly honest confidence stays under 19 times of 20 on so many answers.")
    brier: Figure
    right: Figure
    automation: Automation

    @property
    def honest(self) -> bool:
        """No worse than chance makes of a perfectly honest confidence."""
        return self.error.value <= self.by_chance


def calibration_of(results: Sequence[CaseResult]) -> Calibration | None:
    """From every answer that said how sure it is and was judged; None without any."""
    said = _said(results)
    return calibration(*said) if said[0] else None


def automation_of(results: Sequence[CaseResult]) -> Automation | None:
    """What could go without a person, from the same answers; None without any."""
    said = _said(results)
    return automation(*said) if said[0] else None


def _said(results: Sequence[CaseResult]) -> tuple[list[float], list[bool], list[str]]:
    """Confidence, truth and unit of every answer that said how sure it is and was judged."""
    found = [
        (one.judgement.confidence, one.judgement.right, one.group or one.case_id)
        for one in results
        if one.judgement.confidence is not None and one.judgement.right is not None
    ]
    return [one[0] for one in found], [one[1] for one in found], [one[2] for one in found]


def calibration(confidences: Sequence[float], rights: Sequence[bool], units: Sequence[str]) -> Calibration:
    """Reliability, calibration error, Brier score (Monthly Weather Review 78, 1950) and what could be automated."""
    sure, right = np.asarray(confidences, dtype=float), np.asarray(rights, dtype=float)
    count = BINS if len(sure) >= MANY else FEW_BINS
    low, high = interval_of(lambda at: calibration_error(sure[at], right[at], count), units, RESAMPLES)
    error = calibration_error(sure, right, count)
    return Calibration(
        bins=tuple(_bins(sure, right, units, count)),
        error=Figure(value=error, low=low, high=high, n=len(sure), units=len(set(units))),
        by_chance=error_by_chance(sure, count),
        brier=mean_figure(list((sure - right) ** 2), units),
        right=share_figure(list(right), units),
        automation=automation(confidences, rights, units),
    )


def calibration_error(sure: Floats, right: Floats, bins: int) -> float:
    """Mean distance of confidence and truth over bins of equal size (Naeini, Cooper & Hauskrecht, AAAI 2015).

    Answers of one confidence share their truth, so that it does not matter in which order they came.
    """
    levels, at, count = np.unique(sure, return_inverse=True, return_counts=True)
    shared = np.bincount(at, right, len(levels)) / count
    apart = np.repeat(levels - shared, count)
    edges = len(sure) * np.arange(bins + 1) // bins
    return float(np.abs(np.add.reduceat(np.append(apart, 0.0), edges)[:-1][np.diff(edges) > 0]).sum() / len(sure))


def error_by_chance(sure: Floats, bins: int) -> float:
    """The 95th percentile of the error if each confidence were the truth.

    Consistency resampling (Bröcker & Smith, Weather and Forecasting 22, 2007).
    """
    drawn = np.random.default_rng(SEED).random((RESAMPLES // 2, len(sure))) < sure
    return float(np.quantile([calibration_error(sure, one.astype(float), bins) for one in drawn], 0.95))


def automation(confidences: Sequence[float], rights: Sequence[bool], units: Sequence[str], wanted: float = PRECISION) -> Automation:
    """The largest of twenty shares whose precision is at least `wanted` beyond doubt.

    Each share is a question of its own, answered by the exact binomial test on counts divided by their design effect, and all twenty
    together by Holm's correction: the largest one found then holds with 95 % (Angelopoulos and others, Learn then Test, 2021).
    """
    order = sorted(range(len(confidences)), key=lambda at: -confidences[at])
    takes: dict[float, list[int]] = {}
    for step in range(1, STEPS + 1):
        threshold = confidences[order[max(1, math.ceil(len(order) * step / STEPS)) - 1]]
        takes.setdefault(threshold, [at for at in order if confidences[at] >= threshold])
    chances = holm({threshold: _chance_of_precision(rights, units, taken, wanted) for threshold, taken in takes.items()})
    held = [threshold for threshold, chance in chances.items() if chance <= LEVEL]
    if not held:
        return Automation(share=0.0, threshold=None, precision=None, wanted=wanted)
    taken = takes[min(held)]
    precision = share_figure([float(rights[at]) for at in taken], [units[at] for at in taken])
    return Automation(share=len(taken) / len(order), threshold=min(held), precision=precision, wanted=wanted)


def _chance_of_precision(rights: Sequence[bool], units: Sequence[str], taken: Sequence[int], wanted: float) -> float:
    """The chance of so few errors or fewer, if the precision were just below what is wanted."""
    errors = share_of([float(not rights[at]) for at in taken], [units[at] for at in taken]).effective
    of, most = math.floor(errors.cases), math.ceil(errors.hits)
    return math.fsum(
        math.exp(_log_choose(of, k) + k * math.log(1 - wanted) + (of - k) * math.log(wanted)) for k in range(min(of, most) + 1)
    )


def _log_choose(of: int, chosen: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)


def _bins(sure: Floats, right: Floats, units: Sequence[str], count: int) -> list[Bin]:
    order, found = np.argsort(sure, kind="stable"), list[Bin]()
    for number in range(count):
        members = order[len(order) * number // count : len(order) * (number + 1) // count]
        if len(members):
            figure = share_figure([float(right[at]) for at in members], [units[at] for at in members])
            found.append(Bin(confidence=float(sure[members].mean()), right=figure))
    return found
