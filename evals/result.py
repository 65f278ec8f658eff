"""One line of a run's results."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from domain.decision import Frozen
from evals.suite import Judgement, Metric, Usage


class CaseResult(Frozen):
    """What came of one case in one repeat. Times stand in a file of their own."""

    case_id: str
    case_digest: str
    repeat: int = Field(description="0 for the first.")
    slices: dict[str, str]
    group: str
    output: dict[str, Any] | None = Field(description="None when the system failed to answer.")
    judgement: Judgement
    models: tuple[str, ...]
    usage: Usage
    error: str = Field(default="", description="Why there is no output; such a case counts as not passed in every metric.")


class RunManifest(Frozen):
    """What a run was made of: two runs with equal manifests and an unchanging model have equal results."""

    id: str
    suite: str
    suite_version: int
    asks: str = Field(default="", description="`Suite.asks`, so that a report needs no suite to be told what was asked.")
    metrics: tuple[Metric, ...] = Field(default=(), description="`Suite.metrics` as they were: how the values of the results are read.")
    dataset_digest: str = Field(description="Over the digests of its cases, in order.")
    cases: int
    repeats: int
    seed: int
    model: str
    policy: str = Field(description="`name@digest` of the policy.")
    prompts: dict[str, str] = Field(description="Prompt id to hash.")
    code_digest: str = Field(description="Over the code and data of the embedded model, the suite and the graph.")
    began_at: str = Field(description="RFC 3339; not compared.")
    machine: str = Field(description="Cores, architecture, Python; not compared.")
