"""`maitred eval benchmark`: the product's parts on published data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli.console import err, out, plain_errors, print_json
from evals.benchmarks import page
from evals.benchmarks.catalog import BENCHMARKS, Benchmark
from evals.benchmarks.catalog import benchmark as find
from evals.benchmarks.published_set import SetAbsent
from evals.benchmarks.result import BenchmarkResult
from runtime.settings import load_settings

DOCS = Path("docs/reference")


def benchmark(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Which: {', '.join(BENCHMARKS)}; all when left out.", show_default=False)
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the page and its JSON, keeping what other sets have there.")] = False,
    docs: Annotated[Path, typer.Option(help="The folder of the page.")] = DOCS,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Measure the embedded model, the search and the value arithmetic on published sets that MAITRED_EVAL_DATA names.

    A set that is not there is left out, with a sentence that says where it is published.
    """
    with plain_errors():
        found = [result for one in _chosen(names) if (result := _measured(one)) is not None]
        if write and found:
            page.write(docs, found)
        if as_json:
            print_json([one.model_dump(mode="json") for one in found])
            return
        for result in found:
            _show(result)
        if write and found:
            out.print(f"Written: {docs / page.PAGE} and {docs / page.DATA}.")


def _chosen(names: list[str] | None) -> list[Benchmark]:
    return [find(name) for name in names] if names else list(BENCHMARKS.values())


def _measured(chosen: Benchmark) -> BenchmarkResult | None:
    try:
        place = chosen.set.place()
        err.print(f"{chosen.set.title}: {chosen.asks}")
        return chosen.run(place, load_settings().models_folder)
    except SetAbsent as absent:
        err.print(f"[yellow]skipped:[/yellow] {absent.message}", soft_wrap=True)
        return None


def _show(result: BenchmarkResult) -> None:
    table = Table("figure", "value [95 %]", "n", "what it is", title=result.title, title_justify="left")
    for row in result.rows:
        table.add_row(row.name, page.shown(row), f"{row.figure.n:,}", row.says)
    for one in BENCHMARKS[result.name].published:
        table.add_row("[dim]others[/dim]", one.value, "", f"[dim]{one.what}: {one.comparable}[/dim]")
    out.print(table)
    out.print(f"{result.seconds:,.0f} s in all" + (f", {result.median_ms:.1f} ms a text." if result.median_ms is not None else "."))
