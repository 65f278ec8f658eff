"""kill -9 in the middle of a run: what was answered stays answered, and at most the case in flight is asked again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from evals.running.folder import JOURNAL, find, load
from evals.running.journal import entries
from evals.running.runner import resume
from tests.evals.running.small_suite import asked, line, write_suite
from tests.service import MODELS

CASES = 12
PATIENCE_S = 120.0


def begun(suite: str, home: Path, *more: str) -> subprocess.Popen[bytes]:
    """The command line at work on the suite, with two answers on its disk at least."""
    command = [sys.executable, "-m", "cli.main", "eval", "run", suite, *more]
    process = subprocess.Popen(
        command,
        env={**os.environ, "MAITRED_HOME": str(home), "MAITRED_MODELS": str(MODELS)},
        stderr=subprocess.PIPE,
        preexec_fn=_hear_interrupts,
    )
    until = time.monotonic() + PATIENCE_S
    while sum(1 for file in home.glob(f"evals/runs/*/{JOURNAL}") for _ in entries(file)) < 2:
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.02)
    return process


def _hear_interrupts() -> None:
    """What runs in the background of a shell is deaf to them, and so are its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("processes", [1, 2])
async def test_a_killed_run_goes_on_and_loses_at_most_the_cases_in_flight(tmp_path: Path, processes: int) -> None:
    suite = write_suite(tmp_path / "suite", [line(number, slow=0.2) for number in range(CASES)])
    process = begun(suite, tmp_path / "home", "--processes", str(processes))
    others = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    folder = find(tmp_path / "home")
    kept = {entry.key[0] for entry in folder.entries()}
    assert len(kept) >= 2
    assert not psutil.wait_procs(others, timeout=20)[1], "a process that answers ends with whoever started it"

    over = await resume(tmp_path / "home", folder.id, {"processes": 1})
    assert over.folder.complete
    assert [one.case_id for one in load(folder.path).results] == [f"n-{number:03d}" for number in range(CASES)]
    again = [case for case in set(asked(suite)) if asked(suite).count(case) > 1]
    assert len(again) <= processes
    assert not kept & set(again)


def test_an_interrupt_ends_with_the_command_that_goes_on(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(number, slow=0.2) for number in range(CASES)])
    process = begun(suite, tmp_path / "home")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    folder = find(tmp_path / "home")
    assert f"maitred eval run --resume {folder.id}" in " ".join(said.decode().split())
    assert not folder.complete
