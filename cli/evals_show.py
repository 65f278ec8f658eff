"""`maitred eval list|show`: suites and their runs are looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cli.console import err, out, plain_errors, print_entry, print_json
from cli.evals_times import show_automation, show_times
from domain.errors import MaitredError
from evals import catalog
from evals.comparing.words import counted
from evals.result import CaseResult
from evals.running.folder import Run, find, load
from evals.statistics.intervals import Figure
from evals.statistics.repeats import pass_ats
from evals.statistics.slices import Observed, SliceFigure, slice_figures
from evals.statistics.summary import MetricSummary, Summary, summarise, unit_of
from evals.suite import Metric
from runtime.settings import load_settings
from tools.world.generator import SEED

PASSED = Metric(name="passed", says="Cases that pass every rule of the suite.")
MOST_SLICES, MOST_FAILED = 5, 50
FEWEST = 5
"""Cases that a slice must have to be told of."""
RunName = Annotated[
    str,
    typer.Argument(metavar="[RUN]", help="Its id or the beginning of it, its folder, or a suite for its latest run.", show_default=False),
]


def list_suites(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every suite: how many cases it has, and the question that it answers."""
    with plain_errors():
        rows = [_row(name) for name in catalog.names()]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        beside = counted(row["cases"], "case") if row["cases"] is not None else ""
        print_entry(row["suite"], row["asks"], *([row["absent"]] if row["absent"] else []), beside=beside)


def _row(name: str) -> dict[str, Any]:
    """A suite whose data are not here is listed as well, with what to do about it."""
    suite = catalog.find(name)
    try:
        cases, absent = len(suite.cases(SEED)), ""
    except MaitredError as error:
        cases, absent = None, error.message
    return {"suite": name, "cases": cases, "asks": suite.asks, "absent": absent, "metrics": [one.name for one in suite.metrics]}


