"""Runs as they lie in folders: what is torn, foreign or hostile costs no page, and what is there is read once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain.eval_history import Figure, RunHead
from domain.eval_report import FailedCase, GateNote, RunReport, RunState, UsageReport
from stores.eval_folders import EvalFolders

PASSED = Figure(value=0.5, low=0.3, high=0.7, cases=10)


def head(run_id: str, minute: int = 0, **changes: Any) -> RunHead:
    told: dict[str, Any] = {
        "id": run_id,
        "suite": "routing",
        "suite_version": 1,
        "dataset_digest": "sha256:data",
        "cases": 10,
        "repeats": 1,
        "seed": 7,
        "model": "embedded/one",
        "policy": "vip-support@sha256:aaaa",
        "code_digest": "sha256:code",
        "began_at": datetime(2026, 11, 25, 9, minute, tzinfo=UTC),
        "machine": "2 cores",
    }
    return RunHead.model_validate({**told, **changes})


def report(of: RunHead, **changes: Any) -> RunReport:
    told: dict[str, Any] = {
        "head": of,
        "asks": "Is it right?",
        "state": RunState.HOLDS,
        "answers": of.cases,
        "passed": PASSED,
        "failing": 3,
        "kept": 3,
        "dangerous": 1,
        "without_answer": 0,
        "first": (),
        "without_inputs": "",
        "metrics": (),
        "confusions": (),
        "calibration": None,
        "costs": None,
        "repeats": (),
        "stages": (),
        "usage": UsageReport(calls=0, tokens=0, cost=0.0),
    }
    return RunReport.model_validate({**told, **changes})


def failed(number: int) -> FailedCase:
    return FailedCase(
        case_id=f"c{number}",
        repeat=0,
        slices="",
        dangerous=False,
        danger="",
        cost=None,
        why="",
        labels=(),
        asked="",
        expected="",
        got="",
        origin="",
    )


def lay(home: Path, of: RunHead, *, finished: bool = True) -> EvalFolders:
    """A run's folder, without a report."""
    folder = home / "evals" / "runs" / of.id
    folder.mkdir(parents=True)
    (folder / "run.json").write_bytes(orjson.dumps({**of.model_dump(mode="json"), "asks": "more than a head holds"}))
    if finished:
        (folder / "results.jsonl").touch()
    return EvalFolders(home)


async def test_runs_come_newest_first_with_what_they_came_to(tmp_path: Path) -> None:
    lay(tmp_path, head("first"))
    lay(tmp_path, head("second", 1))
    kept = lay(tmp_path, head("third", 2), finished=False)
    kept.write_report(report(head("first")), [failed(1)])
    kept.write_gate("first", GateNote(passed=False, baseline="b.json", accepted_at="2026-11-01", findings=("worse: …",)))
    lines = await kept.lines()
    assert [(one.head.id, one.state) for one in lines] == [
        ("third", RunState.STOPPED),
        ("second", RunState.UNTOLD),
        ("first", RunState.HOLDS),
    ]
    assert (lines[2].passed, lines[2].dangerous) == (PASSED, 1)
    assert lines[2].gate is not None
    assert not lines[2].gate.passed


async def test_a_line_follows_its_files(tmp_path: Path) -> None:
    kept = lay(tmp_path, head("run"))
    assert [one.state for one in await kept.lines()] == [RunState.UNTOLD]
    kept.write_report(report(head("run"), state=RunState.FAILS), [])
    assert [one.state for one in await kept.lines()] == [RunState.FAILS]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": 1}', '{"id": "run"}', "null", "\x00"])
async def test_a_manifest_that_cannot_be_read_is_left_out(tmp_path: Path, text: str) -> None:
    kept = lay(tmp_path, head("run"))
    lay(tmp_path, head("good", 1))
    (tmp_path / "evals" / "runs" / "run" / "run.json").write_text(text)
    assert [one.head.id for one in await kept.lines()] == ["good"]
    assert await kept.line("run") is None


@pytest.mark.parametrize("text", ["", "{", '{"format": 2}', "null"])
async def test_a_report_of_another_release_is_none_and_is_made_again(tmp_path: Path, text: str) -> None:
    kept = lay(tmp_path, head("run"))
    kept.write_report(report(head("run")), [failed(1)])
    (tmp_path / "evals" / "runs" / "run" / "report.json").write_text(text)
    (tmp_path / "evals" / "runs" / "run" / "failed.jsonl").write_text(text)
    assert await kept.report("run") is None
    assert await kept.failed("run", 0, 5) == []
    assert [one.state for one in await kept.lines()] == [RunState.UNTOLD]


@pytest.mark.parametrize("name", ["", ".", "..", "../run", "a/b", "/etc", "run\n", "run\x00", "x" * 300, ".hidden", "run%2f..", "rün"])
async def test_a_name_reaches_nothing_outside(tmp_path: Path, name: str) -> None:
    kept = lay(tmp_path, head("run"))
    kept.write_report(report(head("run")), [failed(1)])
    (tmp_path / "evals" / "runs" / "run.json").write_bytes(orjson.dumps(head("runs").model_dump(mode="json")))
    assert await kept.line(name) is None
    assert await kept.report(name) is None
    assert await kept.failed(name, 0, 5) == []
    assert await kept.comparison(name, "run", False) is None
    assert await kept.comparison("run", name, True) is None


async def test_a_folder_that_says_it_is_another_run_is_left_out(tmp_path: Path) -> None:
    lay(tmp_path, head("run"))
    (tmp_path / "evals" / "runs" / "run").rename(tmp_path / "evals" / "runs" / "copy")
    assert await EvalFolders(tmp_path).lines() == []


async def test_failed_cases_come_in_pages_in_their_order(tmp_path: Path) -> None:
    kept = lay(tmp_path, head("run"))
    kept.write_report(report(head("run")), [failed(number) for number in range(5)])
    pages = [await kept.failed("run", first, 2) for first in (0, 2, 4, 6)]
    assert [[one.case_id for one in page] for page in pages] == [["c0", "c1"], ["c2", "c3"], ["c4"], []]


async def test_a_home_without_runs_has_none(tmp_path: Path) -> None:
    assert await EvalFolders(tmp_path / "nowhere").lines() == []
