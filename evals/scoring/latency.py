"""How long answers took: the middle and the slow end, whole and by stage."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence

from pydantic import Field

from domain.decision import Frozen
from evals.running.folder import CaseTimes

WHOLE = "whole"


class StageTimes(Frozen):
    """One stage of a run's answers, in milliseconds."""

    stage: str = Field(description="`whole`, or a stage as the decision names it: context, value, model, policy, total.")
    answers: int
    p50: float
    p95: float
    slowest: float


def stage_times(times: Sequence[CaseTimes]) -> list[StageTimes]:
    """The whole first, then the stages by their p50, the longest first. Answers from the cache are left out."""
    taken: dict[str, list[float]] = defaultdict(list)
    for one in times:
        if not one.cached:
            taken[WHOLE].append(one.ms)
            for stage, ms in one.stages.items():
                taken[stage].append(ms)
    found = [_summed(stage, values) for stage, values in taken.items()]
    return sorted(found, key=lambda one: (one.stage != WHOLE, -one.p50, one.stage))


def _summed(stage: str, values: list[float]) -> StageTimes:
    return StageTimes(stage=stage, answers=len(values), p50=_quantile(values, 50), p95=_quantile(values, 95), slowest=max(values))


def _quantile(values: list[float], percent: int) -> float:
    """By linear interpolation between the two nearest (Hyndman and Fan 1996, type 7)."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
