"""What `maitred eval show` tells beside the metrics: how long answers took, and what a bot could be left alone with."""

from __future__ import annotations

from rich.table import Table

from cli.console import out
from evals.running.folder import Run
from evals.scoring.automation import automation_at
from evals.scoring.latency import stage_times


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
    """The share of cases that a bot may do alone, where the suite knows which it did."""
    if not any("automated" in one.judgement.values for one in run.results):
        return
    found = automation_at(run.results)
    asked = f"if {found.precision:.0%} of its answers must be ones that it may give"
    if found.from_confidence is None:
        out.print(f"A bot may do nothing alone {asked}: at no confidence of the router is it right so often.", soft_wrap=True)
        return
    out.print(
        f"A bot may do {found.share:.1%} of all cases alone {asked}: from a confidence of {found.from_confidence:.2f}, "
        f"where {found.right} of {found.answered} are right.",
        soft_wrap=True,
        markup=False,
    )
