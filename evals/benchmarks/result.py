"""What a benchmark found: figures with intervals and the exact protocol; and what others found on the same set."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from domain.decision import Frozen
from evals.statistics.intervals import Figure


class Row(Frozen):
    """One figure of a benchmark."""

    name: str
    says: str = Field(description="What it measures and on what, in one sentence.")
    kind: Literal["share", "number"] = "share"
    figure: Figure


class Published(Frozen):
    """A figure of somebody else's on the same set."""

    what: str
    value: str
    source: str
    comparable: str = Field(description="How far its protocol is ours.")


class BenchmarkResult(Frozen):
    """One run on one set."""

    name: str
    title: str
    measured_on: str = Field(description="The day, ISO 8601.")
    system: str = Field(description="What was measured: model and digest, or the function.")
    protocol: tuple[str, ...]
    rows: tuple[Row, ...]
    not_measured: tuple[str, ...] = Field(default=(), description="What the set, or our part of it, cannot tell.")
    seconds: float = Field(description="Of the whole run on one process.")
    median_ms: float | None = Field(default=None, description="For reading one text; where the set is large, with its scores.")
    set_title: str
    set_address: str
    set_licence: str
