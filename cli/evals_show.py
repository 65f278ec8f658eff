"""`maitred eval list|show`: suites and their runs are looked at."""

from __future__ import annotations

import typer

from cli.console import print_entry
from evals import catalog


def list_suites() -> None:
    """Show every suite: how many cases it has, and the question that it answers."""
    for name, suite in catalog.suites().items():
        print_entry(name, suite.asks, beside=f"{len(suite.cases(0)):,} cases")


def show() -> None:
    """Show what a run found."""
    raise typer.Exit(2)
