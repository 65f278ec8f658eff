"""An experiment: what two versions came to as arms, with intervals, and whether there is enough to say which is better.

The sample that is needed is fixed by the smallest difference that matters, so a conclusion drawn once it is reached, and not before, may be
wrong in one of twenty experiments; until then the answer is that nothing can be said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.rollout_views import Count, Mean
from policies.rollouts.proportions import Interval, Share, cases_needed, clustered, difference, of_a_kind, wilson

Z_95 = 1.959964
FIRST_RESPONSE_MATTERS = 0.2
"""Share of the active version's mean first response by which another one must differ to matter."""


@dataclass(frozen=True)
class Measure:
    """An outcome, the smallest difference that matters, and whether more of it is better."""

    metric: str
    least: float
    more_is_better: bool
    meaning: str


SHARES = (
    Measure("sla_attained", 0.05, True, "Both promises kept, of cases of which that can be said by now."),
    Measure("escalated", 0.05, False, "A person alone answers."),
    Measure("reopened", 0.03, False, "The client came back after the case was resolved."),
    Measure("needless_escalations", 0.10, False, "Of the reviews that a person ruled on: approved unchanged."),
    Measure("missed_escalations", 0.05, False, "Of the turns that were not sent to a person alone: moved up by a person later."),
)
MEANS = (
    Measure("first_response_s", 0.0, False, "Seconds until the client heard from us."),
    Measure("csat", 0.25, True, "The client's satisfaction, 5 is best."),
)


class Conclusion(StrEnum):
    """What can be said."""

    NOT_ENOUGH = "not enough data"
    BETTER = "candidate is better"
    WORSE = "candidate is worse"
    ALIKE = "no difference that matters was found"


def share_report(measure: Measure, active: Share, candidate: Share) -> dict[str, Any]:
    """One share in both arms."""
    active, candidate = of_a_kind(active, candidate)
    pooled = Share(active.hits + candidate.hits, active.cases + candidate.cases).value
    needed = cases_needed(max(pooled * (1 - pooled), measure.least * (1 - measure.least)), measure.least)
    arms = {name: {**_shown(wilson(arm, Z_95)), "cases": round(arm.cases)} for name, arm in (("active", active), ("candidate", candidate))}
    apart = difference(candidate, active, Z_95)
    reached = min(active.effective.cases, candidate.effective.cases)
    return _report(measure, measure.least, arms, apart, needed, reached)


def mean_report(measure: Measure, active: Mean | None, candidate: Mean | None) -> dict[str, Any]:
    """One mean in both arms; the interval of the difference is Welch's with the normal quantile."""
    arms = {name: _mean_shown(arm) for name, arm in (("active", active), ("candidate", candidate))}
    least = measure.least or FIRST_RESPONSE_MATTERS * (active.mean if active else 0.0)
    if active is None or candidate is None or least <= 0 or min(active.cases, candidate.cases) < 2:
        return _report(measure, least, arms, None, None, 0.0)
    spread = (active.deviation**2 + candidate.deviation**2) / 2
    half = Z_95 * math.sqrt(active.deviation**2 / active.cases + candidate.deviation**2 / candidate.cases)
    apart = candidate.mean - active.mean
    needed = max(30, cases_needed(spread, least))
    return _report(measure, least, arms, Interval(apart, apart - half, apart + half), needed, min(active.cases, candidate.cases))


def experiment_report(active: str, candidate: str, counts: Sequence[Count], means: Sequence[Mean]) -> list[dict[str, Any]]:
    """Every outcome of an experiment between the versions with these digests."""
    shares = {
        (one.digest, one.metric): clustered(one.hits, one.cases, one.clients, one.hits2, one.cases2, one.cross)
        for one in counts
        if one.tier is None
    }
    measured = {(one.digest, one.metric): one for one in means}
    return [
        *(share_report(one, shares.get((active, one.metric), Share()), shares.get((candidate, one.metric), Share())) for one in SHARES),
        *(mean_report(one, measured.get((active, one.metric)), measured.get((candidate, one.metric))) for one in MEANS),
    ]


def _report(
    measure: Measure, least: float, arms: dict[str, Any], apart: Interval | None, needed: int | None, reached: float
) -> dict[str, Any]:
    enough = needed is not None and reached >= needed
    return {
        "metric": measure.metric,
        "meaning": measure.meaning,
        "arms": arms,
        "difference": _shown(apart) if apart is not None else None,
        "least_that_matters": round(least, 6),
        "cases_needed": needed,
        "cases_reached": math.floor(reached),
        "enough_data": enough,
        "conclusion": _conclusion(measure, apart) if enough and apart is not None else Conclusion.NOT_ENOUGH,
    }


def _conclusion(measure: Measure, apart: Interval) -> Conclusion:
    if apart.low <= 0 <= apart.high:
        return Conclusion.ALIKE
    return Conclusion.BETTER if (apart.low > 0) == measure.more_is_better else Conclusion.WORSE


def _shown(interval: Interval) -> dict[str, float]:
    return {"value": round(interval.value, 6), "low": round(interval.low, 6), "high": round(interval.high, 6)}


def _mean_shown(mean: Mean | None) -> dict[str, Any]:
    if mean is None:
        return {"value": None, "low": None, "high": None, "cases": 0}
    half = Z_95 * mean.deviation / math.sqrt(mean.cases)
    return {**_shown(Interval(mean.mean, mean.mean - half, mean.mean + half)), "cases": mean.cases}
