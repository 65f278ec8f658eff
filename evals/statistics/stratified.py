"""Shares of two groups compared stratum by stratum: the difference that is left among like cases."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from evals.statistics.intervals import Z_95, Floats
from policies.rollouts.proportions import tail_of


@dataclass(frozen=True)
class TwoByTwo:
    """One stratum."""

    inside_hits: int
    inside_misses: int
    outside_hits: int
    outside_misses: int

    @property
    def inside(self) -> int:
        """Cases of the group."""
        return self.inside_hits + self.inside_misses

    @property
    def outside(self) -> int:
        """All others."""
        return self.outside_hits + self.outside_misses

    @property
    def cases(self) -> int:
        """Both."""
        return self.inside + self.outside


@dataclass(frozen=True)
class Stratified:
    """What the strata say together."""

    statistic: float
    chance: float
    odds_ratio: float
    odds_low: float
    odds_high: float
    difference: float
    """Of shares, inside minus outside."""
    low: float
    high: float


def mantel_haenszel(strata: Sequence[TwoByTwo], design: float = 1.0) -> Stratified | None:
    """The test of Cochran, Mantel and Haenszel with its common odds ratio and common difference; None when no stratum has both groups.

    Test: Mantel & Haenszel, J. Natl. Cancer Inst. 22, 1959, with continuity correction. Odds ratio's interval: Robins, Breslow &
    Greenland, Biometrics 42, 1986. Difference: Greenland & Robins, Biometrics 41, 1985; its variance: Sato, Biometrics 45, 1989.
    `design` is how much less the cases are worth than independent ones: it divides the statistic and widens the intervals.
    """
    strata = [one for one in strata if one.inside and one.outside]
    if not strata:
        return None
    expected = sum(one.inside * (one.inside_hits + one.outside_hits) / one.cases for one in strata)
    spread = sum(_spread(one) for one in strata)
    apart = abs(sum(one.inside_hits for one in strata) - expected)
    statistic = max(0.0, apart - 0.5) ** 2 / spread / design if spread else 0.0
    odds, odds_error = _odds(strata)
    difference, error = _difference(strata)
    factor = math.exp(Z_95 * odds_error * math.sqrt(design))
    half = Z_95 * error * math.sqrt(design)
    return Stratified(
        statistic=statistic,
        chance=min(1.0, 2 * tail_of(math.sqrt(statistic))),
        odds_ratio=odds,
        odds_low=odds / factor,
        odds_high=odds * factor,
        difference=difference,
        low=max(-1.0, difference - half),
        high=min(1.0, difference + half),
    )


def design_of(hits: Floats, inside: Sequence[bool], strata: Sequence[Hashable], units: Sequence[Hashable]) -> float:
    """How much larger the variance of the test's score is since cases of one unit resemble each other; 1 when they do not.

    The robust variance of Zhang & Boos, Biometrics 53, 1997 (Mantel-Haenszel statistics for correlated binary data), over the plain one.
    """
    group = np.asarray(inside, dtype=float)
    scores = _centred(hits, strata) * _centred(group, strata)
    plain = float((scores**2).sum())
    rows: dict[Hashable, int] = {}
    places = [rows.setdefault(unit, len(rows)) for unit in units]
    together = np.bincount(np.asarray(places, dtype=np.intp), scores, len(rows))
    if len(rows) == len(units) or not plain:
        return 1.0
    return max(1.0, float((together**2).sum()) / plain * len(rows) / max(1, len(rows) - 1))


def tables_of(hits: Floats, inside: Sequence[bool], strata: Sequence[Hashable]) -> list[TwoByTwo]:
    """The strata of single cases."""
    counts: dict[Hashable, list[int]] = {}
    for hit, within, stratum in zip(hits, inside, strata, strict=True):
        counts.setdefault(stratum, [0, 0, 0, 0])[(0 if within else 2) + (0 if hit else 1)] += 1
    return [TwoByTwo(*found) for found in counts.values()]


def _centred(values: Floats, strata: Sequence[Hashable]) -> Floats:
    rows: dict[Hashable, int] = {}
    places = np.asarray([rows.setdefault(stratum, len(rows)) for stratum in strata], dtype=np.intp)
    means = np.bincount(places, values, len(rows)) / np.bincount(places, minlength=len(rows))
    return values - means[places]


def _spread(one: TwoByTwo) -> float:
    """The hypergeometric variance of the group's hits."""
    hits, misses = one.inside_hits + one.outside_hits, one.inside_misses + one.outside_misses
    return one.inside * one.outside * hits * misses / (one.cases**2 * (one.cases - 1))


def _odds(strata: Sequence[TwoByTwo]) -> tuple[float, float]:
    """The common odds ratio and the standard error of its logarithm; nan and infinite where no stratum has all that it needs."""
    for_it = [one.inside_hits * one.outside_misses / one.cases for one in strata]
    against = [one.inside_misses * one.outside_hits / one.cases for one in strata]
    agree = [(one.inside_hits + one.outside_misses) / one.cases for one in strata]
    r, s = sum(for_it), sum(against)
    if not r or not s:
        return (math.nan if r == s else math.inf if r else 0.0), math.nan
    error = (
        sum(p * x for p, x in zip(agree, for_it, strict=True)) / (2 * r * r)
        + sum(p * y + (1 - p) * x for p, x, y in zip(agree, for_it, against, strict=True)) / (2 * r * s)
        + sum((1 - p) * y for p, y in zip(agree, against, strict=True)) / (2 * s * s)
    )
    return r / s, math.sqrt(error)


def _difference(strata: Sequence[TwoByTwo]) -> tuple[float, float]:
    """The common difference of shares and its standard error."""
    weight = sum(one.inside * one.outside / one.cases for one in strata)
    apart = sum((one.inside_hits * one.outside - one.outside_hits * one.inside) / one.cases for one in strata) / weight
    lean = sum(
        (one.inside**2 * one.outside_hits - one.outside**2 * one.inside_hits + one.inside * one.outside * (one.outside - one.inside) / 2)
        / one.cases**2
        for one in strata
    )
    spread = sum((one.inside_hits * one.outside_misses + one.outside_hits * one.inside_misses) / (2 * one.cases) for one in strata)
    return apart, math.sqrt(max(0.0, apart * lean + spread)) / weight
