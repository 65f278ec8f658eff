"""The two sides that somebody named: runs, or the baseline of one of them."""

from __future__ import annotations

from pathlib import Path

from domain.errors import InvalidInput
from evals.comparing import baseline as baselines
from evals.comparing.baseline import LABEL
from evals.comparing.side import Side, side_of
from evals.running.folder import find, load


def sides(home: Path, before: str, after: str, baseline: Path) -> tuple[Side, Side]:
    """Both sides. A baseline is of the other side's suite. Raises NotFound and InvalidInput."""
    if before == after == LABEL:
        raise InvalidInput("The baseline is the same on both sides: name a run for one of them.")
    folders = {name: find(home, name) for name in (before, after) if name != LABEL}
    if len(folders) == len({before, after}) and len({one.id for one in folders.values()}) == 1:
        only = next(iter(folders.values())).id
        raise InvalidInput(f"Both sides are the run {only}: name another one for one of them; `maitred eval history` lists them.")
    found = {name: side_of(load(folder.path)) for name, folder in folders.items()}
    for mine, other in ((before, after), (after, before)):
        if mine == LABEL:
            found[LABEL] = _of_baseline(baseline, found[other])
    return found[before], found[after]


def _of_baseline(file: Path, other: Side) -> Side:
    """What a baseline holds no texts for, metrics, slices and groups, is taken from the run beside it."""
    kept = baselines.read(file).suites.get(other.made.suite)
    if kept is None:
        raise InvalidInput(f"{file} holds no suite {other.made.suite}: accept it first, with maitred eval gate --accept --suite …")
    side = kept.side()
    shared = {one: other.outcomes[one] for one in side.outcomes if one in other.outcomes}
    outcomes = {
        case_id: one.model_copy(update={"slices": shared[case_id].slices, "unit": shared[case_id].unit}) if case_id in shared else one
        for case_id, one in side.outcomes.items()
    }
    return side.model_copy(update={"metrics": other.metrics, "outcomes": outcomes})
