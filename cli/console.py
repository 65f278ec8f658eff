"""The terminal: one console, and errors that end with a sentence instead of a traceback."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from domain.errors import MaitredError, PolicyInvalid

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def plain_errors() -> Generator[None, None, None]:
    """Turn a fault that was raised on purpose into one sentence and exit status 1."""
    try:
        yield
    except PolicyInvalid as error:
        err.print(f"[red]{error.message}[/red]")
        for fault in error.faults:
            err.print(f"  line {fault.get('line', '?')}, column {fault.get('column', '?')}: {fault.get('reason', '')}", markup=False)
        raise typer.Exit(1) from error
    except MaitredError as error:
        err.print(f"[red]maitred:[/red] {error.message}", markup=True)
        raise typer.Exit(1) from error


def print_entry(heading: str, *lines: str, beside: str = "") -> None:
    """One of several things, for terminals that are too narrow for a table: its name, and below it, set in, what is to be said."""
    out.print(f"[bold]{escape(heading)}[/bold]{f' {escape(beside)}' if beside else ''}")
    for line in lines:
        out.print(Padding(Text(line), (0, 0, 0, 2), expand=False))


def print_json(data: Any) -> None:
    """JSON for scripts, without colours or wrapping."""
    typer.echo(orjson.dumps(data, option=orjson.OPT_INDENT_2, default=str).decode())
