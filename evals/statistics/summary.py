"""All that the results of one run add up to: what `show`, the reports, the comparison and the gate speak of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from pydantic import Field

from domain.decision import Frozen
from domain.errors import InvalidInput
from evals.result import CaseResult, RunManifest
from evals.statistics.calibration import Calibration, calibration_of
from evals.statistics.confusion import Confusion, confusions_of
from evals.statistics.costs import CostSummary, costs_of
from evals.statistics.intervals import Figure, share_figure
from evals.statistics.repeats import PassHat, pass_hats
from evals.statistics.slices import Observed, SliceFigure, figure_of, slice_figures
from evals.suite import Better, Metric
from evals.usage import Usage


class Judged(Protocol):
    """A run that is over, or as far as it came."""

    @property
    def manifest(self) -> RunManifest:
        """What it was made of."""
        ...

    @property
    def results(self) -> Sequence[CaseResult]:
        """A line for each case and repeat."""
        ...


class MetricSummary(Frozen):
    """One metric of the suite."""

    metric: Metric
    figure: Figure | None = Field(description="None when it applied to no case.")
    goal: Literal["met", "missed", "open", "none"] = Field(description="Open: the interval holds the mark, so this run cannot say.")
    misses: tuple[str, ...] = Field(
        description="Cases on the wrong side of a share, by id; of a mean, only if it is hard and beyond its goal."
    )
    slices: tuple[SliceFigure, ...] = Field(description="Worst first.")

    @property
    def broken(self) -> bool:
        """A hard metric with one case on its wrong side."""
        return self.metric.hard and bool(self.misses)


class Summary(Frozen):
    """One run."""

    manifest: RunManifest
    cases: int
    answers: int = Field(description="Cases times repeats.")
    passed: Figure
    failed: tuple[str, ...] = Field(description="Cases that did not pass in every repeat, by id.")
    dangerous: tuple[str, ...] = Field(description="Cases whose dangerous error was made, by id.")
    errors: tuple[str, ...] = Field(description="Cases without an answer in some repeat, by id.")
    metrics: tuple[MetricSummary, ...] = Field(description="In the suite's order.")
    confusions: tuple[Confusion, ...]
    calibration: Calibration | None = Field(description="None when no answer said how sure it is.")
    costs: CostSummary | None = Field(description="None when the suite knows no costs.")
    pass_hats: tuple[PassHat, ...] = Field(description="The chance to pass k times in a row; empty without repeats.")
    usage: Usage

    @property
    def broken(self) -> tuple[MetricSummary, ...]:
        """Hard metrics with a case on the wrong side: any of them fails the run."""
        return tuple(found for found in self.metrics if found.broken)

    def metric(self, name: str) -> MetricSummary | None:
        """The metric of that name, if the suite has it."""
        return next((found for found in self.metrics if found.metric.name == name), None)


def summarise(run: Judged) -> Summary:
    """Everything in one pass. The same results give the same bytes. Raises InvalidInput for a run without results."""
    results = sorted(run.results, key=lambda one: (one.case_id, one.repeat))
    if not results:
        raise InvalidInput(f"Run {run.manifest.id} has no results yet; `maitred eval run` with the same arguments goes on with it.")
    return Summary(
        manifest=run.manifest,
        cases=len({one.case_id for one in results}),
        answers=len(results),
        passed=share_figure([float(_passed(one)) for one in results], [unit_of(one) for one in results]),
        failed=_ids(one for one in results if not _passed(one)),
        dangerous=_ids(one for one in results if one.judgement.dangerous),
        errors=_ids(one for one in results if one.error),
        metrics=tuple(summarise_metric(metric, results) for metric in run.manifest.metrics),
        confusions=confusions_of(results),
        calibration=calibration_of(results),
        costs=costs_of(results),
        pass_hats=pass_hats(results),
        usage=_used(results),
    )


def summarise_metric(metric: Metric, results: Sequence[CaseResult]) -> MetricSummary:
    """One metric and its slices."""
    observed = observations(metric, results)
    if not observed:
        return MetricSummary(metric=metric, figure=None, goal="none", misses=(), slices=())
    figure = figure_of(metric, observed)
    misses = sorted({one.case_id for one in observed if is_miss(metric, one.value)})
    return MetricSummary(
        metric=metric, figure=figure, goal=_goal(metric, figure), misses=tuple(misses), slices=slice_figures(metric, observed)
    )


def observations(metric: Metric, results: Sequence[CaseResult]) -> list[Observed]:
    """A metric's values. An answer that failed counts as the worst in every share, and is left out of means, which know no worst."""
    worst = 0.0 if metric.better is Better.HIGHER else 1.0
    found: list[Observed] = []
    for one in results:
        value = one.judgement.values.get(metric.name)
        if one.error:
            value = worst if metric.kind == "share" else None
        if value is not None:
            found.append(Observed(one.case_id, value, unit_of(one), one.slices))
    return found


def is_miss(metric: Metric, value: float) -> bool:
    """Whether a case's value lies on the wrong side: a share that is not on its better end; a mean beyond its goal, if it is hard."""
    if metric.kind == "share":
        return value < 1 if metric.better is Better.HIGHER else value > 0
    if metric.goal is None or not metric.hard:
        return False
    return value < metric.goal if metric.better is Better.HIGHER else value > metric.goal


def unit_of(result: CaseResult) -> str:
    """What stands and falls together: the case's group, or the case with all of its repeats."""
    return result.group or result.case_id


def _goal(metric: Metric, figure: Figure) -> Literal["met", "missed", "open", "none"]:
    if metric.goal is None:
        return "none"
    worst, best = (figure.low, figure.high) if metric.better is Better.HIGHER else (-figure.high, -figure.low)
    mark = metric.goal if metric.better is Better.HIGHER else -metric.goal
    return "met" if worst >= mark else "missed" if best < mark else "open"


def _passed(result: CaseResult) -> bool:
    return result.judgement.passed and not result.error


def _ids(results: Iterable[CaseResult]) -> tuple[str, ...]:
    return tuple(sorted({one.case_id for one in results}))


def _used(results: Sequence[CaseResult]) -> Usage:
    return Usage(
        calls=sum(one.usage.calls for one in results),
        prompt_tokens=sum(one.usage.prompt_tokens for one in results),
        completion_tokens=sum(one.usage.completion_tokens for one in results),
        cost=sum(one.usage.cost for one in results),
    )
