"""Suites as tasks of inspect-ai, where it is installed."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.service import MODELS

ROOT = Path(__file__).parent.parent.parent
needs_inspect = pytest.mark.skipif(
    importlib.util.find_spec("inspect_ai") is None,
    reason="inspect-ai is not installed: its requirements exclude those of the locked litellm, so it lives apart (docs/decisions/013).",
)


def test_nothing_but_its_own_file_names_inspect_ai() -> None:
    named = [
        file for folder in ("evals", "cli") for file in (ROOT / folder).rglob("*.py") if "inspect_ai" in file.read_text(encoding="utf-8")
    ]
    assert named == [ROOT / "evals" / "inspect_tasks.py"]


@needs_inspect
def test_a_suite_is_asked_and_judged_by_inspect_as_by_our_own_runner(tmp_path: Path) -> None:
    where = {"MAITRED_HOME": str(tmp_path), "MAITRED_MODELS": str(MODELS), "INSPECT_LOG_DIR": str(tmp_path / "logs")}
    asked = ["evals/inspect_tasks.py@triage", "--model", "none", "--display", "none", "-T", "n=5"]
    subprocess.run([sys.executable, "-m", "inspect_ai", "eval", *asked], cwd=ROOT, env={**os.environ, **where}, check=True, timeout=240)
    [file] = (tmp_path / "logs").glob("*.eval")
    log: Any = importlib.import_module("inspect_ai.log").read_eval_log(str(file))
    runner: Any = importlib.import_module("evals.running")
    own = runner.load(runner.run("triage", runner.RunSpec(home=tmp_path, models=MODELS, n=5, processes=1)).path)
    scores = {str(sample.id): sample.scores["triage"] for sample in log.samples}
    assert log.status == "success"
    assert {case_id: bool(one.value["passed"]) for case_id, one in scores.items()} == {
        one.case_id: one.judgement.passed for one in own.results
    }
    assert {case_id: one.explanation for case_id, one in scores.items()} == {one.case_id: one.judgement.why for one in own.results}
