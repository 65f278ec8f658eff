"""`maitred eval run|list|show`: exit statuses, and sentences that say what to do."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from cli.main import app
from domain.eval_report import RunState
from evals import catalog
from policies.rules import shipped
from stores.eval_folders import EvalFolders
from tests.cli.conftest import Said
from tests.evals.running.small_suite import line, write_suite
from tests.service import MODELS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own."""
    monkeypatch.setenv("MAITRED_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MAITRED_MODELS", str(MODELS))
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path / "home"


def maitred(*arguments: str) -> Said:
    """A command of `maitred eval`."""
    done = CliRunner().invoke(app, ["eval", *arguments])
    return Said(done.exit_code, done.stdout, done.stderr)


def small(folder: Path, *cases: dict[str, Any]) -> str:
    """The small suite with these cases."""
    return write_suite(folder / "suite", cases)


def test_a_run_whose_hard_metric_holds_ends_with_0_and_shows_its_figures(tmp_path: Path) -> None:
    said = maitred("run", small(tmp_path, line(1), line(2)))
    assert said.status == 0
    assert "Is a number doubled?" in said.text
    assert "100.0%" in said.text
    assert "hard: holds" in said.text


def test_one_miss_of_a_hard_metric_ends_with_1_and_names_the_case(tmp_path: Path) -> None:
    said = maitred("run", small(tmp_path, line(1), line(2, gold=5)))
    assert said.status == 1
    assert "right is hard and does not hold: n-002" in said.text
    shown = maitred("show", "--failed")
    assert shown.status == 0
    assert "n-002 it is not doubled" in shown.text


def test_a_run_leaves_what_the_console_shows_with_the_inputs_of_what_failed(tmp_path: Path, home: Path) -> None:
    maitred("run", small(tmp_path, line(1), line(2, gold=5)))
    kept = EvalFolders(home)
    [found] = asyncio.run(kept.lines())
    assert (found.state, found.passed and found.passed.value) == (RunState.FAILS, 0.5)
    [failed] = asyncio.run(kept.failed(found.head.id, 0, 5))
    assert (failed.case_id, failed.asked, failed.expected, failed.got) == ("n-002", "number: 2", "double: 5", "double: 4")


def test_a_missed_goal_ends_with_1_only_when_it_is_strict(tmp_path: Path) -> None:
    suite = Path(small(tmp_path, *(line(number, gold=-1) for number in range(8))))
    suite.write_text(suite.read_text().replace("hard=True", "goal=0.9"))
    assert (maitred("run", str(suite)).status, maitred("run", str(suite), "--strict").status) == (0, 1)


def test_json_holds_the_figures_and_nothing_but_json_is_on_standard_output(tmp_path: Path) -> None:
    said = maitred("run", small(tmp_path, line(1), line(2, gold=5)), "--json", "--repeat", "2")
    plain = orjson.loads(said.out)
    assert (said.status, plain["passed"]["value"], plain["failed"]) == (1, 0.5, ["n-002"])
    assert [one["k"] for one in plain["pass_hats"]] == [1, 2]
    assert orjson.loads(maitred("show", "doubles", "--json").out) == {name: value for name, value in plain.items() if name != "folder"}


def test_repeats_show_both_estimates(tmp_path: Path) -> None:
    said = maitred("run", small(tmp_path, line(1), line(2, gold=5)), "--repeat", "2")
    assert "pass^k" in said.text
    assert "pass@k" in said.text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "routin"), "There is no suite routin. Did you mean routing?"),
        (("run", "zzzz"), "There is no suite zzzz. `maitred eval list` shows all"),
        (("run", "./nowhere.py"), "There is no file nowhere.py"),
        (("run", "triage", "--policy", "nowhere.yaml"), "Cannot read the policy nowhere.yaml: No such file"),
        (("run", "triage", "--prompts", "nowhere"), "--prompts names a folder of prompts; nowhere is none"),
        (("run", "triage", "--api-base", "http://127.0.0.1:1"), "name the model as well"),
        (("run", "triage", "--n", "0"), "Invalid value for '--n'"),
        (("run", "--resume", "nothing"), "There is no run in"),
    ],
)
def test_what_cannot_be_run_ends_with_2_and_a_sentence(arguments: tuple[str, ...], says: str, home: Path) -> None:
    said = maitred(*arguments)
    assert said.status == 2
    assert says in said.text
    assert not (home / "evals" / "runs").exists()


