"""`maitred eval compare|gate|history`: exit statuses, and sentences that say what to do."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.cli.conftest import Said
from tests.evals.running.small_suite import line, write_suite
from tests.service import MODELS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and a working folder without a baseline."""
    monkeypatch.setenv("MAITRED_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MAITRED_MODELS", str(MODELS))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def maitred(*arguments: str) -> Said:
    """A command of `maitred eval`."""
    done = CliRunner().invoke(app, ["eval", *arguments])
    return Said(done.exit_code, done.stdout, done.stderr)


def small(folder: Path, wrong: int, *more: dict[str, Any], hard: bool = False) -> str:
    """The small suite with twenty cases, of which the first so many are wrong."""
    cases = [line(number, gold=-1) if number < wrong else line(number) for number in range(20)]
    suite = Path(write_suite(folder / "suite", [*cases, *more]))
    doubled, told = 'case.input["number"] * 2', 'case.input["number"] * (1 + (case.input["number"] % 2 or not (HERE / "broken").exists()))'
    text = suite.read_text().replace(doubled, told).replace("print(", "str(")
    suite.write_text(text if hard else text.replace("hard=True", "goal=0.9"))
    return str(suite)


def broken(suite: str) -> None:
    """From here on the system gets the even numbers wrong; what it said before is in the cache."""
    Path(suite).with_name("broken").touch()


def ran(suite: str) -> str:
    """A fresh run; its id."""
    return orjson.loads(maitred("run", suite, "--fresh", "--json").out)["run"]


def test_without_a_baseline_the_gate_says_how_one_is_made(tmp_path: Path) -> None:
    said = maitred("gate", "--suite", small(tmp_path, 0))
    assert said.status == 2
    assert 'maitred eval gate --accept --reason "first baseline"' in said.text


def test_what_is_accepted_passes_and_what_got_worse_ends_with_1_and_its_cases(tmp_path: Path) -> None:
    suite = small(tmp_path, 2)
    accepted = maitred("gate", "--accept", "--reason", "first", "--suite", suite)
    assert accepted.status == 0
    assert "evals/baselines/embedded.json" in accepted.text
    assert maitred("gate").status == 0
    broken(suite)
    said = maitred("gate", "--fresh")
    assert said.status == 1
    assert "worse right got worse: 90.0 % → 45.0 %" in said.text
    assert "where: parity: even (9 of 9 changed cases, 10 cases in it)" in said.text
    assert "n-004 (parity: even): it is not doubled" in said.text
    assert "The change must not go in" in said.text
    found = orjson.loads(maitred("gate", "--fresh", "--json").out)
    assert (found["passed"], found["suites"][0]["findings"][0]["fault"]) == (False, "worse")


def test_a_suite_that_was_never_accepted_ends_with_1_and_is_not_counted_as_held_against_the_baseline(tmp_path: Path) -> None:
    suite = small(tmp_path, 0)
    maitred("gate", "--accept", "--reason", "first", "--suite", suite)
    file = tmp_path / "evals" / "baselines" / "embedded.json"
    assert "1 suite held against" in maitred("gate", "--suite", suite).text
    file.write_text(file.read_text().replace('"doubles"', '"another"'))
    said = maitred("gate", "--suite", suite)
    assert (said.status, "new doubles is not in the baseline: accept it first" in said.text) == (1, True)
    assert "held against" not in said.text


def test_a_missed_hard_metric_is_not_accepted_and_changes_nothing(tmp_path: Path) -> None:
    assert maitred("gate", "--accept", "--reason", "first", "--suite", small(tmp_path, 0, hard=True)).status == 0
    before = (tmp_path / "evals" / "baselines" / "embedded.json").read_bytes()
    said = maitred("gate", "--accept", "--reason", "again", "--suite", small(tmp_path, 1, hard=True))
    assert said.status == 1
    assert "right is hard and missed in 1 case" in said.text
    assert (tmp_path / "evals" / "baselines" / "embedded.json").read_bytes() == before


def test_accepting_wants_a_reason(tmp_path: Path) -> None:
    said = maitred("gate", "--accept", "--suite", small(tmp_path, 0))
    assert said.status == 2
    assert "Say why" in said.text
    assert not (tmp_path / "evals").exists()


def test_a_policy_that_cannot_be_read_and_a_suite_that_is_gone_for_nothing_end_with_2_and_write_nothing(tmp_path: Path) -> None:
    unread = maitred("gate", "--accept", "--reason", "first", "--policy", "typo.yaml")
    assert (unread.status, "Cannot read the policy typo.yaml" in unread.text) == (2, True)
    gone = maitred("gate", "--gone", "routing")
    assert (gone.status, "it goes with --accept" in gone.text) == (2, True)
    assert not (tmp_path / "evals").exists()


def test_runs_of_other_cases_are_compared_only_when_that_is_asked_for(tmp_path: Path) -> None:
    earlier, later = ran(small(tmp_path, 0)), ran(small(tmp_path, 3, line(77)))
    assert {one["run"]["id"] for one in orjson.loads(maitred("history", "--json").out)} == {earlier, later}
    refused = maitred("compare", earlier, later)
    assert refused.status == 2
    assert "1 added, 3 changed" in refused.text
    said = maitred("compare", earlier, later, "--intersection")
    assert said.status == 0
    assert "Every case came to the same." in said.text


def test_a_comparison_ends_with_0_whatever_it_finds(tmp_path: Path) -> None:
    suite = small(tmp_path, 0)
    earlier = ran(suite)
    broken(suite)
    later = ran(suite)
    said = maitred("compare", earlier, later)
    assert said.status == 0
    assert "right got worse in parity: even (9 of 9 changed cases" in said.text
    assert "after: it is not doubled" in said.text
    assert "n-002" in maitred("compare", earlier, later, "--markdown").text
    assert orjson.loads(maitred("compare", earlier, later, "--json").out)["metrics"][0]["worse"][0] == "n-002"


def test_a_run_is_pushed_only_where_a_database_is_named(tmp_path: Path) -> None:
    maitred("run", small(tmp_path, 0))
    said = maitred("history", "push", "latest")
    assert said.status == 2
    assert "set MAITRED_DATABASE_URL" in said.text


async def test_a_finished_run_is_kept_in_the_database_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("MAITRED_DATABASE_URL", database_url)
    said = await asyncio.to_thread(maitred, "run", small(tmp_path, 1))
    assert (said.status, "not kept" in said.text) == (0, False)
    monkeypatch.setenv("MAITRED_HOME", str(tmp_path / "another"))
    [found] = orjson.loads((await asyncio.to_thread(maitred, "history", "--json")).out)
    assert (found["run"]["suite"], found["kept"], found["run"]["figures"]["right"]["value"]) == ("doubles", ["postgres"], 0.95)


def test_a_database_that_is_away_fails_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAITRED_DATABASE_URL", f"postgresql://nobody@/none?host={tmp_path}")
    said = maitred("run", small(tmp_path, 0))
    assert said.status == 0
    assert "The run is in its folder, and was not kept in Postgres" in said.text


def test_an_empty_history_says_what_to_do() -> None:
    assert maitred("history").text.strip() == "There is no finished run yet: maitred eval run"
