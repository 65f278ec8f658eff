"""`maitred eval show`: how long answers took, and how much could go without a person."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.cli.conftest import Said
from tests.evals.running.small_suite import line, write_suite
from tests.service import MODELS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAITRED_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MAITRED_MODELS", str(MODELS))
    monkeypatch.setenv("COLUMNS", "160")


def maitred(*arguments: str) -> Said:
    done = CliRunner().invoke(app, ["eval", *arguments])
    return Said(done.exit_code, done.stdout, done.stderr)


def test_times_are_told_only_of_answers_that_the_run_gave_itself(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(1), line(2)])
    assert maitred("run", suite).status == 0
    timed = maitred("show", "--times")
    assert (timed.status, "p95, ms" in timed.text, "whole" in timed.text) == (0, True, True)
    assert "p95, ms" not in maitred("show").text
    assert maitred("run", suite).status == 0
    assert "Every answer came from the cache" in maitred("show", "--times").text


def test_a_run_of_routing_says_as_its_page_does_how_much_could_go_without_a_person() -> None:
    said = maitred("run", "routing", "--n", "6", "--processes", "1")
    assert said.status == 0
    assert "How much could go without a person? None that these cases can prove to be right 95% of the time." in said.text
