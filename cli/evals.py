"""`maitred eval`: suites that ML engineers run before anything changes."""

from __future__ import annotations

import typer

from cli import evals_run

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Run the eval suites, and read what they found.",
    epilog="Exit status: 0 every hard metric holds, 1 one does not, 2 usage, 3 stopped before its end (run it on with --resume).",
)
RUNS = "Suites and their runs"
for panel, name, command in (
    (RUNS, "run", evals_run.run),
    (RUNS, "list", evals_run.list_suites),
    (RUNS, "show", evals_run.show),
):
    app.command(name, rich_help_panel=panel)(command)
