"""The page of the public benchmarks, and the JSON that it is made from: both are written by the command and never by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from domain.errors import InvalidInput
from evals.benchmarks.catalog import BENCHMARKS
from evals.benchmarks.result import BenchmarkResult, Row

PAGE, DATA = "public-benchmarks.md", "public-benchmarks.json"
COMMAND = "maitred eval benchmark --write"
RESULTS = TypeAdapter(tuple[BenchmarkResult, ...])


def read(folder: Path) -> tuple[BenchmarkResult, ...]:
    """The results that the page stands on; none when it was never written. Raises InvalidInput for a file that is something else."""
    place = folder / DATA
    if not place.exists():
        return ()
    try:
        return RESULTS.validate_json(place.read_bytes())
    except ValidationError as error:
        raise InvalidInput(f"{place} does not hold results of benchmarks; take the file away and measure again.") from error


def write(folder: Path, fresh: Iterable[BenchmarkResult]) -> tuple[BenchmarkResult, ...]:
    """Put `fresh` in the place of older results of the same sets, and write data and page. Raises InvalidInput without the folder."""
    if not folder.is_dir():
        raise InvalidInput(f"There is no folder {folder} to write the page to; name one with --docs.")
    by_name = {result.name: result for result in (*read(folder), *fresh)}
    results = tuple(by_name[name] for name in BENCHMARKS if name in by_name)
    (folder / DATA).write_bytes(orjson.dumps([one.model_dump(mode="json") for one in results], option=orjson.OPT_INDENT_2) + b"\n")
    (folder / PAGE).write_text(rendered(results), encoding="utf-8")
    return results


def rendered(results: Sequence[BenchmarkResult]) -> str:
    """The whole page."""
    return "\n".join(_page(results))


def shown(row: Row) -> str:
    """A figure with its interval: `92.5 % [91.3, 93.6]`, or `.939 [.922, .953]`."""
    one = row.figure
    bare = one.low == one.high
    if row.kind == "share":
        return f"{one.value:.1%}" + ("" if bare else f" [{one.low * 100:.1f}, {one.high * 100:.1f}]")
    return f"{one.value:.3f}" + ("" if bare else f" [{one.low:.3f}, {one.high:.3f}]")


def _page(results: Sequence[BenchmarkResult]) -> Iterator[str]:
    yield from (
        "# Public benchmarks",
        "",
        f"Written by `{COMMAND}` from [{DATA}]({DATA}); do not edit it by hand. Brackets hold 95 % intervals: Wilson for shares,",
        "bias-corrected bootstrap for means, correlations and areas, drawn over texts, tasks or customers. None of these sets is about",
        "routing valuable clients; they say how far the parts carry on data that nobody here wrote. Nothing of them is in this repository:",
        "each section says where its set is published, and [red-team.md](../how-to/red-team.md) and the suites cover what they cannot.",
        "Times are those of the machine and its load on that day.",
        "",
    )
    for result in results:
        yield from _section(result)


def _section(result: BenchmarkResult) -> Iterator[str]:
    yield from (f"## {result.title}", "", BENCHMARKS[result.name].asks, "")
    yield f"Measured on {result.measured_on}: {result.system}. The whole run took {result.seconds:,.0f} s on one process" + (
        f"; reading one text takes {result.median_ms:.1f} ms (median)." if result.median_ms is not None else "."
    )
    yield from ("", "| figure | value | n | what it is |", "|---|---|---|---|")
    yield from (f"| {row.name} | {shown(row)} | {row.figure.n:,} | {row.says} |" for row in result.rows)
    published = BENCHMARKS[result.name].published
    if published:
        yield from ("", "| others have | value | source | how far comparable |", "|---|---|---|---|")
        yield from (f"| {one.what} | {one.value} | {one.source} | {one.comparable} |" for one in published)
    yield from ("", "Protocol:", "")
    yield from (f"- {line}" for line in result.protocol)
    if result.not_measured:
        yield from ("", "What this does not tell:", "")
        yield from (f"- {line}" for line in result.not_measured)
    yield from ("", f"The set: {result.set_title}, {result.set_licence}, published at {result.set_address}.", "")
