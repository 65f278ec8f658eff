"""Two samples of one feature: how far apart they are, and whether chance would do that, cases of one client being alike."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.statistics.chances import ENOUGH
from evals.statistics.intervals import SEED, Floats, share_of
from policies.rollouts.proportions import tail_of

Flags = NDArray[np.bool_]
LEAST_EXPECTED = 5.0
"""Cases that each cell of a table should have; rarer words are counted together (Cochran, Biometrics 10, 1954)."""
RARE = "other"
BINS = 10
PERMUTATIONS = 1999
SMOOTH = 0.5
"""Added to every count of the index, so that a word that only one side has makes it large and not infinite."""


@dataclass(frozen=True)
class Apart:
    """How far apart two samples are. `chance` is that of so large a statistic, or a larger one, if both came from one source."""

    index: float
    statistic: float
    chance: float


def words_apart(
    before: Sequence[str], after: Sequence[str], clients_before: Sequence[int], clients_after: Sequence[int]
) -> tuple[Apart, dict[str, tuple[float, float]]]:
    """Population stability index and Pearson's chi-square of two samples of words, and the share of each word before and after.

    The statistic is divided by the mean design effect (Rao & Scott, Annals of Statistics 12, 1984).
    """
    one, other = _common(before, after)
    names = sorted({*one, *other})
    counted = Counter(one), Counter(other)
    counts = np.array([[side[name] for name in names] for side in counted], dtype=float)
    shares = {name: (counts[0, at] / len(one), counts[1, at] / len(other)) for at, name in enumerate(names)}
    if len(names) < 2:
        return Apart(0.0, 0.0, 1.0), shares
    expected = counts.sum(axis=0) * np.array([[len(one)], [len(other)]]) / counts.sum()
    statistic = float(((counts - expected) ** 2 / expected).sum())
    designs = [
        _design(np.array([name == word for word in one]), np.array([name == word for word in other]), clients_before, clients_after)
        for name in names
    ]
    pooled = counts.sum(axis=0) / counts.sum()
    mean = max(1.0, float(sum((1 - share) * design for share, design in zip(pooled, designs, strict=True)) / (len(names) - 1)))
    return Apart(stability_index(counts[0], counts[1]), statistic / mean, chi_square_tail(statistic / mean, len(names) - 1)), shares


def numbers_apart(before: Floats, after: Floats, clients_before: Sequence[int], clients_after: Sequence[int]) -> Apart:
    """Population stability index over tenths of the first sample, and Kolmogorov and Smirnov's test on as many cases as they are worth."""
    edges = _edges(before)
    counts = np.array([np.bincount(np.searchsorted(edges, side, side="left"), minlength=len(edges) + 1) for side in (before, after)])
    counts = counts[:, counts.any(axis=0)]
    points = np.unique(np.concatenate([before, after]))
    rise = [np.searchsorted(np.sort(side), points, side="right") / len(side) for side in (before, after)]
    widest = float(np.abs(rise[0] - rise[1]).max())
    design = max(_design(before <= edge, after <= edge, clients_before, clients_after) for edge in edges)
    cases = len(before) * len(after) / (len(before) + len(after)) / design
    root = math.sqrt(cases)
    return Apart(stability_index(counts[0], counts[1]), widest, kolmogorov_tail((root + 0.12 + 0.11 / root) * widest))


def shares_apart(before: Sequence[bool], after: Sequence[bool], clients_before: Sequence[int], clients_after: Sequence[int]) -> Apart:
    """The difference of two shares, and the score test of two proportions; `index` is the difference itself."""
    one, other = share_of([float(hit) for hit in before], clients_before), share_of([float(hit) for hit in after], clients_after)
    pooled = (one.hits + other.hits) / (one.cases + other.cases)
    spread = pooled * (1 - pooled) * (1 / one.effective.cases + 1 / other.effective.cases)
    apart = other.value - one.value
    z = abs(apart) / math.sqrt(spread) if spread > 0 else 0.0
    return Apart(apart, z, min(1.0, 2 * tail_of(z)))


