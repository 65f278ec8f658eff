"""The page of public benchmarks is what its JSON says, figure by figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import InvalidInput
from evals.benchmarks import page
from evals.benchmarks.catalog import BENCHMARKS
from evals.benchmarks.result import BenchmarkResult, Row
from evals.statistics.intervals import Figure

DOCS = Path(__file__).parent.parent.parent.parent / "docs" / "reference"


def result(name: str, value: float) -> BenchmarkResult:
    """A result with one figure."""
    figure = Figure(value=value, low=value - 0.1, high=value + 0.1, n=40, units=40)
    return BenchmarkResult(
        name=name,
        title=name,
        measured_on="2026-11-25",
        system="embedded/x",
        protocol=("As it was.",),
        rows=(Row(name="accuracy", says="Right ones.", figure=figure),),
        seconds=1.0,
        set_title=name,
        set_address="https://example.com",
        set_licence="MIT",
    )


def test_the_committed_page_is_the_one_that_its_json_gives() -> None:
    assert (DOCS / page.PAGE).read_text(encoding="utf-8") == page.rendered(page.read(DOCS))


def test_the_committed_page_has_every_set_with_its_figures_and_its_place() -> None:
    text, results = (DOCS / page.PAGE).read_text(encoding="utf-8"), page.read(DOCS)
    assert [one.name for one in results] == list(BENCHMARKS)
    for one in results:
        assert one.set_address in text
        assert all(page.shown(row) in text for row in one.rows)


def test_a_fresh_result_takes_the_place_of_the_old_one_and_others_stay(tmp_path: Path) -> None:
    page.write(tmp_path, [result("banking77", 0.5), result("cdnow", 0.4)])
    page.write(tmp_path, [result("banking77", 0.6)])
    assert [(one.name, one.rows[0].figure.value) for one in page.read(tmp_path)] == [("banking77", 0.6), ("cdnow", 0.4)]
    assert "60.0% [50.0, 70.0]" in (tmp_path / page.PAGE).read_text(encoding="utf-8")


def test_a_file_that_holds_something_else_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / page.DATA).write_text("{}", encoding="utf-8")
    with pytest.raises(InvalidInput, match="take the file away"):
        page.write(tmp_path, [result("cdnow", 0.4)])
    assert (tmp_path / page.DATA).read_text(encoding="utf-8") == "{}"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--docs"):
        page.write(tmp_path / "nowhere", [result("cdnow", 0.4)])
