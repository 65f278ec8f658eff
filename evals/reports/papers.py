"""What the console shows of runs, made once when a run ends, or when somebody first asks: numbers and texts without a form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from domain.eval_history import Figure, RunHead
from domain.eval_report import (
    BinReport,
    CalibrationReport,
    ConfusionReport,
    CostlyMistake,
    CostReport,
    FailedCase,
    LabelPair,
    MetricReport,
    Mistake,
    RepeatReport,
    RunReport,
    RunState,
    SliceReport,
    StageReport,
    UsageReport,
)
from evals.case import EvalCase
from evals.reports.contents import Contents, cases_of, contents_of, failing_of, shown_case
from evals.reports.readable import one_line
from evals.result import CaseResult, RunManifest
from evals.running.folder import Run, RunFolder, load
from evals.scoring.latency import stage_times
from evals.statistics import intervals
from evals.statistics.calibration import Calibration
from evals.statistics.confusion import NOTHING, Confusion
from evals.statistics.costs import CostSummary
from evals.statistics.repeats import pass_ats
from evals.statistics.summary import MetricSummary, Summary, summarise
from stores.eval_folders import EvalFolders

MOST_FAILED = 5_000
"""Answers that are kept with input and output; of the others, the results have all."""
MOST_SLICES, MOST_LABELS, MOST_MISTAKES = 60, 16, 40
STATES = {"fails": RunState.FAILS, "misses goals": RunState.MISSES_GOALS, "holds": RunState.HOLDS}


def keep_report(folder: RunFolder, summary: Summary | None = None, *, own: bool = True) -> None:
    """Make the report of a finished run and put it beside the run. Raises NotFound and InvalidInput.

    Without `own`, the file of a suite that is not one of ours is not run for its cases' inputs.
    """
    run = load(folder.path)
    cases, missing = cases_of(folder, own=own)
    contents = contents_of(run, cases, missing, summary=summary or summarise(run))
    failed = [_failed(one, cases) for one in failing_of(run.results)[:MOST_FAILED]]
    EvalFolders(home_of(folder)).write_report(report_of(run, contents, len(failed)), failed)


def home_of(folder: RunFolder) -> Path:
    """The home that a run lies in."""
    return folder.path.resolve().parent.parent.parent


def report_of(run: Run, contents: Contents, kept: int) -> RunReport:
    """The figures of a run."""
    found, results = contents.summary, run.results
    return RunReport(
        head=head_of(run.manifest),
        asks=one_line(run.manifest.asks),
        state=STATES[contents.verdict],
        answers=found.answers,
        passed=figure_of(found.passed),
        failing=contents.failing,
        kept=kept,
        dangerous=len(found.dangerous),
        without_answer=len(found.errors),
        first=contents.first,
        without_inputs=contents.without_cases,
        metrics=tuple(_metric(one) for one in found.metrics),
        confusions=tuple(_confusion(one, results) for one in found.confusions),
        calibration=_calibration(found.calibration) if found.calibration else None,
        costs=_costs(found.costs) if found.costs else None,
        repeats=_repeats(found, results),
        stages=tuple(StageReport.model_validate(one.model_dump()) for one in stage_times(run.times)),
        usage=UsageReport(calls=found.usage.calls, tokens=found.usage.tokens, cost=found.usage.cost),
    )


def head_of(manifest: RunManifest) -> RunHead:
    """What a run was made of."""
    return RunHead.model_validate({name: getattr(manifest, name) for name in RunHead.model_fields})


def figure_of(found: intervals.Figure) -> Figure:
    """A figure as it is kept."""
    return Figure(value=found.value, low=found.low, high=found.high, cases=found.n)


def _metric(one: MetricSummary) -> MetricReport:
    metric = one.metric
    return MetricReport(
        name=metric.name,
        says=one_line(metric.says),
        kind=metric.kind,
        better=metric.better.value,
        unit=one_line(metric.unit, 20),
        goal=metric.goal,
        hard=metric.hard,
        figure=figure_of(one.figure) if one.figure else None,
        standing=one.goal,
        misses=len(one.misses),
        slices=tuple(
            SliceReport(
                dimension=one_line(found.dimension, 60),
                value=one_line(found.value, 120),
                figure=figure_of(found.figure),
                rest=found.rest,
                worse=found.worse,
            )
            for found in one.slices[:MOST_SLICES]
        ),
        slices_left=max(0, len(one.slices) - MOST_SLICES),
    )


def _confusion(found: Confusion, results: Sequence[CaseResult]) -> ConfusionReport:
    """With the labels that are mistaken most often, where there are more than a table holds."""
    dangers = Counter(
        (one.judgement.expected.get(found.name, NOTHING), one.judgement.got.get(found.name, NOTHING))
        for one in results
        if one.judgement.dangerous and found.name in {*one.judgement.expected, *one.judgement.got}
    )
    told = [Mistake(expected=right, got=got, answers=count, dangerous=dangers[right, got]) for right, got, count in found.mistakes()]
    told.sort(key=lambda one: (-one.dangerous, -one.answers))
    places = _places(found, told)
    labels = tuple(found.labels[at] for at in places)
    return ConfusionReport(
        name=found.name,
        right=found.right,
        total=found.total,
        labels=tuple(one_line(label, 80) for label in labels),
        counts=tuple(tuple(found.counts[row][column] for column in places) for row in places),
        dangerous=tuple(tuple(dangers[row, column] if row != column else 0 for column in labels) for row in labels),
        labels_left=len(found.labels) - len(labels),
        mistakes=tuple(
            one.model_copy(update={"expected": one_line(one.expected, 80), "got": one_line(one.got, 80)}) for one in told[:MOST_MISTAKES]
        ),
    )


def _places(found: Confusion, told: Sequence[Mistake]) -> list[int]:
    if len(found.labels) <= MOST_LABELS:
        return list(range(len(found.labels)))
    weight = Counter[str]()
    for one in told:
        for label in (one.expected, one.got):
            weight[label] += one.answers + 1_000_000 * one.dangerous
    chosen = {label for label, _ in weight.most_common(MOST_LABELS)}
    for label in found.labels:
        if len(chosen) < MOST_LABELS:
            chosen.add(label)
    return [at for at, label in enumerate(found.labels) if label in chosen]


def _calibration(found: Calibration) -> CalibrationReport:
    automation = found.automation
    return CalibrationReport(
        bins=tuple(BinReport(confidence=one.confidence, right=figure_of(one.right)) for one in found.bins),
        error=figure_of(found.error),
        by_chance=found.by_chance,
        brier=figure_of(found.brier),
        automation=automation.share,
        automation_from=automation.threshold,
        automation_precision=figure_of(automation.precision) if automation.precision else None,
        wanted=automation.wanted,
    )


def _costs(found: CostSummary) -> CostReport:
    return CostReport(
        total=found.total,
        each=figure_of(found.each),
        mistakes=tuple(
            CostlyMistake(expected=one_line(one.expected, 80), got=one_line(one.got, 80), answers=one.answers, cost=one.cost)
            for one in found.mistakes[:MOST_MISTAKES]
        ),
    )


def _repeats(found: Summary, results: Sequence[CaseResult]) -> tuple[RepeatReport, ...]:
    if not found.pass_hats:
        return ()
    return tuple(
        RepeatReport(k=every.k, every=figure_of(every.figure), some=figure_of(some.figure))
        for every, some in zip(found.pass_hats, pass_ats(results), strict=True)
    )


def _failed(result: CaseResult, cases: Mapping[str, EvalCase]) -> FailedCase:
    shown = shown_case(result, cases.get(result.case_digest))
    return FailedCase(
        case_id=shown.case_id,
        repeat=shown.repeat,
        slices=shown.slices,
        dangerous=shown.dangerous,
        danger=shown.danger,
        cost=shown.cost,
        why=shown.why,
        labels=tuple(LabelPair(name=one.name, expected=one.right, got=one.given) for one in shown.labels),
        asked=shown.asked,
        expected=shown.gold,
        got=shown.output,
        origin=shown.origin,
    )