def statistic_apart(
    statistic: Callable[[Floats, Floats], float],
    before: tuple[Floats, Floats],
    after: tuple[Floats, Floats],
    clients_before: Sequence[int],
    clients_after: Sequence[int],
) -> Apart:
    """The difference of any statistic of two columns; the chance by dealing the clients of both sides out anew.

    Dealing stops early when the answer is plain (Besag & Clifford, Biometrika 78, 1991).
    """
    columns = [np.concatenate([one, other]) for one, other in zip(before, after, strict=True)]
    units = np.concatenate([np.asarray(clients_before), max(clients_before) + 1 + np.asarray(clients_after)])
    _, unit = np.unique(units, return_inverse=True)
    first = np.zeros(int(unit.max()) + 1, dtype=bool)
    first[unit[: len(clients_before)]] = True
    apart = statistic(after[0], after[1]) - statistic(before[0], before[1])
    draw, extreme, dealt_out = np.random.default_rng(SEED), 0, 0
    while extreme < ENOUGH and dealt_out < PERMUTATIONS:
        inside, dealt_out = draw.permuted(first)[unit], dealt_out + 1
        dealt = statistic(columns[0][~inside], columns[1][~inside]) - statistic(columns[0][inside], columns[1][inside])
        extreme += abs(dealt) >= abs(apart) - 1e-12
    return Apart(apart, abs(apart), (1 + extreme) / (1 + dealt_out))


def stability_index(before: Sequence[float] | Floats, after: Sequence[float] | Floats) -> float:
    """Sum of (p - q) ln(p / q) over the cells (Siddiqi, Credit Risk Scorecards, 2006): the symmetric divergence of Jeffreys."""
    one, other = np.asarray(before, dtype=float) + SMOOTH, np.asarray(after, dtype=float) + SMOOTH
    p, q = one / one.sum(), other / other.sum()
    return float(((q - p) * np.log(q / p)).sum())


def chi_square_tail(statistic: float, freedom: int) -> float:
    """The chance of a larger chi-square: the regularised upper incomplete gamma function (Abramowitz & Stegun, 26.4.19, 6.5.29, 6.5.31)."""
    a, x = freedom / 2, statistic / 2
    if x <= 0:
        return 1.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for step in range(1, 1_000):
            term *= x / (a + step)
            total += term
            if term < total * 1e-15:
                break
        return max(0.0, 1.0 - total * scale)
    fraction = 0.0
    for step in range(300, 0, -1):
        fraction = step * (a - step) / (x + 2 * step + 1 - a + fraction)
    return min(1.0, scale / (x + 1 - a + fraction))


def kolmogorov_tail(value: float) -> float:
    """The chance of a larger value of Kolmogorov's distribution (Smirnov, Ann. Math. Stat. 19, 1948)."""
    if value < 0.2:
        return 1.0
    return min(1.0, max(0.0, 2 * sum((-1) ** (step - 1) * math.exp(-2 * (step * value) ** 2) for step in range(1, 101))))


def _common(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    """Both samples with rare words counted together."""
    share = min(len(before), len(after)) / (len(before) + len(after))
    rare = {name for name, count in Counter((*before, *after)).items() if count * share < LEAST_EXPECTED}
    return [RARE if name in rare else name for name in before], [RARE if name in rare else name for name in after]


def _edges(before: Floats) -> Floats:
    """Where cells end: at the tenths of a sample. A value that a tenth of it stands at has a cell alone, so that what leaves it is seen."""
    values, counts = np.unique(before, return_counts=True)
    heavy = values[counts * BINS >= len(before)]
    return np.unique(np.concatenate([np.quantile(before, np.arange(1, BINS) / BINS), np.nextafter(heavy, -np.inf), heavy]))


def _design(before: Flags, after: Flags, clients_before: Sequence[int], clients_after: Sequence[int]) -> float:
    """The design effect of a difference of two shares; a side on which all are alike shows none, so that the other's stands for both."""
    sides = [(side, clients) for side, clients in ((before, clients_before), (after, clients_after))]
    designs = [share_of(side.astype(float).tolist(), clients).design if 0 < side.sum() < len(side) else 0.0 for side, clients in sides]
    known = max(designs, default=1.0) or 1.0
    one, other = (max(1.0, design or known) for design in designs)
    return (one / len(before) + other / len(after)) / (1 / len(before) + 1 / len(after))
