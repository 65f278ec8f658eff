"""Runs of evals as they lie in a home: good, worse, a baseline's, one on other cases, one that stopped, one of another suite."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from domain.eval_report import GateNote
from evals.result import CaseResult
from evals.running.folder import begin
from evals.suite import Judgement
from stores.eval_folders import EvalFolders
from tests.evals.comparing.runs import made_run, many, result

HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(2)> "\u202egnp.exe'


def lay(home: Path, run_id: str, results: Sequence[CaseResult], minute: int, **changes: Any) -> None:
    """A finished run, as `maitred eval run` leaves it, without the report."""
    run = made_run(run_id, results, began_at=f"2026-11-25T09:{minute:02d}:00Z", **changes)
    folder = begin(home, run.manifest, {"suite": ""})
    (folder.path / "times.jsonl").write_bytes(b"")
    (folder.path / "results.jsonl").write_bytes(b"".join(one.model_dump_json().encode() + b"\n" for one in run.results))


def mistaken(case_id: str, *, dangerous: bool) -> CaseResult:
    """A case that was taken for another, with all that a page shows of it."""
    judgement = Judgement(
        passed=False,
        values={"right_route": 0.0, "missed_danger": float(dangerous)},
        dangerous=dangerous,
        why=f"It went to a bot. {HOSTILE}",
        expected={"mode": "human"},
        got={"mode": "ai"},
        confidence=0.9,
        right=False,
        cost=40.0,
    )
    return result(case_id, judgement=judgement, output={"said": HOSTILE})


def sure(case_id: str) -> CaseResult:
    judgement = Judgement(
        passed=True,
        values={"right_route": 1.0, "missed_danger": 0.0},
        expected={"mode": "human"},
        got={"mode": "human"},
        confidence=0.8,
        right=True,
        cost=0.0,
    )
    return result(case_id, judgement=judgement)


def lay_runs(home: Path) -> None:
    """All of them."""
    good = [sure(f"d{number:02d}") for number in range(20)]
    lay(home, "before", [*good, mistaken("milder", dangerous=False)], 1)
    lay(home, "after", [*good[1:], mistaken("d00", dangerous=True), sure("milder")], 2)
    lay(home, "nobody", [mistaken(one.case_id, dangerous=True) for one in [*good, result("milder")]], 3, model="baseline:nobody")
    lay(home, "others", [*many(6), sure("d00")], 4, dataset_digest="sha256:others", model=HOSTILE)
    lay(home, "elses", many(4), 5, suite="triage")
    begin(home, made_run("halfway", many(3), began_at="2026-11-25T09:06:00Z").manifest, {})
    note = GateNote(passed=False, baseline="b.json", accepted_at="2026-11-20T00:00:00Z", findings=("danger: 1 new dangerous error.",))
    EvalFolders(home).write_gate("after", note)
