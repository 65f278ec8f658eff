"""Runs of evals as people look at them: a line in a list, the report that lies beside a run, and two runs side by side."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from domain.decision import Frozen
from domain.eval_history import Figure, RunHead

FORMAT = 1
"""Of reports and comparisons; one that another release wrote is made again."""


class RunState(StrEnum):
    """What a run came to."""

    HOLDS = "holds"
    MISSES_GOALS = "misses_goals"
    FAILS = "fails"
    UNTOLD = "untold"
    """It is over, and its report was not made yet."""
    STOPPED = "stopped"
    """It has no results yet: it is under way, or stopped before its end."""
    ELSEWHERE = "elsewhere"
    """Its folder lies on another machine; Postgres has its figures."""


class Way(StrEnum):
    """Which way something went between two runs."""

    WORSE = "worse"
    BETTER = "better"
    SAME = "same"
    MIXED = "mixed"


class GateNote(Frozen):
    """What `maitred eval gate` said of a run."""

    passed: bool
    baseline: str
    accepted_at: str
    findings: tuple[str, ...] = Field(description="Why the change must not go in, a sentence each.")


class RunLine(Frozen):
    """A run in a list."""

    head: RunHead
    state: RunState
    passed: Figure | None = Field(default=None, description="Share of answers that passed every rule.")
    dangerous: int | None = Field(default=None, description="Cases whose dangerous error was made.")
    figures: dict[str, Figure] = Field(default_factory=dict, description="Metric name to what it came to, in the suite's order.")
    gate: GateNote | None = None


class SliceReport(Frozen):
    """One metric on the cases of one slice."""

    dimension: str
    value: str
    figure: Figure
    rest: float | None = Field(description="The metric on all other cases; None when there are none.")
    worse: bool = Field(description="Worse than the rest by more than chance, though so many slices were looked at.")


class MetricReport(Frozen):
    """One metric of a run."""

    name: str
    says: str
    kind: Literal["share", "mean"]
    better: Literal["higher", "lower"]
    unit: str
    goal: float | None
    hard: bool
    figure: Figure | None = Field(description="None when it applied to no case.")
    standing: Literal["met", "missed", "open", "none"]
    misses: int = Field(description="Cases on the wrong side.")
    slices: tuple[SliceReport, ...] = Field(description="Worst first.")
    slices_left: int = Field(description="Slices that are not among them.")

    @property
    def broken(self) -> bool:
        """A hard metric with a case on its wrong side."""
        return self.hard and self.misses > 0


class Mistake(Frozen):
    """What was taken for what."""

    expected: str
    got: str
    answers: int
    dangerous: int = Field(description="Among them, those that made their case's dangerous error.")


class ConfusionReport(Frozen):
    """Right label by given label."""

    name: str
    right: int
    total: int
    labels: tuple[str, ...] = Field(description="Those with the most mistakes where there are many.")
    counts: tuple[tuple[int, ...], ...] = Field(description="A row for each right label, a column for each given one.")
    dangerous: tuple[tuple[int, ...], ...] = Field(description="Of the same form: how many of them made a dangerous error.")
    labels_left: int
    mistakes: tuple[Mistake, ...] = Field(description="Dangerous ones first, then the most frequent.")


class BinReport(Frozen):
    """Answers of nearly the same confidence."""

    confidence: float
    right: Figure


class CalibrationReport(Frozen):
    """Confidence against truth."""

    bins: tuple[BinReport, ...]
    error: Figure
    by_chance: float = Field(description="What a perfectly honest confidence stays under 19 times of 20.")
    brier: Figure
    automation: float = Field(description="The largest share that could go without a person; 0 when none could.")
    automation_from: float | None
    automation_precision: Figure | None
    wanted: float = Field(description="The precision asked for.")

    @property
    def honest(self) -> bool:
        """No worse than chance makes of a perfectly honest confidence."""
        return self.error.value <= self.by_chance


class CostlyMistake(Frozen):
    """One kind of error: what should have been, what was."""

    expected: str
    got: str
    answers: int
    cost: float


class CostReport(Frozen):
    """What errors cost, in EUR."""

    total: float
    each: Figure
    mistakes: tuple[CostlyMistake, ...]


class StageReport(Frozen):
    """How long one stage of the answers took, in milliseconds."""

    stage: str
    answers: int
    p50: float
    p95: float
    slowest: float


class RepeatReport(Frozen):
    """What can be relied on when a case is answered k times."""

    k: int
    every: Figure
    some: Figure


class UsageReport(Frozen):
    """What all answers took from models."""

    calls: int
    tokens: int
    cost: float = Field(description="In USD.")


class RunReport(Frozen):
    """All that a run found, in figures; the cases that failed stand in a file of their own."""

    format: Literal[1] = FORMAT
    head: RunHead
    asks: str
    state: RunState
    answers: int
    passed: Figure
    failing: int = Field(description="Answers that did not pass.")
    kept: int = Field(description="How many of them are kept with everything.")
    dangerous: int
    without_answer: int
    first: tuple[str, ...] = Field(description="What to look at first, in sentences.")
    without_inputs: str = Field(description="Why the inputs of cases are missing; empty when none is.")
    metrics: tuple[MetricReport, ...]
    confusions: tuple[ConfusionReport, ...]
    calibration: CalibrationReport | None
    costs: CostReport | None
    repeats: tuple[RepeatReport, ...]
    stages: tuple[StageReport, ...]
    usage: UsageReport


class LabelPair(Frozen):
    """One picture's label of a case."""

    name: str
    expected: str
    got: str


class FailedCase(Frozen):
    """An answer that did not pass. Everything is readable text, nothing is markup."""

    case_id: str
    repeat: int
    slices: str
    dangerous: bool
    danger: str
    cost: float | None
    why: str
    labels: tuple[LabelPair, ...]
    asked: str = Field(description="Its input; empty when the case is not to be had any more.")
    expected: str
    got: str
    origin: str


class RunQuery(Frozen):
    """Filters of the list of runs."""

    suite: str = ""
    model: str = ""
    page: int = Field(default=1, ge=1)


class TrendPoint(Frozen):
    """One run in the history of its suite and model."""

    run_id: str
    began_at: datetime
    passed: Figure
    other_cases: bool = Field(description="It asked other cases than the run before it.")


class Trend(Frozen):
    """How one suite did with one model, oldest run first."""

    suite: str
    model: str
    points: tuple[TrendPoint, ...]
