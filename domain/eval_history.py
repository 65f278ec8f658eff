"""The history of evals: a finished run with its figures, and what was judged of each case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from domain.decision import Frozen


class Figure(Frozen):
    """What one metric came to in one run."""

    value: float
    low: float = Field(description="Lower end of the 95 % interval.")
    high: float = Field(description="Upper end of the 95 % interval.")
    cases: int = Field(description="Cases that it applies to.")


class RunHead(Frozen):
    """What a run was made of."""

    id: str
    suite: str
    suite_version: int
    dataset_digest: str
    cases: int
    repeats: int
    seed: int
    model: str
    policy: str
    prompts: dict[str, str] = Field(default_factory=dict)
    code_digest: str
    began_at: datetime
    machine: str


class PastRun(RunHead):
    """A finished run: what it was made of, and what it came to."""

    figures: dict[str, Figure] = Field(description="Metric name to what it came to.")
    dangerous: int = Field(description="Dangerous errors that were made.")
    results: int = Field(description="Judged answers: cases times repeats.")
    results_digest: str = Field(description="Over the judged answers, so that a second copy of a run can be told from another run.")


class PastResult(Frozen):
    """What was judged of one answer. What the system said word for word stays in the run's folder."""

    case_id: str
    repeat: int
    case_digest: str
    slices: dict[str, str]
    group: str
    passed: bool
    dangerous: bool
    judgement: dict[str, Any]
    error: str
