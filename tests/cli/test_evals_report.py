"""`maitred eval report` and `maitred eval table`, on runs as they lie on disk."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from cli.main import app
from evals.reports.readme_table import BEGIN, END
from evals.suites import guards
from tests.evals.reports.test_readme_table import keep


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAITRED_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    keep(tmp_path / "home", "20260101T000000Z-routing-a", 40)
    keep(tmp_path / "home", "20260102T000000Z-routing-b", 30)
    return tmp_path


def test_a_run_is_written_as_page_markdown_and_junit(home: Path) -> None:
    files = [home / "out" / name for name in ("r.html", "r.md", "r.xml")]
    found = CliRunner().invoke(
        app, ["eval", "report", "routing", "--html", str(files[0]), "--markdown", str(files[1]), "--junit", str(files[2])]
    )
    assert found.exit_code == 0, found.output
    assert files[0].read_text("utf-8").startswith("<!doctype html>")
    assert files[1].read_text("utf-8").startswith("### routing: holds")
    assert len(list(ElementTree.parse(files[2]).iter("testcase"))) == 40


def test_without_a_file_markdown_goes_to_the_terminal_with_what_changed(home: Path) -> None:
    found = CliRunner().invoke(app, ["eval", "report", "20260102", "--against", "20260101"])
    assert found.exit_code == 0, found.output
    assert "20260101T000000Z-routing-a → 20260102T000000Z-routing-b" in found.output
    assert "| passed (40) | 100.0 % | 75.0 % |" in found.output


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["nowhere"], "There is no run nowhere"),
        (["routing", "--html", "{home}/blocked/r.html"], "Name a file in a folder that you may write to."),
        (["routing", "--against", "other"], "There is no run other"),
    ],
)
def test_what_cannot_be_written_is_said_in_a_sentence(home: Path, asked: list[str], said: str) -> None:
    (home / "blocked").write_text("a file, no folder")
    found = CliRunner().invoke(app, ["eval", "report", *(one.format(home=home) for one in asked)])
    assert found.exit_code == 1
    assert said in " ".join(found.output.split())


def test_a_readme_without_markers_is_left_as_it_is(home: Path) -> None:
    (home / "README.md").write_text("mine")
    found = CliRunner().invoke(app, ["eval", "table", "--readme", str(home / "README.md"), "--figures", str(home / "t.json")])
    assert found.exit_code == 1
    assert "put the lines" in " ".join(found.output.split())
    assert (home / "README.md").read_text() == "mine"
    assert not (home / "t.json").exists()


def test_a_table_of_nothing_is_refused_and_says_how_to_fill_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runs of the fixture are not of the real suite's cases."""
    monkeypatch.setattr("cli.evals_table.all_suites", lambda: [guards.SUITE])
    (home / "README.md").write_text(f"{BEGIN}\n{END}\n")
    found = CliRunner().invoke(app, ["eval", "table", "--readme", str(home / "README.md"), "--figures", str(home / "t.json")])
    assert found.exit_code == 1
    assert "maitred eval table --run" in " ".join(found.output.split())
    assert (home / "README.md").read_text() == f"{BEGIN}\n{END}\n"
