"""Intervals of shares and means. Cases that stand and fall together are drawn, and counted, together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from domain.decision import Frozen
from policies.rollouts.proportions import Share, clustered
from policies.rollouts.proportions import wilson as score_interval

Z_95 = 1.959964
RESAMPLES = 2000
STUDENT_ONE = 12.706
"""Student's quantile of 95 % with one degree of freedom, the widest that there is."""
SEED = 1
"""Of every draw: the same results give the same figures, everywhere."""

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


class Figure(Frozen):
    """A share or a mean with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int = Field(description="Values that it was made from.")
    units: int = Field(description="Groups of values that stand and fall together; as many as `n` when none do.")


def wilson(hits: int, total: int) -> tuple[float, float]:
    """95 % interval of a share of independent cases (Wilson, JASA 22, 1927); (0, 1) without data."""
    found = score_interval(Share(hits, total), Z_95)
    return found.low, found.high


def share_of(values: Sequence[float], units: Sequence[Hashable]) -> Share:
    """A share of values 0 and 1 with its design effect (Rao & Scott, Biometrics 48, 1992).

    Where all values are alike, nothing shows how much those of one unit resemble each other: then each unit counts once.
    """
    return share_of_sums(sums_of(np.asarray(values, dtype=float), numbered(units)))


def share_of_sums(sums: Floats) -> Share:
    """The same from `sums_of`."""
    hits, cases = sums[:, 0], sums[:, 1]
    total, count, of = float(hits.sum()), float(cases.sum()), len(sums)
    if of == count:
        return Share(total, count, clients=of)
    found = clustered(total, count, of, float(hits @ hits), float(cases @ cases), float(hits @ cases))
    return Share(total, count, count / of, found.size, of) if total in (0.0, count) and of else found


def share_figure(values: Sequence[float], units: Sequence[Hashable]) -> Figure:
    """A share with its score interval, wider where values of one unit resemble each other. Needs a value at least.

    How much they do is itself estimated from so many units: hence Student's quantile (Korn & Graubard, Survey Methodology 24, 1998).
    """
    return share_figure_of_sums(sums_of(np.asarray(values, dtype=float), numbered(units)))


def share_figure_of_sums(sums: Floats) -> Figure:
    """The same from `sums_of`."""
    share, n = share_of_sums(sums), round(float(sums[:, 1].sum()))
    found = score_interval(share, student(share.clients - 1) if share.clients < n else Z_95)
    return Figure(value=found.value, low=found.low, high=found.high, n=n, units=share.clients)


def student(freedom: int, z: float = Z_95) -> float:
    """Student's quantile that stands for the normal `z` (Abramowitz & Stegun, 26.7.5)."""
    if freedom < 2:
        return STUDENT_ONE
    terms = ((z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96, (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384)
    return z + sum(term / freedom ** (power + 1) for power, term in enumerate(terms))


def mean_figure(values: Sequence[float], units: Sequence[Hashable]) -> Figure:
    """A mean with its interval by a bootstrap that draws units, bias-corrected and accelerated: costs and times are skewed.

    Efron, JASA 82, 1987; drawing units: Davison & Hinkley, Bootstrap Methods and their Application, 1997, section 3.8.
    Needs a value at least.
    """
    return mean_figure_of_sums(sums_of(np.asarray(values, dtype=float), numbered(units)))


def mean_figure_of_sums(sums: Floats) -> Figure:
    """The same from `sums_of`."""
    total, of = sums.sum(axis=0), len(sums)
    value, n = float(total[0] / total[1]), round(float(total[1]))
    if of < 2:
        return Figure(value=value, low=value, high=value, n=n, units=of)
    drawn = np.random.default_rng(SEED).integers(0, of, (RESAMPLES, of))
    means = sums[drawn, 0].sum(axis=1) / sums[drawn, 1].sum(axis=1)
    without = (total[0] - sums[:, 0]) / (total[1] - sums[:, 1])
    low, high = accelerated(value, means, without)
    return Figure(value=value, low=low, high=high, n=n, units=of)


def interval_of(statistic: Callable[[Indices], float], units: Sequence[Hashable], resamples: int = RESAMPLES) -> tuple[float, float]:
    """The same for any statistic of the values at some places. `units` names the unit of each place."""
    members = members_of(units)
    if len(members) < 2:
        value = statistic(np.arange(len(units)))
        return value, value
    chance = np.random.default_rng(SEED)
    drawn: list[float] = [statistic(_taken(members, chance.integers(0, len(members), len(members)))) for _ in range(resamples)]
    without: list[float] = [statistic(np.concatenate(members[:at] + members[at + 1 :])) for at in _some(len(members))]
    return accelerated(statistic(np.arange(len(units))), np.asarray(drawn), np.asarray(without))


def accelerated(value: float, drawn: Floats, without: Floats) -> tuple[float, float]:
    """The BCa interval from the statistic of each resample and from the jackknife's (Efron 1987, eq. 6.6 for the acceleration)."""
    normal = NormalDist()
    below = (np.count_nonzero(drawn < value) + np.count_nonzero(drawn == value) / 2) / len(drawn)
    if drawn.min() == drawn.max():
        return float(drawn[0]), float(drawn[0])
    bias = normal.inv_cdf(min(max(below, 1 / (2 * len(drawn))), 1 - 1 / (2 * len(drawn))))
    apart = without.mean() - without
    spread = float((apart**2).sum())
    lean = float((apart**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0

    def at(z: float) -> float:
        moved = bias + z
        return normal.cdf(bias + moved / max(1e-9, 1 - lean * moved))

    low, high = np.quantile(drawn, [at(-Z_95), at(Z_95)])
    return float(low), float(high)


def members_of(units: Sequence[Hashable]) -> list[Indices]:
    """The places of each unit, units in the order of their first place."""
    places: dict[Hashable, list[int]] = {}
    for at, unit in enumerate(units):
        places.setdefault(unit, []).append(at)
    return [np.asarray(found, dtype=np.intp) for found in places.values()]


JACKKNIFE_MOST = 200
"""Units left out in turn for the acceleration of a slow statistic; it is a third moment, which so many tell well enough."""


def _taken(members: list[Indices], drawn: Indices) -> Indices:
    """The places of the units that were drawn."""
    found: list[Indices] = [members[at] for at in drawn]
    return np.concatenate(found)


def _some(of: int) -> Sequence[int]:
    return range(of) if of <= JACKKNIFE_MOST else [of * at // JACKKNIFE_MOST for at in range(JACKKNIFE_MOST)]


def numbered(units: Sequence[Hashable]) -> Indices:
    """A number for each unit, counted by its first place."""
    rows: dict[Hashable, int] = {}
    return np.asarray([rows.setdefault(unit, len(rows)) for unit in units], dtype=np.intp)


def sums_of(values: Floats, units: Indices) -> Floats:
    """Sum and number of the values of each unit, a row each."""
    counts = np.bincount(units).astype(np.float64)
    sums = np.bincount(units, values).astype(np.float64)
    return np.stack([sums, counts], axis=1)[counts > 0]
