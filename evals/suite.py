"""What a suite is: cases, a way to answer one, rules that judge the answer, and the metrics that the judgements add up to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from domain.decision import Frozen
from domain.errors import InvalidInput
from evals.case import EvalCase
from evals.usage import Usage

if TYPE_CHECKING:
    from evals.house import House


class Better(StrEnum):
    """Which way a metric should go."""

    HIGHER = "higher"
    LOWER = "lower"


class Metric(Frozen):
    """A figure over many cases, made from one value a case."""

    name: str = Field(description="As in `Judgement.values`: `right_route`, `missed_danger`, …")
    says: str = Field(description="What it measures, in one sentence for a reader who has never seen it.")
    kind: Literal["share", "mean"] = Field(default="share", description="Share: values are 0 or 1, Wilson interval. Mean: bootstrap.")
    better: Better = Better.HIGHER
    unit: str = Field(default="", description="Empty for shares; `EUR`, `ms`, … for means.")
    goal: float | None = Field(default=None, description="The mark that the suite sets itself; None when there is none.")
    hard: bool = Field(default=False, description="One case on the wrong side fails the whole run: guards, not opinions.")


class Judgement(Frozen):
    """What the rules say of one answer. A metric that does not apply to the case is left out of `values`."""

    passed: bool
    values: dict[str, float] = Field(description="Metric name to value.")
    dangerous: bool = Field(default=False, description="The case's dangerous error was made.")
    why: str = Field(default="", description="Why it did not pass, in words; empty when it did.")
    expected: dict[str, str] = Field(default_factory=dict, description="By confusion picture (`mode`, `intent`): the right label.")
    got: dict[str, str] = Field(default_factory=dict, description="By confusion picture: the label that was given.")
    confidence: float | None = Field(default=None, description="What the system said of its own answer, for calibration; else None.")
    right: bool | None = Field(default=None, description="Whether that answer was right; None when nothing was said.")
    cost: float | None = Field(default=None, description="What the error costs by the misroute-cost matrix, in EUR; 0 for a right one.")


class Answer(Frozen):
    """What the system did with one case: plain data without times, so that two runs can be equal byte for byte."""

    output: dict[str, Any]
    models: tuple[str, ...] = Field(default=(), description="Every model that spoke.")
    usage: Usage = Usage()
    ms: float = Field(default=0.0, description="How long it took; kept apart from everything that is compared.")
    stages: dict[str, float] = Field(default_factory=dict, description="Milliseconds by stage where known; kept apart as well.")


class NothingToAsk(InvalidInput):
    """A suite has no cases here, or not the baseline that should answer them: of all suites, it is left out."""


Ask = Callable[["House", EvalCase], Awaitable[Answer]]
"""A way to answer a case. Who only reads runs needs no house, which is slow to import."""


@dataclass(frozen=True)
class Suite:
    """One suite. `cases` reads or generates them, always the same for the same seed; `answer` asks the system; `judge` is pure."""

    name: str
    asks: str
    """The question that it answers, in one sentence."""
    metrics: tuple[Metric, ...]
    cases: Callable[[int], Sequence[EvalCase]]
    answer: Ask
    judge: Callable[[EvalCase, Answer], Judgement]
    baselines: Mapping[str, Ask] = field(default_factory=dict[str, Ask])
    """What should be beaten (`majority`, `keyword`, `tier-only`): each answers in place of `answer`, in a run of its own."""
    version: int = 1
    """Moves when the rules change, so that older answers are judged again and never compared with newer judgements unseen."""
