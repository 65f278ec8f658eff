"""A run from its first case to its results, and one that stopped on from there."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from domain.errors import Conflict, InvalidInput
from evals import catalog
from evals.case import EvalCase
from evals.result import RunManifest
from evals.running.answering import Task, judged
from evals.running.budget import Budget
from evals.running.cache import AnswerCache
from evals.running.crew import places_for, work_all
from evals.running.folder import JOURNAL, LOCK, RunFolder, begin, cache_of, find, new_run_id
from evals.running.identity import System, key_of, manifest_of, system_of
from evals.running.journal import Journal
from evals.running.messages import Done
from evals.running.progress import Quiet, Standing, Watcher
from evals.running.spec import RunSpec, sane
from evals.suite import NothingToAsk, Suite

NOT_COMPARED = {"id", "began_at", "machine"}
ON = {"processes", "at_once", "max_cost", "max_tokens", "api_key", "home"}
"""What may be said anew when a run is taken up: none of it changes an answer."""


@dataclass(frozen=True)
class Outcome:
    """What came of starting a run."""

    folder: RunFolder
    stopped: str = ""
    """Why it is not over, in a sentence; empty when it is."""
    unpriced: bool = False
    """The model took tokens for which no price is known."""


def run(suite: Suite | str, spec: RunSpec, watcher: Watcher | None = None) -> RunFolder:
    """Run a suite, by itself, its name or the path of its file. The folder is not `complete` when the budget was spent before the end."""
    return asyncio.run(start(suite, spec, watcher)).folder


async def start(suite: Suite | str, spec: RunSpec, watcher: Watcher | None = None) -> Outcome:
    """A new run. Raises InvalidInput, PolicyInvalid and SetupFailed for what cannot be run: then there is no run."""
    name, found = (suite, catalog.find(suite)) if isinstance(suite, str) else (suite.name if suite.name in catalog.names() else "", suite)
    system, cases = system_of(sane(spec), found), cases_of(found, spec)
    manifest = manifest_of(new_run_id(found.name), found, cases, spec, system)
    folder = begin(spec.home, manifest, {**spec.plain(), "suite": catalog.place_of(name)})
    return await _on(folder, Job(found, name, spec, system, cases), watcher or Quiet())


def askable(names: Sequence[str], spec: RunSpec) -> tuple[dict[str, Suite], dict[str, NothingToAsk]]:
    """The suites of these names that can be run, and why the others have nothing to ask. Raises what `start` does."""
    found: dict[str, Suite] = {}
    silent: dict[str, NothingToAsk] = {}
    for name in names:
        suite = catalog.find(name)
        try:
            system_of(sane(spec), suite)
            cases_of(suite, spec)
        except NothingToAsk as error:
            silent[name] = error
        else:
            found[name] = suite
    return found, silent


async def resume(home: Path, run_id: str, changes: dict[str, Any], watcher: Watcher | None = None) -> Outcome:
    """A run that stopped, on from there. `changes` may hold another budget, key or number of processes.

    Raises NotFound, and InvalidInput when the run is over or the system that it asked is not there any more.
    """
    folder = find(home, run_id)
    if folder.complete:
        raise InvalidInput(f"Run {folder.id} is over: `maitred eval show {folder.id}` shows what it found.")
    kept = folder.spec
    name = kept.pop("suite")
    if not name:
        raise InvalidInput(
            f"Run {folder.id} is of a suite that only its caller has; start it there again, its answers come from the cache."
        )
    spec = RunSpec.model_validate({**kept, **{key: value for key, value in changes.items() if key in ON and value is not None}})
    suite = catalog.find(name)
    system, cases = system_of(spec, suite), cases_of(suite, spec)
    _check_same(folder.manifest, manifest_of(folder.id, suite, cases, spec, system))
    return await _on(folder, Job(suite, name, spec, system, cases), watcher or Quiet())


@dataclass(frozen=True)
class Job:
    """All that a run needs to be worked."""

    suite: Suite
    name: str
    """Where other processes find the suite; empty when only this one has it."""
    spec: RunSpec
    system: System
    cases: Sequence[EvalCase]

    def tasks(self) -> list[Task]:
        """Every case in every repeat; the first repeat of all comes first, so that a run that stops early says something of each."""
        return [
            Task(case, repeat, key_of(self.suite, case, repeat, self.spec, self.system))
            for repeat in range(self.spec.repeat)
            for case in self.cases
        ]


async def _on(folder: RunFolder, job: Job, watcher: Watcher) -> Outcome:
    try:
        with FileLock(folder.path / LOCK, timeout=0):
            return await _Work(folder, job, watcher).all()
    except Timeout as error:
        raise Conflict(f"Run {folder.id} is under way in another process.") from error


class _Work:
    """One go at a run's open cases."""

    def __init__(self, folder: RunFolder, job: Job, watcher: Watcher) -> None:
        self._folder, self._job, self._watcher = folder, job, watcher
        self._budget = Budget(job.spec.max_cost, job.spec.max_tokens)
        tasks, before = job.tasks(), folder.entries()
        known = {entry.key for entry in before}
        self._open = deque(task for task in tasks if (task.case.id, task.repeat) not in known)
        self._standing = Standing(total=len(tasks))
        for entry in before:
            self._standing.count(Done.of(entry))
        self._unpriced = False

    async def all(self) -> Outcome:
        """Answer what is open, and finish the run when nothing is."""
        self._journal = Journal(self._folder.path / JOURNAL)
        self._watcher.begin(self._folder.manifest, self._standing)
        try:
            if not self._job.spec.fresh:
                self._from_the_cache()
            if self._open:
                processes = self._job.spec.processes_for(len(self._open)) if self._job.name else 1
                async with places_for(self._job.suite, self._job.name, self._job.spec, processes) as places:
                    await work_all(places, self._job.spec.lanes(), self._take, self._finished)
        finally:
            self._journal.close()
            self._watcher.end()
        stopped = self._budget.spent if self._open else ""
        if not self._open:
            self._folder.finish()
        return Outcome(self._folder, stopped, self._unpriced)

    def _from_the_cache(self) -> None:
        cache, asked = AnswerCache(cache_of(self._job.spec.home)), deque[Task]()
        for task in self._open:
            answer = cache.get(task.key)
            if answer is None:
                asked.append(task)
            else:
                self._finished(Done.of(judged(self._job.suite, task, answer, cached=True)))
        self._open = asked

    def _take(self) -> Task | None:
        return self._open.popleft() if self._open and not self._budget.spent else None

    def _finished(self, done: Done) -> None:
        self._journal.append(done.line)
        self._standing.count(done)
        if not done.cached:
            self._budget.spend(done.usage)
            self._unpriced = self._unpriced or bool(done.usage.tokens and not done.usage.cost)
        self._watcher.moved(self._standing)


