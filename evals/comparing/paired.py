"""What may be said of a difference between two answers to the same cases."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from evals.statistics.intervals import SEED, Z_95, mean_figure

ENUMERATED = 12
"""Units that differ, up to which every way to flip their signs is tried; beyond, flips are drawn."""
DRAWS = 9_999
STEPS = 60


@dataclass(frozen=True)
class Pair:
    """One case on both sides; `unit` is what stands and falls together."""

    unit: str
    before: float
    after: float

    @property
    def difference(self) -> float:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True)
class Difference:
    """The mean difference with its 95 % interval, and the chance of one as large if nothing had changed."""

    value: float
    low: float
    high: float
    chance: float
    least: float
    """The smallest chance that so many changed units could have come to, however they had split."""


def share_difference(pairs: Sequence[Pair]) -> Difference:
    """Of a share: exact McNemar test and Tango's interval where each case stands alone, else as a mean. Needs a pair at least."""
    ups, downs = (sum(one.difference == way for one in pairs) for way in (1.0, -1.0))
    alone = len({one.unit for one in pairs}) == len(pairs) and all(one.difference in (-1.0, 0.0, 1.0) for one in pairs)
    if not alone:
        return mean_difference(pairs)
    low, high = tango(ups, downs, len(pairs))
    return Difference((ups - downs) / len(pairs), low, high, mcnemar(ups, downs), mcnemar(ups + downs, 0))


def mean_difference(pairs: Sequence[Pair]) -> Difference:
    """Of a mean: the interval by a bootstrap that draws units, the chance by flipping the signs of whole units. Needs a pair at least.

    The chance does not come out of the bootstrap: where few cases changed, that is too sure of itself.
    """
    figure = mean_figure([one.difference for one in pairs], [one.unit for one in pairs])
    sums = _by_unit(pairs)
    return Difference(figure.value, figure.low, figure.high, sign_flips(sums), mcnemar(sum(one != 0.0 for one in sums), 0))


def mcnemar(ups: int, downs: int) -> float:
    """Exact two-sided chance of so uneven a split (McNemar, Psychometrika 12, 1947; exact by the binomial)."""
    changed, fewer = ups + downs, min(ups, downs)
    return min(1.0, 2 * sum(math.comb(changed, count) for count in range(fewer + 1)) / 2**changed) if changed else 1.0


def tango(ups: int, downs: int, total: int) -> tuple[float, float]:
    """95 % score interval of the difference of two paired shares (Tango, Statistics in Medicine 17, 1998)."""

    def deviation(delta: float) -> float:
        """How many standard errors what was seen lies above `delta`."""
        slope = (2 * total - ups + downs) * delta - ups - downs
        inside = max(0.0, slope**2 + 8 * total * downs * delta * (1 - delta))
        share = (math.sqrt(inside) - slope) / (4 * total)
        spread = total * (2 * share + delta * (1 - delta))
        return (ups - downs - total * delta) / math.sqrt(spread) if spread > 0 else math.copysign(math.inf, ups - downs - total * delta)

    seen = (ups - downs) / total
    return _where(lambda delta: deviation(delta) < Z_95, -1.0, seen), _where(lambda delta: deviation(delta) < -Z_95, seen, 1.0)


def sign_flips(sums: Iterable[float]) -> float:
    """Two-sided chance of a total as far from nothing, if each unit's difference could as well have had the other sign (Fisher, 1935)."""
    changed = np.array([one for one in sums if one != 0.0])
    if not len(changed):
        return 1.0
    if np.ptp(np.abs(changed)) == 0:
        return mcnemar(int((changed > 0).sum()), int((changed < 0).sum()))
    seen = abs(changed.sum()) * (1 - 1e-12)
    if len(changed) <= ENUMERATED:
        every = np.asarray(list(itertools.product((1.0, -1.0), repeat=len(changed))))
        return float((np.abs(every @ changed) >= seen).mean())
    drawn = np.random.default_rng(SEED).choice(np.array([1.0, -1.0]), (DRAWS, len(changed)))
    return float((1 + (np.abs(drawn @ changed) >= seen).sum()) / (1 + DRAWS))


def _by_unit(pairs: Sequence[Pair]) -> list[float]:
    sums: dict[str, list[float]] = defaultdict(list)
    for one in pairs:
        sums[one.unit].append(one.difference)
    return [math.fsum(each) for each in sums.values()]


def _where(beyond: Callable[[float], bool], low: float, high: float) -> float:
    """Where, between two ends, something begins to hold."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if beyond(middle) else (middle, high)
    return (low + high) / 2
