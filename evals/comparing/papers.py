"""Two runs of a home side by side, as the console shows them; made once for each pair."""

from __future__ import annotations

from pathlib import Path

from domain.errors import InvalidInput
from domain.eval_comparison import Flip, MetricShift, RunComparison, SliceShift
from domain.eval_report import Way
from evals.comparing import comparison as found_words
from evals.comparing.compare import compare
from evals.comparing.comparison import MetricChange
from evals.comparing.side import PASSED, side_of
from evals.comparing.telling import FEWEST_CHANGED, left_out, reasons
from evals.comparing.words import slices_said
from evals.reports.papers import head_of
from evals.reports.readable import one_line, readable
from evals.running.folder import Run, load, runs_of
from stores.eval_folders import EvalFolders

MOST_FLIPS, MOST_SLICES, MOST_NAMED = 1_000, 60, 20
MOST_WHY = 2_000
ORDER = (Way.WORSE, Way.BETTER, Way.SAME)


def keep_comparison(home: Path, before: str, after: str, *, shared: bool) -> None:
    """Compare two runs of a home and keep what was found. Raises NotFound, and InvalidInput for runs that cannot be compared."""
    if before == after:
        raise InvalidInput("Both sides are the same run: name another one for one of them.")
    sides = [load(runs_of(home) / name) for name in (before, after)]
    EvalFolders(home).write_comparison(comparison_of(*sides, shared=shared), shared)


def comparison_of(before: Run, after: Run, *, shared: bool = False) -> RunComparison:
    """What lies between two runs; with `shared`, the cases that both have are compared and the others named."""
    found = compare(side_of(before), side_of(after), intersection=shared)
    moved = [one for one in found.metrics if one.worse or one.better or one.metric.name == PASSED.name]
    return RunComparison(
        before=head_of(before.manifest),
        after=head_of(after.manifest),
        differs=tuple(one_line(said, 400) for said in found.differs),
        compared=found.cases.compared,
        left_out=tuple(one_line(said, 2_000) for said in left_out(found, MOST_NAMED)),
        metrics=tuple(sorted((_metric(one) for one in moved), key=lambda one: ORDER.index(one.way))),
        unmoved=len(found.metrics) - len(moved),
        slices=tuple(
            SliceShift.model_validate(
                {**one.model_dump(), "dimension": one_line(one.dimension, 60), "value": one_line(one.value, 120)},
            )
            for one in found.slices[:MOST_SLICES]
        ),
        flips=tuple(_flip(one) for one in found.flips[:MOST_FLIPS]),
        flips_left=max(0, len(found.flips) - MOST_FLIPS),
    )


def _metric(one: MetricChange) -> MetricShift:
    changed = len(one.worse) + len(one.better)
    return MetricShift(
        name=one.metric.name,
        kind=one.metric.kind,
        unit=one_line(one.metric.unit, 20),
        cases=one.cases,
        before=one.before,
        after=one.after,
        difference=one.difference,
        low=one.low,
        high=one.high,
        chance=one.chance,
        too_few=one.chance == 1.0 and changed < FEWEST_CHANGED,
        way=Way(one.way.value),
        worse=len(one.worse),
        better=len(one.better),
        place=one_line(str(one.place), 300) if one.place else "",
    )


def _flip(one: found_words.Flip) -> Flip:
    was, now = one.dangerous
    return Flip(
        case_id=one_line(one.case_id, 120),
        way=Way(one.way.value),
        slices=one_line(slices_said(one.slices), 400),
        reasons=tuple(readable(said, MOST_WHY) for said in reasons(one)),
        danger="new" if now and not was else "gone" if was and not now else "none",
    )
