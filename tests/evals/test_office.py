"""What evals do for a running service: in a process of their own, so that a worker stays small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from domain.errors import InvalidInput, NotFound, SetupFailed
from evals import office
from evals.office import EvalProcesses
from stores.eval_folders import EvalFolders
from tests.evals.comparing.runs import made_run, many
from tests.evals.reports.test_papers import laid

HEAVY = ("evals.suite", "evals.house", "evals.statistics", "evals.running", "evals.comparing", "numpy", "litellm", "sklearn")


def test_a_worker_loads_no_suite_and_no_statistics() -> None:
    code = f"import sys, evals.office; print([one for one in {HEAVY!r} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_a_report_and_a_comparison_are_made_where_they_are_looked_for(tmp_path: Path) -> None:
    laid(tmp_path, made_run("before", many(10, wrong=[1])))
    laid(tmp_path, made_run("after", many(10, wrong=[1, 2])))
    kept, processes = EvalFolders(tmp_path), EvalProcesses(tmp_path)
    await processes.make_report("after")
    report = await kept.report("after")
    assert report is not None
    assert report.failing == 2
    await processes.make_comparison("before", "after", False)
    found = await kept.comparison("before", "after", False)
    assert found is not None
    assert [one.case_id for one in found.flips] == ["c002"]


async def test_what_cannot_be_made_is_said_as_the_command_line_says_it(tmp_path: Path) -> None:
    laid(tmp_path, made_run("mine", many(4)))
    laid(tmp_path, made_run("other", many(4), suite="triage"))
    processes = EvalProcesses(tmp_path)
    with pytest.raises(InvalidInput, match="name two runs of one suite"):
        await processes.make_comparison("mine", "other", False)
    with pytest.raises(NotFound, match="is no run"):
        await processes.make_report("nothing")


async def test_a_process_that_breaks_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(SetupFailed, match="could not be made"):
        await EvalProcesses(tmp_path).make_report("run")
