"""Two runs of a suite beside each other, as pages show them: what moved, and which cases flipped."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from domain.decision import Frozen
from domain.eval_history import RunHead
from domain.eval_report import FORMAT, Way


class MetricShift(Frozen):
    """One metric on the cases that both runs have."""

    name: str
    kind: Literal["share", "mean"]
    unit: str
    cases: int
    before: float
    after: float
    difference: float
    low: float
    high: float
    chance: float
    too_few: bool = Field(description="So few cases changed that no chance can be told.")
    way: Way
    worse: int
    better: int
    place: str = Field(description="Where the change sits; empty when it is spread evenly or did not move.")


class SliceShift(Frozen):
    """One slice on both sides."""

    dimension: str
    value: str
    cases: int
    before: float
    after: float
    worse: int
    better: int


class Flip(Frozen):
    """A case that came to something else."""

    case_id: str
    way: Way
    slices: str
    reasons: tuple[str, ...] = Field(description="What changed, and the judge's reason before and after.")
    danger: Literal["new", "gone", "none"]


class RunComparison(Frozen):
    """What lies between two runs."""

    format: Literal[1] = FORMAT
    before: RunHead
    after: RunHead
    differs: tuple[str, ...]
    compared: int
    left_out: tuple[str, ...] = Field(description="Which cases are not compared and why, a sentence each.")
    metrics: tuple[MetricShift, ...]
    unmoved: int = Field(description="Metrics that moved in no case.")
    slices: tuple[SliceShift, ...]
    flips: tuple[Flip, ...]
    flips_left: int
