"""One metric by slices, worst first, and which slices are worse than the rest by more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from pydantic import Field

from domain.decision import Frozen
from evals.statistics.chances import LEVEL, chance_of_difference, holm
from evals.statistics.intervals import Figure, Floats, mean_figure_of_sums, numbered, share_figure_of_sums, share_of_sums, sums_of
from evals.suite import Better, Metric
from policies.rollouts.proportions import Share, chance_of_as_many, of_a_kind


@dataclass(frozen=True)
class Observed:
    """One value of one metric: a case in a repeat."""

    case_id: str
    value: float
    unit: str
    slices: dict[str, str]


class SliceName(NamedTuple):
    """`region` `eu`."""

    dimension: str
    value: str


class SliceFigure(Frozen):
    """One metric on the cases of one slice."""

    dimension: str
    value: str
    figure: Figure
    rest: float | None = Field(description="The metric on all other cases; None when there are none.")
    chance: float = Field(description="Chance of standing so far below the rest if it were no different, corrected for all slices (Holm).")

    @property
    def worse(self) -> bool:
        """Worse than the rest by more than chance, even though so many slices were looked at."""
        return self.chance <= LEVEL

    @property
    def name(self) -> str:
        """`region: eu`."""
        return f"{self.dimension}: {self.value}"


def figure_of(metric: Metric, observed: Sequence[Observed]) -> Figure:
    """The metric over some observations; at least one."""
    return _figure(metric, sums_of(np.asarray([one.value for one in observed], dtype=float), numbered([one.unit for one in observed])))


def slice_figures(metric: Metric, observed: Sequence[Observed]) -> tuple[SliceFigure, ...]:
    """Every slice, worst first: by its interval's better end, so that three cases do not lead the list because one of them failed."""
    values, units = np.asarray([one.value for one in observed], dtype=float), numbered([one.unit for one in observed])
    sides: dict[SliceName, tuple[Floats, Floats]] = {}
    for dimension in sorted({name for one in observed for name in one.slices}):
        labels = np.asarray([one.slices.get(dimension, "") for one in observed], dtype=object)
        known = np.asarray([dimension in one.slices for one in observed], dtype=bool)
        for value in sorted(set(labels[known].tolist())):
            inside = known & (labels == value)
            outside = known & ~inside
            sides[SliceName(dimension, value)] = sums_of(values[inside], units[inside]), sums_of(values[outside], units[outside])
    chances = holm({name: _chance(metric, inside, outside) for name, (inside, outside) in sides.items() if len(outside)})
    figures = [
        SliceFigure(
            dimension=name.dimension,
            value=name.value,
            figure=_figure(metric, inside),
            rest=float(outside[:, 0].sum() / outside[:, 1].sum()) if len(outside) else None,
            chance=chances.get(name, 1.0),
        )
        for name, (inside, outside) in sides.items()
    ]
    return tuple(sorted(figures, key=lambda found: _badness(metric, found)))


def _figure(metric: Metric, sums: Floats) -> Figure:
    return share_figure_of_sums(sums) if metric.kind == "share" else mean_figure_of_sums(sums)


def _badness(metric: Metric, found: SliceFigure) -> tuple[bool, float, float]:
    higher = metric.better is Better.HIGHER
    return not found.worse, found.figure.high if higher else -found.figure.low, found.figure.value if higher else -found.figure.value


def _chance(metric: Metric, inside: Floats, outside: Floats) -> float:
    """One-sided. Shares: Fisher's exact test on counts divided by their design effect. Means: permutation of the units' means."""
    lower = metric.better is Better.LOWER
    if metric.kind == "share":
        return chance_of_as_many(*of_a_kind(_bad(inside, lower), _bad(outside, lower)))
    means = np.concatenate([side[:, 0] / side[:, 1] for side in (inside, outside)]) * (1 if lower else -1)
    within = np.arange(len(means)) < len(inside)
    return chance_of_difference(means, within.tolist(), [None] * len(means), two_sided=False)


def _bad(sums: Floats, lower: bool) -> Share:
    """The share of values on the wrong side."""
    hits, cases = sums[:, 0], sums[:, 1]
    return share_of_sums(np.stack([hits if lower else cases - hits, cases], axis=1))
