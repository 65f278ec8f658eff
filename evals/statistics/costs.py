"""What the errors of a run cost, by the suite's misroute-cost matrix."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pydantic import Field

from domain.decision import Frozen
from evals.result import CaseResult
from evals.statistics.intervals import Figure, mean_figure

DEAREST = 20


class CostOfMistake(Frozen):
    """One kind of error: what should have been, what was."""

    expected: str
    got: str
    answers: int
    cost: float


class CostSummary(Frozen):
    """All errors together, in EUR."""

    total: float = Field(description="Over every answer.")
    each: Figure = Field(description="Per answer.")
    mistakes: tuple[CostOfMistake, ...] = Field(description="By right and given mode, dearest first; only where both are judged.")
    dearest: tuple[tuple[str, float], ...] = Field(description="The dearest cases: id and mean cost over repeats.")


def costs_of(results: Sequence[CaseResult]) -> CostSummary | None:
    """From every judgement that knows a cost; None without any."""
    priced = [(one, one.judgement.cost) for one in results if one.judgement.cost is not None]
    if not priced:
        return None
    kinds: dict[tuple[str, str], list[float]] = defaultdict(list)
    cases: dict[str, list[float]] = defaultdict(list)
    for one, cost in priced:
        cases[one.case_id].append(cost)
        if cost and "mode" in one.judgement.expected and "mode" in one.judgement.got:
            kinds[one.judgement.expected["mode"], one.judgement.got["mode"]].append(cost)
    mistakes = [CostOfMistake(expected=right, got=got, answers=len(costs), cost=sum(costs)) for (right, got), costs in kinds.items()]
    dearest = sorted(((case, sum(costs) / len(costs)) for case, costs in cases.items() if sum(costs)), key=lambda one: (-one[1], one[0]))
    return CostSummary(
        total=sum(cost for _, cost in priced),
        each=mean_figure([cost for _, cost in priced], [one.group or one.case_id for one, _ in priced]),
        mistakes=tuple(sorted(mistakes, key=lambda one: (-one.cost, one.expected, one.got))),
        dearest=tuple(dearest[:DEAREST]),
    )
