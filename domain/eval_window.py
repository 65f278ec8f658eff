"""Windows of decisions: what came in and what was done in a span of time, as columns of numbers that a later span is compared with."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from pydantic import Field

from domain.decision import Frozen


class WindowSample(Frozen):
    """Decisions of a span as columns. A client is a number that means nothing outside of the sample."""

    clients: tuple[int, ...]
    words: dict[str, tuple[str | None, ...]] = Field(description="Features whose values are words.")
    numbers: dict[str, tuple[float | None, ...]] = Field(description="Features whose values are numbers.")
    overruled: tuple[bool, ...]
    confidence: tuple[float | None, ...]
    kept: tuple[bool | None, ...]

    @property
    def cases(self) -> int:
        """How many decisions."""
        return len(self.clients)


class WindowSpan(Frozen):
    """Which decisions."""

    since: datetime
    until: datetime
    region: str | None = None


class AcceptedWindow(Frozen):
    """A span that somebody found good, and that later ones are compared with."""

    id: str
    span: WindowSpan
    sample: WindowSample
    accepted_by: str
    reason: str
    at: datetime


class WindowViews(Protocol):
    """The windows that were accepted."""

    async def accepted(self, window_id: str | None = None, region: str | None = None) -> AcceptedWindow | None:
        """A window by its id, or the last one of the region."""
        ...


class Windows(Protocol):
    """Accepted windows inside a transaction."""

    async def put(self, window: AcceptedWindow) -> None:
        """Keep one."""
        ...