def cases_of(suite: Suite, spec: RunSpec) -> list[EvalCase]:
    """The cases of a run: all, or `n` of them chosen by the digest of seed and id, whatever others there are."""
    cases = list(suite.cases(spec.seed))
    seen: set[str] = set()
    twice = next((case.id for case in cases if case.id in seen or seen.add(case.id)), None)
    if twice is not None:
        raise InvalidInput(f"The suite {suite.name} has two cases of the id {twice}.")
    if not cases:
        raise NothingToAsk(f"The suite {suite.name} has no cases.")
    if spec.n is None or spec.n >= len(cases):
        return cases
    chosen = sorted(cases, key=lambda case: hashlib.sha256(f"{spec.seed}\x1f{case.id}".encode()).digest())[: spec.n]
    kept = {case.id for case in chosen}
    return [case for case in cases if case.id in kept]


def _check_same(was: RunManifest, now: RunManifest) -> None:
    before, after = (one.model_dump(mode="json", exclude=NOT_COMPARED) for one in (was, now))
    moved = [name.replace("_", " ") for name in before if before[name] != after[name]]
    if moved:
        raise InvalidInput(
            f"Run {was.id} cannot go on: its {', '.join(moved)} changed since it began. "
            "Start a new run; answers that still hold come from the cache."
        )
