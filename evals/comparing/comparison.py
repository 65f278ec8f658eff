"""The words of a comparison: which way a metric, a case and a slice went, and what is not compared."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from domain.decision import Frozen
from evals.comparing.places import Place
from evals.comparing.side import Provenance
from evals.suite import Metric


class Way(StrEnum):
    """Which way something went."""

    WORSE = "worse"
    BETTER = "better"
    SAME = "same"
    MIXED = "mixed"


class MetricChange(Frozen):
    """One metric on the cases that it applies to on both sides."""

    metric: Metric
    cases: int
    before: float
    after: float
    difference: float = Field(description="After less before.")
    low: float = Field(description="Lower end of its 95 % interval.")
    high: float
    chance: float = Field(description="Of a difference as large if nothing had changed; corrected for all metrics of the suite.")
    way: Way = Field(description="Worse or better only beyond chance and with the whole interval on that side.")
    worse: tuple[str, ...] = Field(description="Cases that got worse, by id.")
    better: tuple[str, ...] = Field(description="Cases that got better, by id.")
    place: Place | None = Field(description="Where the cases lie that moved the way the metric did; None if they are spread evenly.")


class Flip(Frozen):
    """A case that came to something else."""

    case_id: str
    way: Way = Field(description="Mixed: some of its metrics one way, some the other.")
    passed: tuple[float, float] = Field(description="Share of repeats that passed, before and after.")
    dangerous: tuple[bool, bool]
    values: dict[str, tuple[float | None, float | None]] = Field(description="The metrics that changed; None where one does not apply.")
    why: tuple[str, str] = Field(description="The judge's reason, before and after; empty where it passed, or the baseline holds none.")
    slices: dict[str, str]


class SliceChange(Frozen):
    """One slice on both sides."""

    dimension: str
    value: str
    cases: int
    before: float = Field(description="Share of its cases that passed.")
    after: float
    worse: int = Field(description="Cases that no longer pass.")
    better: int = Field(description="Cases that pass now.")


class Cases(Frozen):
    """Which cases are compared, and which are not."""

    compared: int
    added: tuple[str, ...] = Field(default=(), description="Only the later side has them.")
    removed: tuple[str, ...] = Field(default=(), description="Only the earlier side has them.")
    changed: tuple[str, ...] = Field(default=(), description="Another case under the same id.")


class Comparison(Frozen):
    """Everything that lies between two sides."""

    before: Provenance
    after: Provenance
    differs: tuple[str, ...] = Field(description="What was changed between them: model, policy, prompts, code, …, as sentences.")
    cases: Cases
    new_dangers: tuple[str, ...] = Field(description="Cases whose dangerous error is made now and was not before.")
    gone_dangers: tuple[str, ...]
    metrics: tuple[MetricChange, ...] = Field(description="`passed` first, then in the suite's order.")
    slices: tuple[SliceChange, ...] = Field(description="Those in which a case flipped, most worsened first.")
    flips: tuple[Flip, ...] = Field(description="New dangerous errors first, then worse, mixed, better.")

    def flip(self, case_id: str) -> Flip | None:
        """What became of a case; None when it came to the same."""
        return next((one for one in self.flips if one.case_id == case_id), None)
