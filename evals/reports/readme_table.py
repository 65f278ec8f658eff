"""The README's table: each suite's first metric, for what should be beaten and for what answers. Only a command writes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from pydantic import Field, ValidationError

from domain.decision import Frozen
from domain.errors import InvalidInput, MaitredError
from evals import catalog, datasets
from evals.reports.figures import interval_of, value_of, words_of
from evals.running.folder import Run, RunFolder, load, runs_of
from evals.running.runner import cases_of
from evals.running.spec import BASELINE, RunSpec
from evals.statistics.intervals import Figure
from evals.statistics.summary import summarise_metric
from evals.suite import Better, Metric, Suite

BEGIN, END = "<!-- eval-table -->", "<!-- /eval-table -->"
EMBEDDED, LOCAL = "embedded model", "local LLM"
BASELINES = ("majority", "keyword", "tier-only")
COLUMNS = (*BASELINES, EMBEDDED, LOCAL)
NOT_RUN, NONE = "not run", "–"


class Cell(Frozen):
    """One suite's main metric under one answerer."""

    figure: Figure
    model: str
    run: str
    on: str = Field(description="Day on which the run began.")


class Row(Frozen):
    """One suite."""

    suite: str
    asks: str
    cases: int
    metric: Metric
    baselines: tuple[str, ...] = Field(description="Those that the suite has.")
    cells: dict[str, Cell] = Field(description="By column; what was not run is not in it.")


class ReadmeTable(Frozen):
    """All of it, as committed beside the README."""

    made_on: str
    rows: tuple[Row, ...]


def gather(home: Path, suites: Iterable[Suite], today: date) -> ReadmeTable:
    """From the newest whole run of each suite and answerer whose cases are today's. Suites whose cases are not here are left out."""
    runs = list(_whole_runs(home))
    rows = [row for suite in suites if (row := _row(suite, runs, home))]
    return ReadmeTable(made_on=today.isoformat(), rows=tuple(rows))


def missing(table: ReadmeTable) -> list[tuple[str, str | None]]:
    """Suite and model of the runs that the table lacks. A local LLM is nobody's duty."""
    return [
        (row.suite, None if column == EMBEDDED else f"{BASELINE}{column}")
        for row in table.rows
        for column in (*row.baselines, EMBEDDED)
        if column not in row.cells
    ]


def rendered(table: ReadmeTable) -> str:
    """Markdown between the markers, with them."""
    head = ["suite", "cases", "metric", *COLUMNS]
    lines = [f"| {' | '.join(head)} |", f"|---|--:|---|{'--:|' * len(COLUMNS)}", *map(_line, table.rows)]
    said = (
        f"Made by `maitred eval table` on {table.made_on}, never edited by hand: [the figures](docs/reference/eval-table.json). "
        "Each value with its 95 % interval; ↑ should be high, ↓ low. Cases of one text count as one "
        f"([how](docs/explanation/eval-statistics.md)). A dash: the suite has no such baseline. {_models(table)}"
    )
    return "\n".join([BEGIN, "", *lines, "", said, "", END])


def put_into(readme: str, block: str) -> str:
    """The README with a new block. Raises InvalidInput when it does not hold the two markers once each."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after or END in after:
        raise InvalidInput(f"The table has no place: put the lines {BEGIN} and {END} once each, in this order, where it should stand.")
    return f"{before}{block}{after}"


def stored(path: Path) -> ReadmeTable:
    """The committed figures. Raises InvalidInput."""
    try:
        return ReadmeTable.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InvalidInput(f"{path} does not hold the table's figures: make it anew with `maitred eval table`.") from error


def as_bytes(table: ReadmeTable) -> bytes:
    """The figures for the repository, a line each, so that a change shows in a diff."""
    return orjson.dumps(table.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _row(suite: Suite, runs: Sequence[tuple[str, RunFolder, dict[str, Any]]], home: Path) -> Row | None:
    wanted: dict[int, str] = {}
    cells: dict[str, Cell] = {}
    try:
        cases = cases_of(suite, RunSpec(home=home))
    except MaitredError:
        return None
    for name, folder, spec in runs:
        column = _column(spec)
        if name != suite.name or column in cells or column is None or folder.manifest.suite_version != suite.version:
            continue
        seed = int(spec["seed"])
        if seed not in wanted:
            wanted[seed] = datasets.digest(cases_of(suite, RunSpec(home=home, seed=seed)))
        if folder.manifest.dataset_digest == wanted[seed] and (cell := _cell(load(folder.path), suite.metrics[0])):
            cells[column] = cell
    return Row(
        suite=suite.name,
        asks=suite.asks,
        cases=len(cases),
        metric=suite.metrics[0],
        baselines=tuple(one for one in BASELINES if one in suite.baselines),
        cells=cells,
    )


def _cell(run: Run, metric: Metric) -> Cell | None:
    figure = summarise_metric(metric, run.results).figure
    if figure is None:
        return None
    return Cell(figure=figure, model=run.manifest.model, run=run.manifest.id, on=run.manifest.began_at[:10])


def _whole_runs(home: Path) -> Iterator[tuple[str, RunFolder, dict[str, Any]]]:
    """Suite, folder and spec of the finished runs of all cases under the shipped policy and prompts, newest first."""
    for path in sorted(runs_of(home).glob("*/"), reverse=True):
        folder = RunFolder(path)
        try:
            name, spec = folder.manifest.suite, folder.spec
        except (MaitredError, OSError, orjson.JSONDecodeError):
            continue
        if folder.complete and not (spec.get("n") or spec.get("policy") or spec.get("prompts")):
            yield name, folder, spec


def _column(spec: dict[str, Any]) -> str | None:
    """Whose answers they are. A model behind a server of one's own is a local one; a provider's has no column."""
    model = spec.get("model")
    if model is None:
        return EMBEDDED
    if str(model).startswith(BASELINE):
        return str(model).removeprefix(BASELINE)
    return LOCAL if spec.get("api_base") or str(model).startswith(("ollama", "hosted_vllm/", "lm_studio/", "llamafile/")) else None


def _line(row: Row) -> str:
    name = f"{words_of(row.metric.name)} {'↑' if row.metric.better is Better.HIGHER else '↓'}"
    return f"| {' | '.join([row.suite, _counted(row), name, *(_said(row, column) for column in COLUMNS)])} |"


def _counted(row: Row) -> str:
    """Cases of the suite, and how many of them the metric applies to when not all."""
    applied = max((cell.figure.n for cell in row.cells.values()), default=row.cases)
    return f"{row.cases:,}" if applied == row.cases else f"{applied:,} of {row.cases:,}"


def _said(row: Row, column: str) -> str:
    cell = row.cells.get(column)
    if cell:
        return f"{value_of(row.metric, cell.figure.value)} [{interval_of(row.metric, cell.figure).replace(' to ', ', ')}]"
    return NONE if column in BASELINES and column not in row.baselines else NOT_RUN


def _models(table: ReadmeTable) -> str:
    models = {cell.model for row in table.rows for column, cell in row.cells.items() if column in (EMBEDDED, LOCAL)}
    return f"Models: {', '.join(f'`{one}`' for one in sorted(models))}." if models else ""


def all_suites() -> list[Suite]:
    """Our own suites, by name."""
    return list(catalog.suites().values())
