"""Compares two versions over many cases, on all cores, in processes of their own: a page of records goes in, its difference comes out.

What was judged is a sum, so a run that was killed goes on from the pages that its state file names, and ends with the same bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import ormsgpack
import structlog

from domain.errors import ReplayFailed, TooBusy
from domain.simulation import Cursor, Pages, Progress, RecordedDecisions, RecordedPage, Simulated, Span, VersionText, untold
from policies.comparison.behaviour import BehaviouralDiff, compare
from policies.engine import CompiledPolicy
from runtime.replay_process import LENGTH_BYTES, Pair, compiled, framed
from runtime.replay_state import ReplayState

log = structlog.get_logger("maitred.replay")

PAGE = 250
"""Records a page: some megabytes, which the server reads well within the time for one statement."""
CASES_FOR_A_PROCESS = 500
"""A process takes half a second to start: fewer cases than this are judged sooner without another one."""
QUEUE_S = 10.0
ROOT = Path(__file__).parent.parent
COMMAND = (sys.executable, "-m", "runtime.replay_process")
NumberedPages = AsyncIterator[tuple[int, RecordedPage]]
Finished = Callable[[int, RecordedPage, BehaviouralDiff], None]


def version_text(policy: CompiledPolicy) -> VersionText:
    """A compiled version as other processes need it."""
    ref = policy.ref
    return VersionText(name=ref.name, version=ref.version, digest=ref.digest, text=policy.text, stage=ref.stage)


def cores() -> int:
    """How many processes can work at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class InOrder:
    """A sum over the first pages without a gap: processes finish as they please, and who goes on later must know from where."""

    def __init__(self, nothing_yet: BehaviouralDiff) -> None:
        self.found = nothing_yet
        self.last: Cursor | None = None
        self._next = 0
        self._early: dict[int, tuple[Cursor | None, BehaviouralDiff]] = {}

    def take(self, number: int, page: RecordedPage, diff: BehaviouralDiff) -> None:
        """Add a page, and those that waited for it."""
        self._early[number] = (page.last, diff)
        while (ready := self._early.pop(self._next, None)) is not None:
            self.last, self.found, self._next = ready[0], self.found.plus(ready[1]), self._next + 1


class ReplayProcesses:
    """Simulations for a service: one at a time in each worker, bounded in time, with what was judged until then as the answer."""

    def __init__(self, processes: int | None = None, queue_s: float = QUEUE_S) -> None:
        self._processes = processes or cores()
        self._queue_s = queue_s
        self._one_at_a_time = asyncio.Semaphore(1)

    async def replay(
        self, before: VersionText, after: VersionText, pages: Pages, total: int, within_s: float, progress: Progress = untold
    ) -> Simulated:
        """The difference over all pages, or over the first ones that were judged in time. Raises TooBusy when others run."""
        try:
            await asyncio.wait_for(self._one_at_a_time.acquire(), self._queue_s)
        except TimeoutError as error:
            raise TooBusy("Other simulations run; try again.", retry_after_s=10, limit=1) from error
        try:
            return await self._within(within_s, Pair(before, after), pages, total, progress)
        finally:
            self._one_at_a_time.release()

    async def _within(self, within_s: float, pair: Pair, pages: Pages, total: int, progress: Progress) -> Simulated:
        judged, complete = InOrder(await asyncio.to_thread(nothing, pair)), True
        progress(0, total)
        if total == 0:
            return Simulated(judged.found.plain(), 0, 0, complete)

        def finished(number: int, page: RecordedPage, diff: BehaviouralDiff) -> None:
            judged.take(number, page, diff)
            progress(judged.found.judged, total)

        try:
            async with asyncio.timeout(within_s):
                await judge_pages(pair, _numbered(pages), self._processes, total, finished)
        except TimeoutError:
            complete = False
        return Simulated(judged.found.plain(), judged.found.judged, total, complete, judged.last)


