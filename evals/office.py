"""What evals do for a running service. Importing this brings along no suite, no statistics and no model: they stay in a process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import orjson
import structlog

from domain.errors import InvalidInput, NotFound, SetupFailed, TooBusy
from evals.production.deidentification import RulingsCleaner

log = structlog.get_logger("maitred.evals")

COMMAND = (sys.executable, "-m", "evals.papers_process")
ROOT = Path(__file__).parent.parent
LIMIT_S = 90.0
QUEUE_S = 15.0
FAULTS = {NotFound.code: NotFound, InvalidInput.code: InvalidInput}


class EvalProcesses:
    """Makes reports and comparisons when they are asked for and not there yet, one at a time in each worker."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._one_at_a_time = asyncio.Semaphore(1)
        self.deidentifier = RulingsCleaner()

    async def make_report(self, run_id: str) -> None:
        """The report of a finished run. Raises NotFound, InvalidInput, TooBusy and SetupFailed."""
        await self._make(run=run_id)

    async def make_comparison(self, before: str, after: str, shared: bool) -> None:
        """Two runs side by side, on the cases that both have if `shared`. Raises as above for runs that cannot be compared."""
        await self._make(before=before, after=after, shared=shared)

    async def _make(self, **errand: str | bool) -> None:
        try:
            await asyncio.wait_for(self._one_at_a_time.acquire(), QUEUE_S)
        except TimeoutError as error:
            raise TooBusy("Other reports are being made; try again.", retry_after_s=10, limit=1) from error
        try:
            status, out = await self._run(orjson.dumps({"home": str(self._home.resolve()), **errand}))
        finally:
            self._one_at_a_time.release()
        if status:
            raise _fault_of(status, out)

    async def _run(self, errand: bytes) -> tuple[int, bytes]:
        path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(LIMIT_S):
                out, _ = await process.communicate(errand)
        except TimeoutError as error:
            raise TooBusy(f"This takes longer than {LIMIT_S:.0f} seconds: `maitred eval report` has the time.", 60, 1) from error
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return process.returncode or 0, out


def _fault_of(status: int, out: bytes) -> InvalidInput | NotFound | SetupFailed:
    try:
        told = orjson.loads(out)
        return FAULTS[told["code"]](told["message"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        log.error("making a report failed", status=status)
        return SetupFailed("The report could not be made; the service's log says more. `maitred eval show` reads the run itself.")
