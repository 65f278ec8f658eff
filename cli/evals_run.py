"""`maitred eval run|list|show`: suites are run, and their runs looked at."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import out, print_entry
from evals import catalog


def run(names: Annotated[list[str] | None, typer.Argument(metavar="[SUITE]...")] = None) -> None:
    """Run suites, all of them when none is named."""
    raise typer.Exit(2)


def list_suites() -> None:
    """Show every suite: how many cases it has, and the question that it answers."""
    for name, suite in catalog.suites().items():
        print_entry(name, suite.asks, beside=f"{len(suite.cases(0)):,} cases")
    out.print("")


def show() -> None:
    """Show what a run found."""
    raise typer.Exit(2)
