"""`python -m evals.running.worker`: answers cases of one suite in a house of its own, until its input ends.

In: one `Errand`, then (number, task). Out: `READY` once the house is open, then (number, `Done`). What a suite prints goes to standard
error, so that it cannot get between the answers.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any, BinaryIO

from threadpoolctl import threadpool_limits

from domain.errors import MaitredError
from evals import catalog
from evals.house import House
from evals.running.answering import Task, answered
from evals.running.cache import AnswerCache
from evals.running.folder import cache_of
from evals.running.messages import Done, Errand, framed, next_message
from evals.running.quiet_log import quiet_log
from evals.running.spec import RunSpec
from evals.suite import Suite

READY = 0


class Desk:
    """Works what comes in, several cases side by side when it is told several."""

    def __init__(self, suite: Suite, house: House, spec: RunSpec, answers: BinaryIO) -> None:
        self._suite, self._house, self._spec, self._answers = suite, house, spec, answers
        self._cache = AnswerCache(cache_of(spec.home))

    async def work(self, number: int, task: Task) -> None:
        """Answer one case and say so."""
        entry = await answered(self._suite, self._house, task, self._spec.baseline, self._cache)
        self.say(number, Done.of(entry).plain())

    def say(self, number: int, plain: dict[str, Any]) -> None:
        """Tell whoever started us."""
        self._answers.write(framed([number, plain]))
        self._answers.flush()


async def serve(answers: BinaryIO) -> None:
    """Until the input ends, which it does also when whoever started us is gone: then what is under way is dropped."""
    source = asyncio.StreamReader(limit=2**26)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(source), sys.stdin)
    errand = Errand(**await next_message(source))
    spec = errand.run_spec()
    suite = catalog.find(errand.suite)
    under_way: set[asyncio.Task[None]] = set()
    async with House.open(spec.house()) as house:
        desk = Desk(suite, house, spec, answers)
        desk.say(READY, {})
        try:
            while True:
                number, plain = await next_message(source)
                job = asyncio.create_task(desk.work(number, Task.read(plain)))
                under_way.add(job)
                job.add_done_callback(under_way.discard)
        except asyncio.IncompleteReadError:
            for job in under_way:
                job.cancel()


def main() -> None:
    """Serve; a fault in setting up goes to standard error as a sentence."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        with threadpool_limits(1), quiet_log():
            asyncio.run(serve(answers))
    except MaitredError as error:
        print(f"{error.message}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
