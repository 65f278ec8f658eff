"""How much a bot may do alone."""

from __future__ import annotations

from evals.result import CaseResult
from evals.scoring.automation import automation_at
from evals.suite import Judgement
from evals.usage import Usage


def result(number: int, confidence: float | None, right: bool | None) -> CaseResult:
    """`right` None: a person answered."""
    values = {"automated": 0.0} if right is None else {"automated": 1.0, "automated_right": float(right)}
    return CaseResult(
        case_id=f"c-{number}",
        case_digest="d",
        repeat=0,
        slices={},
        group="",
        output={},
        judgement=Judgement(passed=True, values=values, confidence=confidence),
        models=(),
        usage=Usage(),
    )


def run(*answers: tuple[float | None, bool | None]) -> list[CaseResult]:
    return [result(number, confidence, right) for number, (confidence, right) in enumerate(answers)]


def test_the_threshold_is_the_lowest_at_which_enough_answers_are_right() -> None:
    found = automation_at(run((0.9, True), (0.8, True), (0.7, False), (0.6, True), (0.5, False), (0.99, None)), precision=0.75)
    assert (found.from_confidence, found.answered, found.right, found.share) == (0.6, 4, 3, 4 / 6)


def test_answers_of_one_confidence_stand_and_fall_together() -> None:
    found = automation_at(run((0.9, True), (0.8, True), (0.8, False)), precision=0.95)
    assert (found.from_confidence, found.answered) == (0.9, 1)


def test_nothing_is_automated_when_no_confidence_is_right_enough() -> None:
    found = automation_at(run((0.9, False), (0.8, True)))
    assert (found.from_confidence, found.share) == (None, 0.0)
    assert automation_at([]).share == 0.0
