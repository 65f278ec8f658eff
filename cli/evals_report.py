"""`maitred eval report`: a run for people who were not there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import out, plain_errors
from domain.errors import InvalidInput
from evals.comparing.baseline import path_for
from evals.comparing.compare import compare
from evals.comparing.sides import sides
from evals.reports.contents import cases_of, contents_of
from evals.reports.junit import junit
from evals.reports.markdown import markdown
from evals.reports.page import page
from evals.running.folder import find, load
from runtime.settings import load_settings


def report(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="Its id or the beginning of it, its folder, a suite for its latest run, or latest.")
    ] = "latest",
    html: Annotated[Path | None, typer.Option(help="Write a page that stands alone.", dir_okay=False)] = None,
    markdown_file: Annotated[Path | None, typer.Option("--markdown", help="Write a summary for a pull request.", dir_okay=False)] = None,
    junit_file: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML, a test for each case.", dir_okay=False)] = None,
    against: Annotated[str | None, typer.Option(metavar="RUN", help="Also say what changed since that run, or since `baseline`.")] = None,
) -> None:
    """Write what a run found to files; without one, a summary in Markdown goes to the terminal."""
    with plain_errors():
        settings = load_settings()
        folder = find(settings.home, run)
        done = load(folder.path)
        earlier = compare(*sides(settings.home, against, run, path_for(settings.llm.model)), intersection=True) if against else None
        if junit_file is not None:
            _write(junit_file, junit(done))
        if junit_file is not None and html is None and markdown_file is None:
            return
        contents = contents_of(done, *cases_of(folder), earlier)
        if html is not None:
            _write(html, page(contents).encode())
        if markdown_file is not None:
            _write(markdown_file, markdown(contents).encode())
        if html is None and markdown_file is None:
            typer.echo(markdown(contents), nl=False)


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise InvalidInput(f"Cannot write {path}: {error.strerror}. Name a file in a folder that you may write to.") from error
    out.print(f"wrote {path}", markup=False, soft_wrap=True)
