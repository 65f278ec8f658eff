"""Examinations of policy texts in processes of their own: a worker's loop and memory stay as they are, and a prover that hangs is ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ormsgpack
import structlog
from pydantic import ValidationError

from domain.canonical import digest_of
from domain.errors import TooBusy
from domain.examination import Examination, Remark
from domain.simulation import RecordedDecisions, Span
from runtime.analysis_process import Errand

log = structlog.get_logger("maitred.analysis")

LINE_LIMIT = 64 * 1024 * 1024
NEWEST = 2_000
"""So many recorded decisions are judged by both versions, besides the sampled cases."""
PAGE = 250
KEPT = 32
KEPT_S = 300.0
ROOT = Path(__file__).parent.parent
Recorded = Callable[[], Awaitable[list[tuple[str, bytes]]]]


async def nothing_recorded() -> list[tuple[str, bytes]]:
    """For an installation that has decided nothing yet."""
    return []


def newest(decisions: RecordedDecisions) -> Recorded:
    """The newest recorded decisions, with their records."""

    async def read() -> list[tuple[str, bytes]]:
        rows: list[tuple[str, bytes]] = []
        span, after = Span(limit=NEWEST), None
        while len(rows) < NEWEST:
            page = await decisions.page(span, after, PAGE)
            rows += page.rows
            after = page.last
            if after is None or len(page.rows) < PAGE:
                break
        return rows

    return read


@dataclass(frozen=True)
class Bounds:
    """How long things may take, in seconds."""

    patience_s: float = 20.0
    """One prover's try, all of its proofs together."""
    limit_s: float = 60.0
    """The whole examination; then its process is ended."""
    queue_s: float = 60.0
    """Until an examination begins, when others run; then the caller is told to come again."""


class AnalysisProcesses:
    """Examines texts, one process at a time; who asks for the same while it runs, or shortly after, gets the same answer."""

    def __init__(self, recorded: Recorded = nothing_recorded, bounds: Bounds | None = None, command: tuple[str, ...] = ()) -> None:
        self._recorded = recorded
        self._bounds = bounds or Bounds()
        self._command = command or (sys.executable, "-m", "runtime.analysis_process")
        self._one_at_a_time = asyncio.Semaphore(1)
        self._asked: dict[str, tuple[float, asyncio.Task[Examination]]] = {}

    async def examine(self, text: str, base: str | None) -> Examination:
        """`text` beside `base`, the text that is active. What fails or takes too long proves nothing, and says so. Raises TooBusy."""
        question = digest_of([text, base])
        self._forget_old()
        _, task = self._asked.get(question, (0.0, None))
        if task is None:
            task = asyncio.create_task(
                self._in_turn(Errand(text, base, (), self._bounds.patience_s, self._bounds.limit_s)), name="policy analysis"
            )
            self._asked[question] = (time.monotonic(), task)
        try:
            found = await asyncio.shield(task)
        except BaseException:
            if task.done():
                self._asked.pop(question, None)
            raise
        if any(remark.code in (FAILED, TIMED_OUT) for remark in (*found.unproved, *found.faults)):
            self._asked.pop(question, None)  # the next one may have more luck
        return found

    async def close(self) -> None:
        """End what runs."""
        running = [task for _, task in self._asked.values() if not task.done()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._asked.clear()

    async def _in_turn(self, errand: Errand) -> Examination:
        try:
            await asyncio.wait_for(self._one_at_a_time.acquire(), self._bounds.queue_s)
        except TimeoutError as error:
            raise TooBusy("Other policies are being analysed; try again.", retry_after_s=10, limit=1) from error
        try:
            decisions = tuple(await self._recorded()) if errand.base is not None else ()
            return await self._run(ormsgpack.packb(replace(errand, decisions=decisions)))
        finally:
            self._one_at_a_time.release()

    async def _run(self, errand: bytes) -> Examination:
        lines: list[bytes] = []
        try:
            async with _process(self._command) as process:
                async with asyncio.timeout(self._bounds.limit_s):
                    process.stdin.write(errand)
                    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                        await process.stdin.drain()
                        process.stdin.close()
                    while line := await process.stdout.readline():
                        lines.append(line)
                    status = await process.wait()
        except TimeoutError:
            log.warning("analysis took too long", limit_s=self._bounds.limit_s)
            return _unknown(lines, TIMED_OUT, f"the analysis did not end within {self._bounds.limit_s:g} seconds")
        except OSError as error:
            log.exception("analysis could not be started")
            return _unknown(lines, FAILED, f"the analysis could not be started ({type(error).__name__})")
        if status != 0:
            log.error("analysis failed", status=status)
            return _unknown(lines, FAILED, f"the analysis ended with status {status}")
        try:
            plain = Examination.model_validate_json(lines[0])
            return plain if plain.faults and len(lines) == 1 else Examination.model_validate_json(lines[1])
        except (IndexError, ValidationError):
            log.exception("analysis gave no answer")
            return _unknown(lines, FAILED, "the analysis gave no answer")

    def _forget_old(self) -> None:
        oldest = time.monotonic() - KEPT_S
        for question, (asked_at, task) in list(self._asked.items()):
            if task.done() and (asked_at < oldest or len(self._asked) > KEPT):
                del self._asked[question]


@asynccontextmanager
async def open_analysis(recorded: Recorded = nothing_recorded) -> AsyncGenerator[AnalysisProcesses, None]:
    """An examiner; what it runs is ended at the end."""
    processes = AnalysisProcesses(recorded)
    try:
        yield processes
    finally:
        await processes.close()


TIMED_OUT = "analysis-timed-out"
FAILED = "analysis-failed"


def _unknown(lines: list[bytes], code: str, why: str) -> Examination:
    """Nothing is proved. Without the plain checks either, the text is not accepted."""
    try:
        plain = Examination.model_validate_json(lines[0])
    except (IndexError, ValidationError):
        unchecked = Remark(id=code, code=code, reason=f"the policy could not be checked: {why}; make it smaller, or try again")
        return Examination(faults=(unchecked,))
    if plain.faults:
        return plain
    unproved = Remark(id=code, code=code, reason=f"nothing was proved: {why}")
    return Examination(unproved=(unproved,), strategic=(f"What the most valuable clients get could not be compared: {why}.",))


@asynccontextmanager
async def _process(command: tuple[str, ...]) -> AsyncGenerator[Any, None]:
    """The process while inside; it is gone afterwards, however that ends."""
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        limit=LINE_LIMIT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
