"""Where a change sits: the slice that holds more of the changed cases than chance would put there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from pydantic import Field

from domain.decision import Frozen
from evals.comparing.questions import corrected
from evals.comparing.side import Outcome
from evals.comparing.words import RIGHT, counted
from evals.statistics.chances import LEVEL
from evals.statistics.intervals import share_of
from evals.statistics.slices import SliceName
from policies.rollouts.proportions import Share, chance_of_as_many, of_a_kind


class Place(Frozen):
    """A slice, and how much of a change it holds."""

    slices: dict[str, str] = Field(description="Dimension to value; two of them where a second one narrows it further.")
    changed: int = Field(description="Changed cases that lie in it.")
    of_changed: int = Field(description="Changed cases anywhere.")
    cases: int = Field(description="Cases that lie in it, changed or not.")
    chance: float = Field(description="Chance of so many if the change were dealt out blindly; corrected for all slices looked at.")

    @property
    def name(self) -> str:
        """`region: eu, right mode: human`."""
        return ", ".join(f"{dimension}: {value}" for dimension, value in self.slices.items())

    @property
    def sure(self) -> bool:
        """Beyond chance, even though so many slices were looked at."""
        return self.chance <= LEVEL

    def __str__(self) -> str:
        doubt = "" if self.sure else "; that may be chance"
        return f"{self.name} ({self.changed} of {self.of_changed} changed cases, {counted(self.cases, 'case')} in it{doubt})"


def place_of(changed: Sequence[str], outcomes: Mapping[str, Outcome]) -> Place | None:
    """The slice that explains most of a change, narrowed by a second dimension if that explains more; None if none stands out at all.

    Fisher's exact test of each slice against the rest of its dimension, on counts divided by their design effect, as the slices of a run
    are tested.
    """
    found = _most_telling(changed, outcomes)
    if found is None:
        return None
    slices, inside = {found.dimension: found.value}, _inside(outcomes, found)
    narrower = _most_telling([case_id for case_id in changed if case_id in inside], inside) if found.chance <= LEVEL else None
    if narrower is not None and narrower.chance <= LEVEL:
        slices[narrower.dimension] = narrower.value
        inside = _inside(inside, narrower)
    held = sum(case_id in inside for case_id in changed)
    return Place(slices=slices, changed=held, of_changed=len(changed), cases=len(inside), chance=found.chance)


class _Telling(NamedTuple):
    """In the order in which slices are preferred."""

    chance: float
    holds_less: int
    dimension: str
    value: str


def _most_telling(changed: Sequence[str], outcomes: Mapping[str, Outcome]) -> _Telling | None:
    """The least likely slice of those that stand out by themselves; of equally unlikely ones the one that holds more."""
    here, known = set(changed), set[frozenset[str]]()
    bare: dict[SliceName, float] = {}
    least: dict[SliceName, float] = {}
    holds: dict[SliceName, int] = {}
    names = {SliceName(*item) for one in outcomes.values() for item in one.slices.items()}
    for name in sorted(names, key=lambda name: (name.dimension.startswith(RIGHT), name)):
        inside = [case_id for case_id, one in outcomes.items() if one.slices.get(name.dimension) == name.value]
        outside = [case_id for case_id, one in outcomes.items() if one.slices.get(name.dimension, name.value) != name.value]
        if outside and frozenset(inside) not in known:  # the same cases under two names are one question
            known.add(frozenset(inside))
            one, other = of_a_kind(*(_share(side, here, outcomes) for side in (inside, outside)))
            bare[name], least[name] = chance_of_as_many(one, other), _least(one.effective, other.effective)
            holds[name] = sum(case_id in here for case_id in inside)
    told = [_Telling(chance, -holds[name], *name) for name, chance in corrected(bare, least).items() if bare[name] <= LEVEL]
    return min(told, default=None)


def _share(case_ids: Sequence[str], changed: Set[str], outcomes: Mapping[str, Outcome]) -> Share:
    return share_of([float(case_id in changed) for case_id in case_ids], [outcomes[case_id].unit for case_id in case_ids])


def _least(one: Share, other: Share) -> float:
    """The chance if as much of the change as possible lay inside."""
    hits = one.hits + other.hits
    inside = min(hits, one.cases)
    return chance_of_as_many(Share(inside, one.cases), Share(hits - inside, other.cases))


def _inside(outcomes: Mapping[str, Outcome], found: _Telling) -> dict[str, Outcome]:
    return {case_id: one for case_id, one in outcomes.items() if one.slices.get(found.dimension) == found.value}
