"""How far a run is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from evals.result import RunManifest
from evals.running.messages import Done

LINE_EVERY_S = 10.0


@dataclass
class Standing:
    """What was counted so far."""

    total: int
    done: int = 0
    passed: int = 0
    dangerous: int = 0
    errors: int = 0
    cached: int = 0
    asked: int = 0
    cost: float = 0.0
    tokens: int = 0
    first_at: float = 0.0
    """When the first answer came that was asked for: opening the house is no pace."""

    def count(self, done: Done) -> None:
        """One more answer."""
        self.done += 1
        self.passed += done.passed
        self.dangerous += done.dangerous
        self.errors += bool(done.error)
        if done.cached:
            self.cached += 1
            return
        self.asked += 1
        self.first_at = self.first_at or time.monotonic()
        self.cost += done.usage.cost
        self.tokens += done.usage.tokens

    def words(self) -> str:
        """As a reader wants it beside a bar."""
        parts = [f"{self.passed / self.done:.1%} passed" if self.done else "", f"{self.dangerous} dangerous"]
        parts += [f"{self.errors} without an answer"] if self.errors else []
        parts += [f"{self.cached:,} from the cache"] if self.cached else []
        parts += [f"{self.cost:.4f} USD"] if self.cost else [f"{self.tokens:,} tokens"] if self.tokens else []
        return ", ".join(part for part in parts if part)

    def left_s(self) -> float:
        """Seconds until the end, at the pace so far."""
        paced = self.asked - 1
        return (time.monotonic() - self.first_at) / paced * (self.total - self.done) if paced > 0 else 0.0


class Watcher(Protocol):
    """Is told of a run's progress."""

    def begin(self, manifest: RunManifest, standing: Standing) -> None:
        """A run begins, or is taken up."""
        ...

    def moved(self, standing: Standing) -> None:
        """An answer came."""
        ...

    def end(self) -> None:
        """The run is over, or stops."""
        ...


class Quiet:
    """Says nothing."""

    def begin(self, manifest: RunManifest, standing: Standing) -> None:
        """Nothing."""
        del manifest, standing

    def moved(self, standing: Standing) -> None:
        """Nothing."""
        del standing

    def end(self) -> None:
        """Nothing."""


class Bar:
    """For a terminal."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[words]}"),
            TimeRemainingColumn(),
            console=console,
        )
        self._row = self._bar.add_task("", words="", visible=False)

    def begin(self, manifest: RunManifest, standing: Standing) -> None:
        """Show the bar."""
        self._bar.start()
        self._bar.reset(self._row, description=manifest.suite, total=standing.total, visible=True, words="")
        self.moved(standing)

    def moved(self, standing: Standing) -> None:
        """Move it."""
        self._bar.update(self._row, completed=standing.done, words=standing.words())

    def end(self) -> None:
        """It stays where it is."""
        self._bar.stop()


class Lines:
    """For a file or a pipe."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._suite = ""
        self._told_at = 0.0

    def begin(self, manifest: RunManifest, standing: Standing) -> None:
        """The first line."""
        self._suite, self._told_at = manifest.suite, time.monotonic()
        before = f", {standing.done:,} of them answered before" if standing.done else ""
        self._console.print(f"{self._suite}: {standing.total:,} answer{'' if standing.total == 1 else 's'} to give{before}", soft_wrap=True)

    def moved(self, standing: Standing) -> None:
        """A line every few seconds, and at the end."""
        over = standing.done == standing.total
        if not over and time.monotonic() - self._told_at < LINE_EVERY_S:
            return
        self._told_at = time.monotonic()
        left = "" if over or standing.asked < 2 else f", {standing.left_s():.0f} s left"
        self._console.print(f"{self._suite}: {standing.done:,} of {standing.total:,}, {standing.words()}{left}", soft_wrap=True)

    def end(self) -> None:
        """Nothing more."""
