"""Who answers: this process, or several others. Each takes the next case as soon as it has answered one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, Protocol

from threadpoolctl import threadpool_limits

from domain.errors import SetupFailed
from evals.house import House
from evals.running.answering import Task, answered, failed
from evals.running.cache import AnswerCache
from evals.running.folder import cache_of
from evals.running.identity import ROOT
from evals.running.messages import Done, Errand, framed, next_message
from evals.running.quiet_log import quiet_log
from evals.running.spec import RunSpec
from evals.suite import Suite

COMMAND = (sys.executable, "-P", "-m", "evals.running.worker")
TRIES = 2
LOST = "worker-lost: the process that worked this case ended before its time"
Next = Callable[[], Task | None]
Finished = Callable[[Done], None]


class Place(Protocol):
    """Where one case is answered."""

    async def answer(self, task: Task) -> Done:
        """The judged answer; never raises for what the case does."""
        ...


async def work_all(places: list[Place], lanes: int, take: Next, finished: Finished) -> None:
    """Work until `take` has nothing more to give. `finished` is called as each answer comes."""

    async def lane(place: Place) -> None:
        while (task := take()) is not None:
            finished(await place.answer(task))
            await asyncio.sleep(0)  # an answer without any wait must not keep a signal waiting

    try:
        async with asyncio.TaskGroup() as group:
            for place in places:
                for _ in range(lanes):
                    group.create_task(lane(place))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from failures


@asynccontextmanager
async def places_for(suite: Suite, name: str, spec: RunSpec, processes: int) -> AsyncGenerator[list[Place], None]:
    """So many places, open while inside."""
    if processes > 1:
        others = [OtherProcess(name, spec) for _ in range(processes)]
        try:
            yield list(others)
        finally:
            await asyncio.gather(*(one.close() for one in others))
        return
    # As in other processes: sums of another order would be other answers, and what a suite prints must not get between what we print.
    with threadpool_limits(1), contextlib.redirect_stdout(sys.stderr), quiet_log():
        async with House.open(spec.house()) as house:
            yield [ThisProcess(suite, house, spec)]


class ThisProcess:
    """Answers here."""

    def __init__(self, suite: Suite, house: House, spec: RunSpec) -> None:
        self._suite, self._house, self._baseline = suite, house, spec.baseline
        self._cache = AnswerCache(cache_of(spec.home))

    async def answer(self, task: Task) -> Done:
        """The judged answer."""
        return Done.of(await answered(self._suite, self._house, task, self._baseline, self._cache))


class OtherProcess:
    """A process that answers; another one takes its place when it ends before its time."""

    def __init__(self, suite: str, spec: RunSpec) -> None:
        key = spec.api_key.get_secret_value() if spec.api_key else None
        self._errand = Errand(suite, spec.plain(), key)
        self._starting = asyncio.Lock()
        self._process: Any = None
        self._reading: asyncio.Task[None] | None = None
        self._awaited: dict[int, asyncio.Future[Done]] = {}
        self._sent = 0
        self._ready = False

    async def answer(self, task: Task) -> Done:
        """The judged answer; a case that twice ends the process that works it has failed."""
        for _ in range(TRIES):
            try:
                return await self._ask(task)
            except (BrokenPipeError, ConnectionResetError, asyncio.IncompleteReadError) as error:
                if not self._ready:
                    raise SetupFailed("A process that should answer cases could not begin; its reason stands above.") from error
        return Done.of(failed(task, LOST))

    async def _ask(self, task: Task) -> Done:
        process = await self._running()
        self._sent += 1
        number, answer = self._sent, asyncio.get_running_loop().create_future()
        self._awaited[number] = answer
        try:
            process.stdin.write(framed([number, task.plain()]))
            await process.stdin.drain()
            return await answer
        finally:
            self._awaited.pop(number, None)

    async def _running(self) -> Any:
        async with self._starting:
            if self._process is None or self._process.returncode is not None or self._reading is None or self._reading.done():
                await self.close()
                path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
                self._process = await asyncio.create_subprocess_exec(
                    *COMMAND,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    env={**os.environ, "PYTHONPATH": path, "LANGGRAPH_STRICT_MSGPACK": "true"},
                    start_new_session=True,
                )
                self._process.stdin.write(framed(asdict(self._errand)))
                self._reading = asyncio.create_task(self._read(self._process.stdout))
            return self._process

    async def _read(self, source: asyncio.StreamReader) -> None:
        try:
            while True:
                number, plain = await next_message(source)
                self._ready = True
                answer = self._awaited.get(number)
                if answer is not None and not answer.done():
                    answer.set_result(Done.read(plain))
        except asyncio.IncompleteReadError as error:
            for answer in self._awaited.values():
                if not answer.done():
                    answer.set_exception(error)

    async def close(self) -> None:
        """End the process, whatever it does."""
        if self._reading is not None:
            self._reading.cancel()
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