def test_one_bad_name_is_told_before_anything_runs(tmp_path: Path, home: Path) -> None:
    said = maitred("run", small(tmp_path, line(1)), "routin", "--json")
    assert (said.status, "Did you mean routing?" in said.text) == (2, True)
    assert not (home / "evals" / "runs").exists()


@pytest.mark.parametrize(("more", "says"), [(("--policy", "nowhere.yaml"), "Cannot read the policy nowhere.yaml"), ((), "No suite ran")])
def test_all_suites_of_which_none_ran_end_with_2(more: tuple[str, ...], says: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "names", lambda: ["rulings"])
    said = maitred("run", *more)
    assert (said.status, says in said.text) == (2, True)
    assert not (home / "evals" / "runs").exists()


def test_of_all_suites_one_without_cases_is_left_out_and_the_others_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "names", lambda: ["rulings", suite])
    suite = small(tmp_path, line(1))
    said = maitred("run")
    assert said.status == 0
    assert "left out: rulings: Set MAITRED_EVAL_RULINGS" in said.text
    assert "Is a number doubled?" in said.text
    assert maitred("run", "rulings", suite).status == 2


def test_a_fault_in_a_data_file_or_a_policy_is_told_with_its_line(tmp_path: Path) -> None:
    suite = small(tmp_path, line(1), line(1))
    told = maitred("run", suite)
    assert (told.status, "cases.jsonl:2: the id n-001 stands in line 1 already" in told.text) == (2, True)
    (tmp_path / "bad.yaml").write_text(shipped().replace("policy: vip-support", "policy: vip-support\nguard: []", 1))
    policy = maitred("run", small(tmp_path, line(1)), "--policy", str(tmp_path / "bad.yaml"))
    assert policy.status == 2
    assert f"{tmp_path / 'bad.yaml'}:" in policy.text
    (tmp_path / "bad.yaml").write_text("")
    assert maitred("run", small(tmp_path, line(1)), "--policy", str(tmp_path / "bad.yaml")).status == 2


def test_a_suite_that_raises_for_all_says_so_in_one_sentence(tmp_path: Path) -> None:
    said = maitred("run", small(tmp_path, *(line(number, raises="no abacus") for number in range(3))))
    assert said.status == 1
    assert "Every case went without an answer, 3 of 3 answers because of ValueError: no abacus" in said.text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import nothing_of_that_name", "cannot be imported: ModuleNotFoundError"),
        ("SUITE = 7", "holds no suite: it needs a line `SUITE = Suite(...)`"),
        ("def", "cannot be imported: SyntaxError"),
    ],
)
def test_a_file_that_is_no_suite_is_told_what_it_lacks(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "own.py").write_text(text)
    said = maitred("run", str(tmp_path / "own.py"))
    assert said.status == 2
    assert says in said.text


def test_a_spent_budget_ends_with_3_and_the_command_that_goes_on(tmp_path: Path) -> None:
    suite = small(tmp_path, *(line(number) for number in range(4)))
    stopped = maitred("run", suite, "--max-cost", "0.02")
    assert stopped.status == 3
    run_id = stopped.text.rpartition("--resume ")[2].split()[0]
    assert maitred("show", run_id).status == 1
    assert maitred("run", "--resume", run_id, "--max-cost", "1").status == 0


def test_suites_are_listed_with_their_cases_and_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "names", lambda: ["triage"])
    rows = {row["suite"]: row for row in orjson.loads(maitred("list", "--json").out)}
    assert rows["triage"]["cases"] > 500
    assert rows["triage"]["asks"].endswith("?")
