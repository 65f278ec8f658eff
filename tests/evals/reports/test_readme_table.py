"""The README's table comes from runs, by way of committed figures."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain.errors import InvalidInput
from evals import datasets
from evals.case import EvalCase
from evals.reports.readme_table import (
    BEGIN,
    COLUMNS,
    EMBEDDED,
    END,
    LOCAL,
    ReadmeTable,
    as_bytes,
    gather,
    missing,
    put_into,
    rendered,
    stored,
)
from evals.running.folder import runs_of
from evals.suite import Answer, Judgement, Suite
from tests.evals.statistics.made import RIGHT, result, run_of

ROOT = Path(__file__).parents[3]
CASES = [EvalCase(id=f"c{at}", source="maitred authors", licence="Apache-2.0", input={}, gold={}) for at in range(40)]


async def _never(*_: Any) -> Answer:
    raise AssertionError("no case is answered for a table")


def _not_judged(*_: Any) -> Judgement:
    raise AssertionError("no case is judged for a table")


def suite(version: int = 1) -> Suite:
    return Suite(
        name="routing",
        asks="Does every case end where it should?",
        metrics=(RIGHT,),
        cases=lambda _: CASES,
        answer=_never,
        judge=_not_judged,
        baselines={"majority": _never, "obedient": _never},
        version=version,
    )


def keep(home: Path, run_id: str, right: int, **spec: Any) -> None:
    """A finished run of all cases, of which so many are right."""
    run = run_of(
        [result(one.id, right=at < right) for at, one in enumerate(CASES)], [RIGHT], id=run_id, dataset_digest=datasets.digest(CASES)
    )
    folder = runs_of(home) / run_id
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(run.manifest.model_dump_json())
    (folder / "spec.json").write_bytes(orjson.dumps({"suite": "routing", "model": None, "seed": 7, "n": None, **spec}))
    (folder / "results.jsonl").write_text("".join(f"{one.model_dump_json()}\n" for one in run.results))
    (folder / "times.jsonl").write_text("")


def made(home: Path, version: int = 1) -> ReadmeTable:
    return gather(home, [suite(version)], date(2026, 11, 26))


def test_the_newest_run_of_each_answerer_stands_in_its_column(tmp_path: Path) -> None:
    keep(tmp_path, "2026-1", 10)
    keep(tmp_path, "2026-2", 30)
    keep(tmp_path, "2026-3", 20, model="baseline:majority")
    keep(tmp_path, "2026-4", 36, model="openai/small", api_base="http://127.0.0.1:1/v1")
    (row,) = made(tmp_path).rows
    assert {column: cell.figure.value for column, cell in row.cells.items()} == {EMBEDDED: 0.75, "majority": 0.5, LOCAL: 0.9}
    line = next(one for one in rendered(made(tmp_path)).splitlines() if one.startswith("| routing"))
    cells = [one.strip() for one in line.strip("|").split("|")]
    assert cells[:4] == ["routing", "40", "right route ↑", "50.0 % [35.2, 64.8]"]
    assert cells[4:6] == ["–", "–"]


def test_what_is_no_whole_run_of_todays_cases_does_not_count(tmp_path: Path) -> None:
    """A sample, another policy, other prompts, a provider's model, a run that stopped, and garbage."""
    keep(tmp_path, "2026-1", 40, n=20)
    keep(tmp_path, "2026-2", 40, policy="mine.yaml")
    keep(tmp_path, "2026-3", 40, prompts="mine")
    keep(tmp_path, "2026-4", 40, model="openai/gpt")
    keep(tmp_path, "2026-5", 40)
    (runs_of(tmp_path) / "2026-5" / "results.jsonl").unlink()
    (runs_of(tmp_path) / "2026-6").mkdir()
    table = made(tmp_path)
    assert table.rows[0].cells == {}
    assert missing(table) == [("routing", "baseline:majority"), ("routing", None)]
    assert "not run" in rendered(table)


def test_a_run_by_older_rules_does_not_count(tmp_path: Path) -> None:
    keep(tmp_path, "2026-1", 40)
    assert made(tmp_path, version=2).rows[0].cells == {}


def test_only_what_lies_between_the_markers_is_replaced(tmp_path: Path) -> None:
    keep(tmp_path, "2026-1", 40)
    block = rendered(made(tmp_path))
    once = put_into(f"before\n{BEGIN}\nold\n{END}\nafter\n", block)
    assert once == f"before\n{block}\nafter\n"
    assert put_into(once, block) == once


@pytest.mark.parametrize("readme", ["nothing", f"{BEGIN}", f"{END} {BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_readme_without_a_place_is_refused(readme: str) -> None:
    with pytest.raises(InvalidInput, match="put the lines"):
        put_into(readme, "")


def test_figures_come_back_as_they_were_and_others_are_refused(tmp_path: Path) -> None:
    keep(tmp_path, "2026-1", 40)
    (tmp_path / "t.json").write_bytes(as_bytes(made(tmp_path)))
    assert stored(tmp_path / "t.json") == made(tmp_path)
    (tmp_path / "t.json").write_text("{}")
    with pytest.raises(InvalidInput, match="maitred eval table"):
        stored(tmp_path / "t.json")


def test_the_table_of_the_readme_is_the_one_of_the_committed_figures() -> None:
    """Edited by hand it would differ."""
    readme = (ROOT / "README.md").read_text("utf-8")
    block = BEGIN + readme.partition(BEGIN)[2].partition(END)[0] + END
    table = stored(ROOT / "docs" / "reference" / "eval-table.json")
    assert block == rendered(table)
    rows = [one for one in block.splitlines() if one.startswith("|")]
    assert {one.count("|") for one in rows} == {4 + len(COLUMNS)}
    assert len(rows) == 2 + len(table.rows)
    assert any(row.cells for row in table.rows)
