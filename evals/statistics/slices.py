"""One metric by slices, worst first, and which slices are worse than the rest by more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from pydantic import Field

from domain.decision import Frozen
from evals.statistics.chances import LEVEL, chance_of_difference, holm
from evals.statistics.intervals import Figure, mean_figure, share_figure, share_of
from evals.suite import Better, Metric
from policies.rollouts.proportions import chance_of_as_many, of_a_kind


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
    values, units = [one.value for one in observed], [one.unit for one in observed]
    return share_figure(values, units) if metric.kind == "share" else mean_figure(values, units)


def slice_figures(metric: Metric, observed: Sequence[Observed]) -> tuple[SliceFigure, ...]:
    """Every slice, worst first: by its interval's better end, so that three cases do not lead the list because one of them failed."""
    names = sorted({SliceName(*item) for one in observed for item in one.slices.items()})
    sides = {name: _sides(observed, name) for name in names}
    raw = {name: _chance(metric, inside, outside) for name, (inside, outside) in sides.items() if outside}
    chances = holm(raw)
    figures = [
        SliceFigure(
            dimension=name.dimension,
            value=name.value,
            figure=figure_of(metric, inside),
            rest=float(np.mean([one.value for one in outside])) if outside else None,
            chance=chances.get(name, 1.0),
        )
        for name, (inside, outside) in sides.items()
    ]
    return tuple(sorted(figures, key=lambda found: _badness(metric, found)))


def _badness(metric: Metric, found: SliceFigure) -> tuple[bool, float, float]:
    higher = metric.better is Better.HIGHER
    return not found.worse, found.figure.high if higher else -found.figure.low, found.figure.value if higher else -found.figure.value


def _sides(observed: Sequence[Observed], name: SliceName) -> tuple[list[Observed], list[Observed]]:
    """Those of the slice, and those that have another value in its dimension."""
    inside = [one for one in observed if one.slices.get(name.dimension) == name.value]
    return inside, [one for one in observed if one.slices.get(name.dimension, name.value) != name.value]


def _chance(metric: Metric, inside: Sequence[Observed], outside: Sequence[Observed]) -> float:
    """One-sided. Shares: Fisher's exact test on counts divided by their design effect. Means: permutation of the units' means."""
    bad = 1.0 if metric.better is Better.LOWER else -1.0
    if metric.kind == "share":
        shares = [
            share_of([one.value if bad > 0 else 1 - one.value for one in side], [one.unit for one in side]) for side in (inside, outside)
        ]
        return chance_of_as_many(*of_a_kind(*shares))
    means, within = zip(*((mean * bad, at == 0) for at, side in enumerate((inside, outside)) for mean in _unit_means(side)), strict=True)
    return chance_of_difference(np.asarray(means), within, [None] * len(means), two_sided=False)


def _unit_means(side: Sequence[Observed]) -> Iterator[float]:
    units: dict[str, list[float]] = {}
    for one in side:
        units.setdefault(one.unit, []).append(one.value)
    return (float(np.mean(values)) for values in units.values())
