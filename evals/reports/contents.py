"""What stands in a report of one run, before it has a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.errors import MaitredError
from evals import catalog
from evals.case import EvalCase
from evals.comparing.comparison import Comparison
from evals.comparing.words import counted
from evals.reports.figures import goal_of, value_of, words_of
from evals.reports.readable import one_line, outline, readable
from evals.result import CaseResult
from evals.running.folder import RunFolder
from evals.statistics.fairness import Fairness, fairness_of
from evals.statistics.slices import SliceFigure
from evals.statistics.summary import Judged, MetricSummary, Summary, summarise

MOST_CASES = 200
"""Cases that a report shows with everything: dangerous ones first, then by cost. All stand in the run's results."""
MOST_NAMED = 12


@dataclass(frozen=True)
class Label:
    """One picture's label of a case."""

    name: str
    right: str
    given: str


@dataclass(frozen=True)
class FailedCase:
    """A case that did not pass, as a reader needs it. Everything is readable text, nothing is markup."""

    case_id: str
    repeat: int
    slices: str
    dangerous: bool
    danger: str
    cost: float | None
    why: str
    labels: tuple[Label, ...]
    asked: str
    """Its input; empty when the case is not to be had any more."""
    gold: str
    output: str
    origin: str


@dataclass(frozen=True)
class Contents:
    """Everything that a report tells."""

    summary: Summary
    fairness: Fairness | None
    failed: tuple[FailedCase, ...]
    failing: int
    """How many answers did not pass."""
    without_cases: str
    """Why inputs are missing; empty when none is."""
    comparison: Comparison | None
    first: tuple[str, ...]
    """What to look at first, in sentences."""

    @property
    def verdict(self) -> str:
        """`fails`, `misses its goals` or `holds`."""
        if self.summary.broken:
            return "fails"
        return "misses goals" if any(one.goal == "missed" for one in self.summary.metrics) else "holds"


def contents_of(
    run: Judged,
    cases: Mapping[str, EvalCase],
    without_cases: str = "",
    comparison: Comparison | None = None,
    *,
    summary: Summary | None = None,
) -> Contents:
    """Put together from a run, the cases by digest, and how it compares with an earlier one; `summary` when it was made already."""
    summary, fairness = summary or summarise(run), fairness_of(run.results)
    failing = failing_of(run.results)
    shown = tuple(shown_case(one, cases.get(one.case_digest)) for one in failing[:MOST_CASES])
    missing = sum(one.case_digest not in cases for one in failing[:MOST_CASES])
    if missing and not without_cases:
        without_cases = f"{missing} of the cases have changed since this run; their inputs as they were are not kept."
    return Contents(summary, fairness, shown, len(failing), without_cases, comparison, tuple(_first(summary, fairness)))


def failing_of(results: Sequence[CaseResult]) -> list[CaseResult]:
    """Answers that did not pass: dangerous ones first, then by cost."""
    return sorted((one for one in results if one.error or not one.judgement.passed), key=_gravest)


def cases_of(folder: RunFolder, *, own: bool = True) -> tuple[dict[str, EvalCase], str]:
    """The cases of a run by digest, and why there are none: the suite may be gone, or its data be elsewhere.

    Without `own`, the file of a suite that is not one of ours is not run.
    """
    try:
        place = str(folder.spec["suite"])
        if not own and place not in catalog.names():
            return {}, f"The inputs are not shown: only `maitred eval run` reads the suite {one_line(folder.manifest.suite, 80)}."
        cases: Sequence[EvalCase] = catalog.find(place).cases(folder.manifest.seed)
    except (MaitredError, OSError, KeyError, ValueError) as error:
        return {}, f"The inputs are not shown, because the suite's cases could not be read: {one_line(str(error))}"
    return {case.digest: case for case in cases}, ""


def _first(summary: Summary, fairness: Fairness | None) -> Iterator[str]:
    for one in summary.broken:
        yield f"{words_of(one.metric.name)} is hard and does not hold: {named(one.misses)}."
    if summary.dangerous:
        yield f"The dangerous error was made in {counted(len(summary.dangerous), 'case')}: {named(summary.dangerous)}."
    if summary.errors:
        yield f"{counted(len(summary.errors), 'case')} without an answer, which counts as failed everywhere: {named(summary.errors)}."
    for one in summary.metrics:
        if one.goal == "missed" and one.figure and not one.broken:
            yield f"{words_of(one.metric.name)} is {value_of(one.metric, one.figure.value)} and should be {goal_of(one.metric)}."
    for one, worse in marked(summary):
        if one.metric.goal is None and not one.metric.hard:
            continue  # it describes; where it lies elsewhere nothing is wrong by itself
        here, rest = value_of(one.metric, worse.figure.value), value_of(one.metric, worse.rest or 0.0)
        yield f"{words_of(one.metric.name)} is worse where {one_line(worse.name, 120)}: {here} against {rest} elsewhere."
    found = summary.calibration
    if found and not found.honest:
        lean = "over" if sum((one.confidence - one.right.value) * one.right.n for one in found.bins) > 0 else "under"
        yield f"Confidence is not to be taken at its word: it {lean}states the truth by {found.error.value * 100:.1f} points on average."
    if fairness and fairness.unequal:
        yield f"Treatment: {fairness.words}"


def marked(summary: Summary) -> list[tuple[MetricSummary, SliceFigure]]:
    """Slices that are worse than the rest beyond chance, of every metric."""
    return [(one, found) for one in summary.metrics for found in one.slices if found.worse]


def named(ids: Sequence[str], most: int = MOST_NAMED) -> str:
    """Some ids and how many more."""
    shown = ", ".join(one_line(one, 80) for one in ids[:most])
    return shown if len(ids) <= most else f"{shown} and {len(ids) - most} more"


def _gravest(result: CaseResult) -> tuple[bool, float, str, int]:
    return not result.judgement.dangerous, -(result.judgement.cost or 0.0), result.case_id, result.repeat


def shown_case(result: CaseResult, case: EvalCase | None) -> FailedCase:
    """A case that did not pass, made readable."""
    judgement = result.judgement
    names = sorted({*judgement.expected, *judgement.got})
    return FailedCase(
        case_id=one_line(result.case_id, 120),
        repeat=result.repeat,
        slices=", ".join(f"{one_line(name, 60)} {one_line(value, 120)}" for name, value in sorted(result.slices.items())),
        dangerous=judgement.dangerous,
        danger=one_line(case.dangerous) if case and judgement.dangerous else "",
        cost=judgement.cost,
        why=readable(result.error or judgement.why or "No rule gave a reason."),
        labels=tuple(Label(name, one_line(judgement.expected.get(name, "")), one_line(judgement.got.get(name, ""))) for name in names),
        asked=outline(case.input) if case else "",
        gold=outline(case.gold) if case else "",
        output=outline(result.output) if result.output is not None else "",
        origin=f"{one_line(case.source, 120)}, {one_line(case.licence, 60)}" if case else "",
    )
