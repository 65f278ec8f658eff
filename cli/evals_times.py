"""What `maitred eval show` tells beside the metrics: how long answers took, and how much could go without a person."""

from __future__ import annotations

from rich.table import Table

from cli.console import out
from evals.running.folder import Run
from evals.scoring.latency import stage_times
from evals.statistics.calibration import Automation, automation_of


def show_times(run: Run) -> None:
    """Milliseconds, whole and by stage, of the answers that this run gave itself."""
    found = stage_times(run.times)
    if not found:
        out.print("Every answer came from the cache; with --fresh a run takes its own time.")
        return
    table = Table("stage", "answers", "p50, ms", "p95, ms", "slowest, ms")
    for one in found:
        table.add_row(one.stage, f"{one.answers:,}", f"{one.p50:,.1f}", f"{one.p95:,.1f}", f"{one.slowest:,.1f}")
    out.print(table)


def show_automation(run: Run) -> None:
    """The share of answers that could go without a person, as the page of the run says it."""
    found = automation_of(run.results)
    if found is not None:
        out.print(f"How much could go without a person? {_said(found)}", soft_wrap=True, markup=False)


def _said(found: Automation) -> str:
    wanted = f"{found.wanted:.0%}"
    if found.precision is None:
        return f"None that these cases can prove to be right {wanted} of the time."
    low, high = found.precision.low, found.precision.high
    return (
        f"{found.share:.1%} of answers: those with a confidence of {found.threshold:.3f} and more, of which {found.precision.value:.1%} "
        f"[{low:.1%}, {high:.1%}] are right; that at least {wanted} are is proven by the cases."
    )
