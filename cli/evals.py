"""`maitred eval`: suites that ML engineers run before anything changes."""

from __future__ import annotations

import typer

from cli.on_demand import on_demand

PLACES = {
    "run": ("cli.evals_run:run", "Run suites, all of them when none is named, or one of your own by its path."),
    "list": ("cli.evals_show:list_suites", "Show every suite: how many cases it has, and the question that it answers."),
    "show": ("cli.evals_show:show", "Show what a run found: metrics with 95 % intervals, worst slices, and the cases that failed."),
    "candidates": ("cli.evals_candidates:app", "Make cases out of rulings: collect, read, label, accept, reject, export."),
    "drift": ("cli.evals_drift:app", "Compare what comes in, and what is done, with the last window that somebody accepted."),
    "counterfactual": (
        "cli.evals_counterfactual:counterfactual",
        "Estimate what recorded decisions would have come to under another policy, model or prompt.",
    ),
    "report": ("cli.evals_report:report", "Write what a run found: a page that stands alone, Markdown for a pull request, JUnit XML."),
    "table": ("cli.evals_table:table", "Make the table of the README from the suites' newest runs, or run them for it."),
    "compare": ("cli.evals_compare:compare", "Say what changed between two runs, for which cases, why, and whether by more than chance."),
    "gate": ("cli.evals_compare:gate", "Run the suites and hold them against the committed baseline, or accept a new one."),
    "history": ("cli.evals_compare:history", "List the runs of this home and of the database, or keep a run in the database."),
    "calibrate-judge": ("cli.evals_judge:calibrate_judge", "Show how far a model that grades replies and notes agrees with people."),
    "redteam": ("cli.evals_redteam:redteam", "Attack the system in process, and report by OWASP item what the attacks got."),
    "benchmark": ("cli.evals_benchmark:benchmark", "Measure the product's parts on published data sets, beside published figures."),
}
"""Where each command is, and its sentence for `maitred eval --help`: one line for each."""

app = typer.Typer(
    cls=on_demand(PLACES),
    no_args_is_help=True,
    add_completion=False,
    help="Run the eval suites, and read what they found.",
    epilog="Exit status: 0 every hard metric holds, 1 one does not, 2 usage, 3 stopped before its end (run it on with --resume).",
)


@app.callback()
def evals() -> None:
    """Run the eval suites, and read what they found."""
