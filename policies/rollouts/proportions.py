"""Shares of cases and what can be said of them: intervals, differences, looks without end, and how many cases a comparison needs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

NORMAL = NormalDist()
TUNED_TO = 12.0
"""Of the mixture below: the bound is tightest around eight times as many cases, and holds at any number."""


@dataclass(frozen=True)
class Share:
    """`hits` of `cases`, and how much wider than for independent cases its interval is: cases of one client resemble each other."""

    hits: float = 0.0
    cases: float = 0.0
    design: float = 1.0
    size: float = 1.0
    """Cases that the client of a case has, on average over cases."""
    clients: int = 0

    @property
    def value(self) -> float:
        """The share itself; 0 without cases."""
        return self.hits / self.cases if self.cases else 0.0

    @property
    def effective(self) -> Share:
        """As many independent cases as these are worth (Rao & Scott, Biometrics 48, 1992: divide both counts by the design effect)."""
        return self if self.design <= 1 else Share(self.hits / self.design, self.cases / self.design)

    @property
    def likeness(self) -> float:
        """How much the cases of one client resemble each other, 0 to 1 (the intraclass correlation that the design effect speaks of)."""
        return min(1.0, (self.design - 1) / (self.size - 1)) if self.size > 1 else 0.0

    def like(self, likeness: float) -> Share:
        """This share if cases of one client resemble each other at least that much (Kish, Survey Sampling, 1965: 1 + (size - 1) x rho)."""
        return replace(self, design=max(self.design, 1 + (self.size - 1) * likeness))


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`, around `value`."""

    value: float
    low: float
    high: float


def clustered(hits: float, cases: float, clients: int, hits2: float, cases2: float, cross: float) -> Share:
    """A share with its design effect, from sums over clients of hits², cases² and hits x cases (Rao & Scott 1992, eq. 1)."""
    share = hits / cases if cases else 0.0
    size = cases2 / cases if cases else 1.0
    independent = share * (1 - share) * cases
    if clients < 2 or independent <= 0:
        return Share(hits, cases, 1.0, size, clients)
    spread = max(0.0, hits2 - 2 * share * cross + share**2 * cases2) * clients / (clients - 1)
    return Share(hits, cases, max(1.0, spread / independent), size, clients)


def of_a_kind(one: Share, other: Share) -> tuple[Share, Share]:
    """Both shares with the likeness that the arm with more clients shows: a handful of clients who always say the same shows none."""
    likeness = max(one, other, key=lambda share: share.clients).likeness
    return one.like(likeness), other.like(likeness)


def wilson(share: Share, z: float) -> Interval:
    """The score interval of one share (Wilson, JASA 22, 1927); from 0 to 1 without cases."""
    cases, value = share.effective.cases, share.value
    if cases <= 0:
        return Interval(value, 0.0, 1.0)
    centre = (value + z**2 / (2 * cases)) / (1 + z**2 / cases)
    half = z * math.sqrt(value * (1 - value) / cases + z**2 / (4 * cases**2)) / (1 + z**2 / cases)
    return Interval(value, max(0.0, min(value, centre - half)), min(1.0, max(value, centre + half)))


def difference(one: Share, other: Share, z: float) -> Interval:
    """How much larger `one` is: the hybrid score interval (Newcombe, Statistics in Medicine 17, 1998, pp. 873-890, method 10)."""
    first, second = wilson(one, z), wilson(other, z)
    apart = one.value - other.value
    low = apart - math.hypot(first.value - first.low, second.high - second.value)
    high = apart + math.hypot(first.high - first.value, second.value - second.low)
    return Interval(apart, max(-1.0, low), min(1.0, high))


def weight_of(one: Share, other: Share) -> float:
    """Independent cases that a comparison of two shares rests on: half their harmonic mean, so that the smaller arm decides."""
    first, second = one.effective.cases, other.effective.cases
    return first * second / (first + second) if first and second else 0.0


def z_at_any_look(weight: float, alpha: float) -> float:
    """The z-value that a difference of nothing passes with a chance of at most `alpha`, however often and whenever one looks.

    The normal mixture boundary (Robbins, Ann. Math. Stat. 41, 1970; Howard, Ramdas, McAuliffe & Sekhon, Ann. Stat. 49, 2021, eq. 14),
    one-sided; `weight` is the number of cases that the comparison rests on.
    """
    if weight <= 0:
        return math.inf
    spread = weight + TUNED_TO
    return math.sqrt(spread / weight * math.log(spread / (TUNED_TO * (2 * alpha) ** 2)))


def tail_of(z: float) -> float:
    """The chance that a standard normal lies above `z`."""
    return math.erfc(z / math.sqrt(2)) / 2


def chance_of_as_many(one: Share, other: Share) -> float:
    """The chance of as many hits in `one` or more, if both shares were the same: Fisher's exact test, one-sided (1935).

    Intervals lean on the normal distribution, which a handful of rare hits does not follow.
    """
    a, b = one.effective, other.effective
    hits, cases, total, all_hits = math.floor(a.hits), math.ceil(a.cases), math.ceil(a.cases) + round(b.cases), 0
    all_hits = min(total, hits + math.ceil(b.hits))
    whole = _log_choose(total, cases)
    terms = (
        _log_choose(all_hits, found) + _log_choose(total - all_hits, cases - found) - whole
        for found in range(max(hits, cases - (total - all_hits)), min(all_hits, cases) + 1)
    )
    return min(1.0, math.fsum(math.exp(term) for term in terms))


def _log_choose(of: int, chosen: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)


def cases_needed(spread: float, least: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Independent cases for each arm to find a difference of `least` (Fleiss, Statistical Methods for Rates and Proportions, ch. 4).

    `spread` is the variance of one case: share x (1 - share) for a share, the square of the standard deviation for a mean.
    """
    z = NORMAL.inv_cdf(1 - alpha / 2) + NORMAL.inv_cdf(power)
    return max(1, math.ceil(2 * spread * (z / least) ** 2))