async def replay_recorded(
    recorded: RecordedDecisions,
    before: VersionText,
    after: VersionText,
    span: Span,
    *,
    state_file: Path | None = None,
    progress: Progress = lambda judged, total: None,
    processes: int | None = None,
    polite: bool = True,
) -> BehaviouralDiff:
    """The difference over recorded decisions, however many.

    With a `state_file`, a run that was ended on the way goes on where it was, over the decisions that there were when it began. Raises
    ReplayFailed, or InvalidInput when the file belongs to another simulation.
    """
    pair = Pair(before, after, polite)
    state = ReplayState.of(state_file, pair, span)
    if state is None:
        pinned = await _pinned(recorded, span)
        state = ReplayState.begin(state_file, pair, span, pinned, await recorded.count(pinned), nothing(pair))
    progress(state.judged, state.total)

    def finished(number: int, page: RecordedPage, diff: BehaviouralDiff) -> None:
        state.finish(number, page, diff)
        progress(state.judged, state.total)

    try:
        await judge_pages(pair, _unfinished(recorded, state), processes or cores(), state.total - state.judged, finished)
    finally:
        state.save()
    return state.found


def nothing(pair: Pair) -> BehaviouralDiff:
    """The difference over no case. Raises PolicyInvalid for a text that does not compile."""
    return compare(compiled(pair.before), compiled(pair.after), [])


async def judge_pages(pair: Pair, pages: NumberedPages, processes: int, total: int, finished: Finished) -> None:
    """Judge pages on several processes; the next ones are read while these work. Raises ReplayFailed."""
    count = max(1, min(processes, -(-total // CASES_FOR_A_PROCESS)))
    waiting: asyncio.Queue[tuple[int, RecordedPage] | None] = asyncio.Queue(maxsize=count)

    async def read() -> None:
        async for numbered in pages:
            await waiting.put(numbered)
        for _ in range(count):
            await waiting.put(None)

    async def work() -> None:
        async with _process(pair) as process:
            while (numbered := await waiting.get()) is not None:
                number, page = numbered
                finished(number, page, await _judged(process, page))

    try:
        async with asyncio.TaskGroup() as group:
            for job in (read(), *(work() for _ in range(count))):
                group.create_task(job)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from failures


async def _judged(process: Any, page: RecordedPage) -> BehaviouralDiff:
    try:
        process.stdin.write(framed(ormsgpack.packb(page.rows)))
        await process.stdin.drain()
        length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES))
        return BehaviouralDiff.model_validate_json(await process.stdout.readexactly(length))
    except (BrokenPipeError, ConnectionResetError, asyncio.IncompleteReadError) as error:
        log.exception("a replay process ended")
        raise ReplayFailed("A process that replays decisions ended before its time; begin again, and it goes on from there.") from error


async def _pinned(recorded: RecordedDecisions, span: Span) -> Span:
    """The span without what is decided from now on: later pages must not move."""
    newest = (await recorded.page(span, None, 1)).last if span.until is None else None
    return span.model_copy(update={"until": newest[0] + timedelta(microseconds=1)}) if newest else span


async def _numbered(pages: Pages) -> NumberedPages:
    number = 0
    async for page in pages:
        yield number, page
        number += 1


async def _unfinished(recorded: RecordedDecisions, state: ReplayState) -> NumberedPages:
    """The pages that no earlier run finished. Where a finished one ends is known without reading it."""
    after, number, read = None, 0, 0
    while read < state.span.limit:
        done = state.finished.get(number)
        if done is None:
            page = await recorded.page(state.span, after, min(PAGE, state.span.limit - read))
            if page.last is None:
                return
            yield number, page
            after, size = page.last, len(page.rows)
        else:
            after, size = done.last, done.cases
        number, read = number + 1, read + size


@asynccontextmanager
async def _process(pair: Pair) -> AsyncGenerator[Any, None]:
    """A process that has both versions; gone afterwards, however that ends. It ends by itself with its input when we die."""
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )
    try:
        if process.stdin is not None:
            process.stdin.write(framed(ormsgpack.packb(pair, option=ormsgpack.OPT_SERIALIZE_PYDANTIC)))
        yield process
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
