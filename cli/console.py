"""The terminal: one console, and errors that end with a sentence instead of a traceback."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, cast

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
def plain_errors(source: str = "") -> Generator[None, None, None]:
    """Turn a fault that was raised on purpose into one sentence and exit status 1; `source` names the file that faults stand in."""
    try:
        yield
    except PolicyInvalid as error:
        if not error.faults:
            err.print(f"[red]maitred:[/red] {escape(error.message)}")
        for fault in error.faults:
            print_fault(source, fault)
        raise typer.Exit(1) from error
    except MaitredError as error:
        err.print(f"[red]maitred:[/red] {escape(error.message)}")
        raise typer.Exit(1) from error


def print_fault(source: str, fault: dict[str, Any]) -> None:
    """One fault as compilers and editors know it, `file:line:column: sentence`, and below it the facts that show it."""
    place = f"{source}:{fault.get('line', '?')}:{fault.get('column', '?')}"
    err.print(f"{place if source else place.removeprefix(':')}: {fault.get('reason', '')}", markup=False, soft_wrap=True)
    if fault.get("example"):
        err.print(Padding(Text(f"for example: {in_words(fault['example'])}"), (0, 0, 0, 4), expand=False))


def in_words(example: dict[str, Any]) -> str:
    """Facts and a proposal as one line: `client.region eu, message.signals legal; proposal: mode ai`."""
    proposal = example.get("proposal")
    given = ", ".join(_leaves(example.get("given") or {})) or "any case"
    return f"{given}; proposal: {', '.join(_leaves(proposal))}" if proposal else given


def _leaves(part: Any, path: str = "") -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in cast("dict[str, Any]", part).items():
            yield from _leaves(value, f"{path}.{name}" if path else name)
    elif isinstance(part, list | tuple):
        yield f"{path} {' + '.join(str(item) for item in cast('list[Any]', part)) or 'none'}"
    else:
        yield f"{path} {str(part).lower() if isinstance(part, bool) else part}"


def print_entry(heading: str, *lines: str, beside: str = "") -> None:
    """One of several things, for terminals that are too narrow for a table: its name, and below it, set in, what is to be said."""
    out.print(f"[bold]{escape(heading)}[/bold]{f' {escape(beside)}' if beside else ''}")
    for line in lines:
        out.print(Padding(Text(line), (0, 0, 0, 2), expand=False))


def print_json(data: Any) -> None:
    """JSON for scripts, without colours or wrapping."""
    typer.echo(orjson.dumps(data, option=orjson.OPT_INDENT_2, default=str).decode())
