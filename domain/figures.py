"""What the desk came to within a window of time: the counts that a dashboard is made from."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from pydantic import Field

from domain.decision import Frozen


class Window(Frozen):
    """Which cases and decisions are counted: those that came in, or were made, from `since` until `now`."""

    since: datetime
    now: datetime
    region: str | None = None
    tier: str | None = None


class Volume(Frozen):
    """How many decisions were made in one piece of a window."""

    begins_at: datetime
    decisions: int


class DecisionCount(Frozen):
    """Decisions of one version for one tier in one mode."""

    tier: str
    mode: str
    policy: str = Field(description="Digest of the version that decided.")
    decisions: int
    proposed: int = Field(description="A model proposed something usable.")
    overruled: int
    degraded: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float = Field(description="Of those whose model has a price.")
    unpriced: int = Field(description="Decisions of a model without a known price.")


class GuardCount(Frozen):
    """How often a guard fired."""

    guard: str
    decisions: int


class StageTime(Frozen):
    """How long one stage of deciding took."""

    stage: str
    p50_ms: float
    p95_ms: float


class PromiseCount(Frozen):
    """Promises to clients of one tier: a case that is decided has two, the first word and the end, and each is settled by itself."""

    tier: str | None = Field(description="None: not graded yet.")
    cases: int
    met: int = Field(description="Settled in time.")
    breached: int = Field(description="Settled too late, or not settled when it was due.")
    running: int = Field(description="Not settled and not due yet.")
    unpromised: int = Field(description="Cases without a decision: nothing is promised yet.")
    heard: int = Field(description="Cases whose client heard from us.")
    resolved: int


class Waits(Frozen):
    """How long clients waited for a first word and for the end, from when their message came in."""

    heard_p50_s: int | None
    heard_p90_s: int | None
    resolved_p50_s: int | None
    resolved_p90_s: int | None


class InboxDepth(Frozen):
    """Reviews that wait for a person now, whenever they began to."""

    waiting: int
    oldest_at: datetime | None


class VersionName(Frozen):
    """What people call a digest."""

    digest: str
    name: str
    version: int


class CountedWork(Protocol):
    """Counts over what is stored."""

    async def decisions(self, window: Window) -> list[DecisionCount]:
        """Every decision of the window, alike ones together."""
        ...

    async def guards(self, window: Window, limit: int) -> list[GuardCount]:
        """The guards that fired most, most often first."""
        ...

    async def volume(self, window: Window, pieces: int) -> list[Volume]:
        """Decisions over time, in `pieces` of equal length; those without any are there too."""
        ...

    async def stage_times(self, window: Window, one_in: int = 1) -> list[StageTime]:
        """How long the stages of deciding took, from one in so many decisions; empty without any."""
        ...

    async def promises(self, window: Window) -> list[PromiseCount]:
        """Promises of the cases that came in."""
        ...

    async def waits(self, window: Window, one_in: int = 1) -> Waits:
        """How long the clients of the cases that came in waited, from one in so many."""
        ...

    async def inbox(self, window: Window) -> InboxDepth:
        """What waits for a person."""
        ...

    async def versions(self, digests: list[str]) -> list[VersionName]:
        """Names of versions; a digest that is not known here is left out."""
        ...
