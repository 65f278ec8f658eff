"""`maitred eval table`: the README's table, made and never written."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cli.console import err, out, plain_errors
from domain.errors import InvalidInput, MaitredError
from evals.reports.readme_table import ReadmeTable, all_suites, as_bytes, gather, missing, put_into, rendered
from evals.running.folder import write_whole
from evals.running.progress import Bar, Lines
from evals.running.runner import start
from evals.running.spec import RunSpec
from runtime.settings import Settings, load_settings


def table(
    run: Annotated[
        bool, typer.Option("--run", help="First run what is missing: each suite with the embedded model and its baselines.")
    ] = False,
    readme: Annotated[Path, typer.Option(help="The file with the two markers.", dir_okay=False)] = Path("README.md"),
    figures: Annotated[Path, typer.Option(help="Where the figures are kept.", dir_okay=False)] = Path("docs/reference/eval-table.json"),
    processes: Annotated[int | None, typer.Option(min=1, max=256, help="As many as there are cores when left out.")] = None,
) -> None:
    """Put the newest whole runs of every suite into the README, and their figures beside it."""
    with plain_errors():
        settings = load_settings()
        text = _read(readme)
        put_into(text, "")
        found = gather(settings.home, all_suites(), datetime.now(UTC).date())
        if run:
            _run(missing(found), settings, processes)
            found = gather(settings.home, all_suites(), datetime.now(UTC).date())
        if not any(row.cells for row in found.rows):
            raise InvalidInput("No suite has a whole run yet: `maitred eval table --run` runs them.")
        _write(found, text, readme, figures)


def _run(lacking: list[tuple[str, str | None]], settings: Settings, processes: int | None) -> None:
    """One that cannot be run is named, and the others are run all the same."""
    for suite, model in lacking:
        spec = RunSpec(home=settings.home, models=settings.models_folder, model=model, processes=processes)
        try:
            asyncio.run(start(suite, spec, Bar(err) if err.is_terminal else Lines(err)))
        except MaitredError as error:
            err.print(f"[yellow]left out:[/yellow] {escape(suite)}: {escape(error.message)}", soft_wrap=True)


def _write(found: ReadmeTable, text: str, readme: Path, figures: Path) -> None:
    figures.parent.mkdir(parents=True, exist_ok=True)
    write_whole(figures, as_bytes(found))
    write_whole(readme, put_into(text, rendered(found)).encode())
    out.print(f"wrote {readme} and {figures}", markup=False, soft_wrap=True)
    for suite, model in missing(found):
        asked = f" --model {model}" if model else ""
        err.print(f"not run: maitred eval run {suite}{asked}", markup=False, soft_wrap=True)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"Cannot read {path}. Run it in the folder of the README, or name it with --readme.") from error