def show(
    name: RunName = "latest",
    failed: Annotated[bool, typer.Option("--failed", help="Show the cases that did not pass, with the reason.")] = False,
    times: Annotated[bool, typer.Option("--times", help="Show how long answers took, whole and by stage.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a run found: metrics with 95 % intervals, worst slices, and the cases that failed."""
    with plain_errors():
        run = load(find(load_settings().home, name).path)
        summary = summarise(run)
        if as_json:
            print_json({"run": run.manifest.id, **plain_summary(summary)})
            return
        show_summary(run, summary)
        if times:
            show_times(run)
        if failed:
            _show_failed(run)


def plain_summary(summary: Summary) -> dict[str, Any]:
    """A run's figures for scripts."""
    return summary.model_dump(mode="json")


def show_summary(run: Run, summary: Summary) -> None:
    """A run's figures for a reader."""
    made = run.manifest
    out.print(f"[bold]{escape(made.suite)}[/bold] {escape(made.id)}")
    asked = f"{made.model}, {_policy(made.policy)}, {counted(summary.cases, 'case')}, {_answers(summary)}"
    out.print(f"{made.asks}\n{asked}", soft_wrap=True, markup=False)
    table = Table("metric", "value", "95 %", "n", "goal")
    table.add_row("passed", *_figure(summary.passed, ""), "")
    for one in summary.metrics:
        if one.figure is not None:
            table.add_row(escape(one.metric.name), *_figure(one.figure, one.metric.unit, one.metric.kind), _goal(one))
    out.print(table)
    show_automation(run)
    _show_repeats(run, summary)
    for one in worst_slices(run.results):
        rest = f", others {one.rest:.1%}" if one.rest is not None else ""
        out.print(f"worst slice: {one.name} {one.figure.value:.1%} [{_span(one.figure, 100)}] of {one.figure.n}{rest}", markup=False)
    _show_faults(run, summary)


def worst_slices(results: Sequence[CaseResult]) -> list[SliceFigure]:
    """Slices in which fewer cases pass than in others beyond chance, worst first; a few of the weakest when there are none."""
    observed = [Observed(one.case_id, float(one.judgement.passed and not one.error), unit_of(one), one.slices) for one in results]
    told = [
        one for one in slice_figures(PASSED, observed) if one.figure.n >= FEWEST and one.rest is not None and one.figure.value < one.rest
    ]
    return told[:MOST_SLICES]


def _show_repeats(run: Run, summary: Summary) -> None:
    if not summary.pass_hats:
        return
    table = Table("k", "pass^k: every one of k passes", "95 %", "pass@k: one of k passes", "95 %")
    for every, some in zip(summary.pass_hats, pass_ats(run.results), strict=True):
        table.add_row(
            str(every.k), f"{every.figure.value:.1%}", _span(every.figure, 100), f"{some.figure.value:.1%}", _span(some.figure, 100)
        )
    out.print(table)


def _show_faults(run: Run, summary: Summary) -> None:
    """What a reader must not miss."""
    if summary.errors:
        (reason, count), *_ = Counter(one.error for one in run.results if one.error).most_common(1)
        every = len(summary.errors) == summary.cases
        what = "Every case went without an answer" if every else f"{_count(summary.errors)} went without an answer"
        err.print(f"{what}, {count} of {counted(summary.answers, 'answer')} because of {reason}", markup=False, soft_wrap=True)
    if summary.dangerous:
        err.print(f"The dangerous error was made in {_count(summary.dangerous)}: {_some(summary.dangerous)}", markup=False, soft_wrap=True)
    for one in summary.broken:
        err.print(f"{one.metric.name} is hard and does not hold: {_some(one.misses)}", markup=False, soft_wrap=True, style="red")


def _show_failed(run: Run) -> None:
    failing = [one for one in run.results if one.error or not one.judgement.passed]
    for one in failing[:MOST_FAILED]:
        print_entry(one.case_id, *_why(one), beside=f"repeat {one.repeat + 1}" if run.manifest.repeats > 1 else "")
    if len(failing) > MOST_FAILED:
        out.print(f"and {len(failing) - MOST_FAILED} more; --json names all of them")


def _why(result: CaseResult) -> list[str]:
    judgement = result.judgement
    wrong = [
        f"{name}: {judgement.got.get(name)} instead of {right}"
        for name, right in judgement.expected.items()
        if judgement.got.get(name) != right
    ]
    danger = ["This is the dangerous error of the case."] if judgement.dangerous else []
    return [judgement.why or result.error, *wrong, *danger]


def _figure(figure: Figure, unit: str, kind: str = "share") -> tuple[str, str, str]:
    if kind == "share":
        return f"{figure.value:.1%}", _span(figure, 100), f"{figure.n:,}"
    return f"{figure.value:,.2f} {unit}".strip(), f"{figure.low:,.2f} to {figure.high:,.2f}", f"{figure.n:,}"


def _span(figure: Figure, scale: float) -> str:
    return f"{figure.low * scale:.1f} to {figure.high * scale:.1f}"


def _goal(one: MetricSummary) -> str:
    goal = one.metric.goal
    if one.metric.hard:
        return "hard: broken" if one.broken else "hard: holds"
    if goal is None:
        return ""
    mark = f"{goal:.1%}" if one.metric.kind == "share" else f"{goal:g} {one.metric.unit}".strip()
    return f"{'at least' if one.metric.better == 'higher' else 'at most'} {mark}: {one.goal}"


def _policy(policy: str) -> str:
    name, _, digest = policy.partition("@")
    return f"policy {name}@{digest.removeprefix('sha256:')[:12]}"


def _answers(summary: Summary) -> str:
    used = summary.usage
    spent = f", {counted(used.tokens, 'token')}, {used.cost:.4f} USD" if used.tokens else ""
    return f"{counted(summary.answers, 'answer')}{spent}"


def _count(ids: tuple[str, ...]) -> str:
    return counted(len(ids), "case")


def _some(ids: tuple[str, ...]) -> str:
    return ", ".join(ids[:10]) + (f" and {len(ids) - 10} more" if len(ids) > 10 else "")
