"""Where a long replay stands, in a file: which pages are finished, and their sum. It is replaced whole, so it is never half written."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from domain.canonical import digest_of
from domain.decision import Frozen
from domain.errors import InvalidInput
from domain.simulation import RecordedPage, Span
from policies.comparison.behavioural_diff import BehaviouralDiff
from runtime.replay_process import Pair

SAVED_EVERY_S = 1.0


class FinishedPage(Frozen):
    """Where a page ended, and how many cases it had."""

    last: tuple[datetime, str]
    cases: int


class Standing(Frozen):
    """What the file holds."""

    question: str
    span: Span
    total: int
    finished: dict[int, FinishedPage]
    found: BehaviouralDiff


class ReplayState:
    """The sum so far."""

    def __init__(self, file: Path | None, standing: Standing) -> None:
        self._file = file
        self._question = standing.question
        self.span = standing.span
        self.total = standing.total
        self.finished = dict(standing.finished)
        self.found = standing.found
        self._saved_at = time.monotonic()

    @classmethod
    def begin(cls, file: Path | None, pair: Pair, asked: Span, span: Span, total: int, nothing: BehaviouralDiff) -> ReplayState:
        """From the beginning; `span` is what was `asked` for, less what is decided after now."""
        return cls(file, Standing(question=_question(pair, asked), span=span, total=total, finished={}, found=nothing))

    @classmethod
    def of(cls, file: Path | None, pair: Pair, asked: Span) -> ReplayState | None:
        """Where an earlier run came to; None without a file. Raises InvalidInput when the file holds something else."""
        if file is None or not file.exists():
            return None
        try:
            standing = Standing.model_validate_json(file.read_bytes())
        except ValidationError as error:
            raise InvalidInput(f"{file} is no state of a replay; name another file, or remove it.") from error
        if standing.question != _question(pair, asked):
            raise InvalidInput(f"{file} belongs to a replay of other versions or another time; name another file, or remove it.")
        return cls(file, standing)

    @property
    def judged(self) -> int:
        """Cases of finished pages."""
        return sum(page.cases for page in self.finished.values())

    def finish(self, number: int, page: RecordedPage, diff: BehaviouralDiff) -> None:
        """Add what a page brought. The file follows at most once a second: what it does not know yet is judged again."""
        if page.last is None:
            return
        self.found = self.found.plus(diff)
        self.finished[number] = FinishedPage(last=page.last, cases=len(page.rows))
        if time.monotonic() - self._saved_at > SAVED_EVERY_S:
            self.save()

    def save(self) -> None:
        """Write the file anew."""
        if self._file is None:
            return
        standing = Standing(question=self._question, span=self.span, total=self.total, finished=self.finished, found=self.found)
        fresh = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        with fresh.open("wb") as out:
            out.write(standing.model_dump_json().encode())
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._file)
        self._saved_at = time.monotonic()


def _question(pair: Pair, asked: Span) -> str:
    return digest_of([pair.before.model_dump(mode="json"), pair.after.model_dump(mode="json"), asked.model_dump(mode="json")])
