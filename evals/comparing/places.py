"""Where a change sits: the slice that holds more of the changed cases than chance would put there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from domain.decision import Frozen
from evals.comparing.side import Outcome
from evals.statistics.slices import Observed, SliceFigure, slice_figures
from evals.suite import Better, Metric

CHANGED = Metric(name="changed", says="Cases that changed.", better=Better.LOWER)


class Place(Frozen):
    """A slice, and how much of a change it holds."""

    slices: dict[str, str] = Field(description="Dimension to value; two of them where a second one narrows it further.")
    changed: int = Field(description="Changed cases that lie in it.")
    of_changed: int = Field(description="Changed cases anywhere.")
    cases: int = Field(description="Cases that lie in it, changed or not.")
    chance: float = Field(description="Chance of so many if the change were dealt out blindly; corrected for all slices looked at (Holm).")

    @property
    def name(self) -> str:
        """`region: eu, right mode: human`."""
        return ", ".join(f"{dimension}: {value}" for dimension, value in self.slices.items())

    def __str__(self) -> str:
        return f"{self.name} ({self.changed} of {self.of_changed} changed cases, {self.cases} cases in it)"


def place_of(changed: Sequence[str], outcomes: Mapping[str, Outcome]) -> Place | None:
    """The slice that explains most of a change, narrowed by a second dimension if that explains more; None if it is spread evenly.

    Fisher's exact test of each slice against the rest, on counts divided by their design effect, as the slices of a run are tested.
    """
    found = _most_telling(changed, outcomes)
    if found is None:
        return None
    inside = {case_id: one for case_id, one in outcomes.items() if one.slices.get(found.dimension) == found.value}
    slices = {found.dimension: found.value}
    narrower = _most_telling([case_id for case_id in changed if case_id in inside], inside)
    if narrower is not None:
        slices[narrower.dimension] = narrower.value
        inside = {case_id: one for case_id, one in inside.items() if one.slices.get(narrower.dimension) == narrower.value}
    held = sum(case_id in inside for case_id in changed)
    return Place(slices=slices, changed=held, of_changed=len(changed), cases=len(inside), chance=found.chance)


def _most_telling(changed: Sequence[str], outcomes: Mapping[str, Outcome]) -> SliceFigure | None:
    """Of the slices beyond chance the least likely one; of equally unlikely ones the one that holds more."""
    here = set(changed)
    if not here or len(here) == len(outcomes):
        return None
    observed = [Observed(case_id, float(case_id in here), one.unit, one.slices) for case_id, one in outcomes.items()]
    worse = [one for one in slice_figures(CHANGED, observed) if one.worse]
    return min(worse, key=lambda one: (one.chance, -one.figure.value * one.figure.n, one.name), default=None)
