"""What a simulation is asked to do, and the seams that it needs: recorded decisions in pages, and processes that judge them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from pydantic import Field

from domain.decision import Frozen

Cursor = tuple[datetime, str]
"""(decided_at, id) of the last decision of a page."""
Progress = Callable[[int, int], None]
"""Called with (cases judged so far, cases in all)."""


def untold(judged: int, total: int) -> None:
    """For whoever waits for the end."""
    del judged, total


class Source(StrEnum):
    """What two versions are compared over."""

    RECORDED = "recorded"
    SAMPLE = "sample"
    TESTS = "tests"


class VersionText(Frozen):
    """One version of a policy, as a process that compiles it needs it."""

    name: str
    version: int
    digest: str
    text: str
    stage: str


class Span(Frozen):
    """Which recorded decisions: of this time, newest first, at most so many, and only those that the asker may see."""

    since: datetime | None = None
    until: datetime | None = Field(default=None, description="Exclusive.")
    limit: int = Field(default=100_000, ge=1)
    region: str | None = None
    client_id: str | None = None


@dataclass(frozen=True)
class RecordedPage:
    """Some decisions: id, and the whole record as it is stored. Records stay bytes until a process reads them."""

    rows: list[tuple[str, bytes]]
    last: Cursor | None = None


Pages = AsyncIterator[RecordedPage]


class RecordedDecisions(Protocol):
    """Decisions that were made, with what they were made from."""

    async def count(self, span: Span) -> int:
        """How many there are, at most the span's limit."""
        ...

    async def page(self, span: Span, after: Cursor | None, size: int) -> RecordedPage:
        """The next `size` decisions after a cursor, newest first; an empty page is the end."""
        ...

    async def cases(self, ids: list[str]) -> dict[str, str]:
        """The case of each of these decisions."""
        ...


@dataclass(frozen=True)
class Simulated:
    """What came of a simulation; without `complete`, time ran out before the last case."""

    diff: dict[str, Any]
    cases: int
    total: int
    complete: bool
    last: Cursor | None = None
    """Where it stopped: every decision up to this one was judged, none after it."""


class Replayer(Protocol):
    """Judges cases by two versions in processes of their own."""

    async def replay(
        self, before: VersionText, after: VersionText, pages: Pages, total: int, within_s: float, progress: Progress = untold
    ) -> Simulated:
        """The difference over all pages, or over the first ones that were judged in time. Raises TooBusy when others run."""
        ...


class SampleStream(Protocol):
    """The sample company's messages as cases."""

    async def pages(self, limit: int) -> list[RecordedPage]:
        """The cases, in the order of the stream."""
        ...
