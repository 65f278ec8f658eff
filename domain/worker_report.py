"""What each worker process says of itself: what it runs, which models speak in it, and which services it leaves alone for a while."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from pydantic import Field

from domain.decision import Frozen

BEAT_EVERY_S = 4.0
"""How often a worker says how it is."""
STARTED_ANEW = "MAITRED_STARTED_ANEW"
"""The variable by which a worker knows how many were started in place of others that died, it among them."""


class Failing(Frozen):
    """The last thing that went wrong."""

    reason: str
    at: datetime


class ModelState(Frozen):
    """A model as one worker has seen it since it began."""

    name: str
    configured: bool = Field(description="It was chosen in the settings; else it is the embedded one.")
    region: str
    priced: bool = Field(description="What a call costs is known: nothing for an embedded model, by litellm's table for others.")
    answers: int = 0
    failures: int = 0
    answered_at: datetime | None = None
    failing: Failing | None = None


class SourceState(Frozen):
    """A source of context."""

    name: str
    place: str = Field(description="Host of the service; empty for the embedded twin.")
    is_open: bool = Field(default=False, description="The breaker is open: after failures in a row the service is left alone for a while.")
    failing: Failing | None = None


class WorkerReport(Frozen):
    """One worker, as it was a few seconds ago."""

    id: str
    host: str
    pid: int
    version: str
    began_at: datetime
    told_at: datetime
    running: int = Field(description="Runs accepted and not yet over.")
    started_anew: int = Field(default=0, description="How many of this service's workers died, or were replaced, before this one began.")
    closing: bool = Field(description="It takes nothing new and comes to its end.")
    policy: str = Field(description="Name, version and digest of what decides in it.")
    candidate: str = Field(default="", description="Version and stage of what is tried beside it.")
    agents: dict[str, str] = Field(description="Which model speaks, by agent.")
    models: tuple[ModelState, ...]
    sources: tuple[SourceState, ...]

    def silent_s(self, now: datetime) -> int:
        """Seconds since it was heard of, when that is more than two beats; else 0."""
        silence = (now - self.told_at).total_seconds()
        return int(silence) if silence > 2 * BEAT_EVERY_S else 0


class WorkerReports(Protocol):
    """What workers said lately. Reports are speed, not truth: one that fell silent is gone after some seconds."""

    async def tell(self, report: WorkerReport) -> None:
        """Say how a worker is."""
        ...

    async def all(self) -> list[WorkerReport]:
        """Every worker that is heard of, the one that began first, first."""
        ...
