"""What the context gatherer brings: facts that can be cited, each with source and age, and the reports behind them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from domain.client import ArticleHit, ClientProfile, PastCase, TelemetryReport
from domain.decision import Frozen


class CitedFact(Frozen):
    """One statement that a rationale, reply or handover may cite by its id."""

    id: str = Field(description="Source and key, such as `crm:contract/778` or `kb:export-fails`.")
    text: str
    source: str = Field(description="The tool: crm, telemetry, knowledge or cases.")
    as_of: datetime | None = Field(default=None, description="When the source last knew it to be true.")
    age_s: int = Field(default=0, ge=0, description="Age in seconds at the moment of the turn.")


class ToolRun(Frozen):
    """How one tool did in one turn."""

    tool: str
    ok: bool
    ms: float
    error: str = ""


class Context(Frozen):
    """All that was gathered for one turn."""

    profile: ClientProfile | None = None
    telemetry: TelemetryReport | None = None
    articles: tuple[ArticleHit, ...] = ()
    past_cases: tuple[PastCase, ...] = ()
    facts: tuple[CitedFact, ...] = ()
    runs: tuple[ToolRun, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Tools that gave nothing because they failed."""
        return tuple(run.tool for run in self.runs if not run.ok)


class HandoverSection(Frozen):
    """One part of a handover note."""

    title: str
    lines: tuple[str, ...]


class Handover(Frozen):
    """The note that a person receives: who, what, facts with sources, what was tried, open questions, promises, SLA left."""

    summary: str
    language: str
    sections: tuple[HandoverSection, ...]
    citations: tuple[str, ...] = ()
    model: str = ""
    turn: int = 0
    degraded: tuple[str, ...] = Field(default=(), description="What went wrong in writing it: `handover: timeout`.")


class Reply(Frozen):
    """An answer to the client; `sent` says whether it went out or is a draft for a person."""

    text: str
    language: str
    citations: tuple[str, ...] = ()
    sent: bool = False
    model: str = ""
    turn: int = 0
    faults: tuple[str, ...] = Field(default=(), description="Why an AI alone may not send it: a person reads it first.")
    degraded: tuple[str, ...] = Field(default=(), description="What went wrong: `reply: timeout`, `reply: withheld, it holds HTML`.")
