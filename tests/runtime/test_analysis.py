"""Examinations in processes of their own: what hangs, dies or says nothing proves nothing, and the worker stays as it was."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import psutil
import pytest

from domain.errors import TooBusy
from domain.examination import Examination
from policies.rules import STARTER, shipped
from runtime.analysis import FAILED, ROOT, TIMED_OUT, AnalysisProcesses, Bounds, nothing_recorded, open_analysis

TEXT = shipped(STARTER)
BASE = TEXT.replace("ack: 15m", "ack: 20m")
PLAIN = Examination().model_dump_json()


def script(lines: str) -> tuple[str, ...]:
    """A process that does something else instead."""
    return (sys.executable, "-c", f"import sys, time, os; sys.stdin.buffer.read(); {lines}")


CRASH = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (1, 1)); os.abort()"
"""Without a dump, which the system may take long to write: a limit of one byte keeps it from doing so also where a program takes dumps."""
LIMITS_S = {TIMED_OUT: 8.0, FAILED: 60.0}
"""What hangs is ended at its limit; what ends by itself may take as long as a busy machine needs to begin."""


async def examined(command: tuple[str, ...] = (), limit_s: float = 60.0, base: str | None = BASE) -> Examination:
    """What one examination says."""
    processes = AnalysisProcesses(nothing_recorded, Bounds(limit_s=limit_s), command)
    try:
        return await processes.examine(TEXT, base)
    finally:
        await processes.close()


async def test_a_sound_text_has_no_fault_and_its_effects_on_strategic_clients_are_told() -> None:
    found = await examined()
    assert found.faults == ()
    assert any("Tier strategic" in sentence for sentence in found.strategic)


async def test_neither_a_prover_nor_a_process_is_left_in_the_worker() -> None:
    worker = """
import asyncio, sys, psutil
from policies.rules import shipped
from runtime.analysis import AnalysisProcesses
async def main():
    await AnalysisProcesses().examine(shipped("starter"), None)
asyncio.run(main())
print({"z3", "cel_expr_python", "cedarpy"} & set(sys.modules), psutil.Process().children())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", worker, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
    told, _ = await process.communicate()
    assert told.decode().strip() == "set() []"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (script(f"print({PLAIN!r}, flush=True); time.sleep(60)"), TIMED_OUT),
        (script(f"print({PLAIN!r}, flush=True); {CRASH}"), FAILED),
        (script(f"print({PLAIN!r}, flush=True); print('nonsense')"), FAILED),
        (script(f"print({PLAIN!r}, flush=True); sys.exit(3)"), FAILED),
        (script(f"print({PLAIN!r}, flush=True)"), FAILED),
    ],
    ids=["hangs", "crashes", "talks nonsense", "fails", "ends early"],
)
async def test_a_prover_that_does_not_answer_proves_nothing_and_calls_for_the_board(command: tuple[str, ...], code: str) -> None:
    found = await examined(command, LIMITS_S[code])
    assert found.faults == ()
    assert [remark.id for remark in found.unproved] == [code]
    assert found.strategic


@pytest.mark.parametrize(
    ("command", "code"),
    [(script("time.sleep(60)"), TIMED_OUT), (script(CRASH), FAILED), (script("print('nonsense')"), FAILED), (("/nowhere",), FAILED)],
    ids=["hangs", "crashes", "talks nonsense", "cannot be started"],
)
async def test_a_text_whose_plain_checks_did_not_end_is_not_accepted(command: tuple[str, ...], code: str) -> None:
    found = await examined(command, LIMITS_S[code])
    assert [remark.code for remark in found.faults] == [code]


async def test_faults_of_the_plain_checks_count_even_if_the_rest_hangs() -> None:
    faulty = '{"faults":[{"id":"x","code":"check","line":3,"column":1,"reason":"a test fails"}]}'
    found = await examined(script(f"print({faulty!r}, flush=True); time.sleep(60)"), LIMITS_S[TIMED_OUT])
    assert [(remark.line, remark.reason) for remark in found.faults] == [(3, "a test fails")]


async def test_who_asks_for_the_same_gets_the_same_answer_of_one_process(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    command = script(f"open({str(runs)!r}, 'a').write('x'); time.sleep(0.5); print({PLAIN!r}); print({PLAIN!r})")
    async with open_analysis() as processes:
        processes._command = command  # pyright: ignore[reportPrivateUsage]
        await asyncio.gather(*(processes.examine(TEXT, None) for _ in range(20)))
        await processes.examine(TEXT, None)
    assert runs.read_text() == "x"


async def test_a_failed_examination_is_tried_again(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    processes = AnalysisProcesses(nothing_recorded, None, script(f"open({str(runs)!r}, 'a').write('x'); sys.exit(1)"))
    for _ in range(2):
        await processes.examine(TEXT, None)
    assert runs.read_text() == "xx"


async def test_who_would_wait_too_long_is_told_to_come_again() -> None:
    processes = AnalysisProcesses(nothing_recorded, Bounds(queue_s=0.1, limit_s=3.0), script("time.sleep(60)"))
    first = asyncio.create_task(processes.examine(TEXT, None))
    await asyncio.sleep(0.05)
    with pytest.raises(TooBusy):
        await processes.examine(BASE, None)
    first.cancel()
    await processes.close()


async def test_a_caller_who_goes_away_takes_nothing_from_the_others_and_a_stop_ends_the_process() -> None:
    processes = AnalysisProcesses(nothing_recorded, None, script("time.sleep(30)"))
    callers = [asyncio.create_task(processes.examine(TEXT, None)) for _ in range(2)]
    await asyncio.sleep(0.3)
    callers[0].cancel()
    await asyncio.sleep(0.1)
    assert not callers[1].done()
    began = time.monotonic()
    await processes.close()
    await asyncio.gather(*callers, return_exceptions=True)
    assert time.monotonic() - began < 5
    assert not [child for child in psutil.Process().children() if "time.sleep(30)" in " ".join(child.cmdline())]
