"""How much a bot could be left alone with, when it may be wrong no more often than is bearable."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from domain.decision import Frozen
from evals.result import CaseResult

BEARABLE = 0.95


class Automation(Frozen):
    """The most that a bot may do alone."""

    precision: float = Field(description="The share of its answers that must be cases which a bot may answer.")
    share: float = Field(description="Share of all cases that it then answers alone.")
    from_confidence: float | None = Field(
        description="The router's confidence from which it does; None: at no confidence is it right enough."
    )
    right: int
    answered: int
    cases: int


def automation_at(results: Sequence[CaseResult], precision: float = BEARABLE) -> Automation:
    """The lowest confidence from which the answers that a bot gave alone are right often enough, and what share of cases that leaves it.

    Only answers that were given without a person are counted: a threshold can take some of them back, it adds none.
    """
    alone = [
        (one.judgement.confidence or 0.0, bool(one.judgement.values.get("automated_right")))
        for one in results
        if one.judgement.values.get("automated")
    ]
    best, right = (None, 0, 0), 0
    ordered = sorted(alone, reverse=True)
    for count, (confidence, is_right) in enumerate(ordered, start=1):
        right += is_right
        last_of_its_confidence = count == len(ordered) or ordered[count][0] < confidence
        if last_of_its_confidence and right / count >= precision:
            best = (confidence, right, count)
    threshold, kept, answered = best
    share = answered / len(results) if results else 0.0
    return Automation(precision=precision, share=share, from_confidence=threshold, right=kept, answered=answered, cases=len(results))
