"""`maitred eval run`."""

from __future__ import annotations

from typing import Annotated

import typer


def run(names: Annotated[list[str] | None, typer.Argument(metavar="[SUITE]...")] = None) -> None:
    """Run suites, all of them when none is named."""
    raise typer.Exit(2)
