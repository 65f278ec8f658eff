"""Runs of evals: listed, looked at, and held against each other. Runs hold written and de-identified cases, so they have no region.

The folders of this home come first. Statistics are made where suites are known, once for each run or pair, and lie beside the run; here
they are only found and put in order, so that a page costs what reading a file costs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from domain.errors import Conflict, InvalidInput, NotFound
from domain.eval_comparison import RunComparison
from domain.eval_history import PastResult, PastRun, RunHead
from domain.eval_ports import EvalOffice, KeptRuns, RunHistory
from domain.eval_report import FailedCase, RunLine, RunQuery, RunReport, RunState, Trend, TrendPoint

PASSED = "passed"
PAGE, FAILED_PAGE = 50, 20
FROM_HISTORY = 500
"""Runs of the database that a list looks at, the newest ones."""
TRENDS, POINTS, OTHERS = 6, 30, 50
BASELINE = "baseline:"


@dataclass(frozen=True)
class RunPage:
    """Some runs, and what one may choose by."""

    lines: Sequence[RunLine]
    found: int
    page: int
    pages: int
    suites: Sequence[str]
    models: Sequence[str]
    trends: Sequence[Trend]


@dataclass(frozen=True)
class RunView:
    """One run with all that stands beside it."""

    line: RunLine
    report: RunReport | None
    """None for a run that stopped, or that lies elsewhere."""
    past: PastRun | None
    """Of a run that lies elsewhere."""
    judged: Sequence[PastResult]
    """Answers that did not pass, of a run that lies elsewhere; gravest first."""
    baselines: Sequence[RunLine]
    """What should be beaten: the newest run of each baseline on the same cases."""
    others: Sequence[RunLine]
    """Runs of the same suite that it may be compared with, newest first; the one before it with the same model first of all."""


@dataclass(frozen=True)
class EvalRuns:
    """What is read of runs."""

    kept: KeptRuns
    history: RunHistory
    office: EvalOffice

    async def some(self, query: RunQuery) -> RunPage:
        """Runs newest first, and how each suite did with each model over time."""
        lines = await self._lines()
        fitting = [one for one in lines if query.suite in ("", one.head.suite) and query.model in ("", one.head.model)]
        pages = max(1, -(-len(fitting) // PAGE))
        page = min(query.page, pages)
        return RunPage(
            lines=fitting[(page - 1) * PAGE : page * PAGE],
            found=len(fitting),
            page=page,
            pages=pages,
            suites=sorted({one.head.suite for one in lines}),
            models=sorted({one.head.model for one in lines}),
            trends=_trends(fitting),
        )

    async def one(self, run_id: str) -> RunView:
        """A run; its report is made now if nobody has made it yet. Raises NotFound, and TooBusy while others are made."""
        line = await self.kept.line(run_id)
        if line is None:
            return await self._elsewhere(run_id)
        lines = await self._lines()
        report = None if line.state is RunState.STOPPED else await self._report(run_id)
        line = await self.kept.line(run_id) or line
        return RunView(line, report, None, (), _baselines(line, lines), _others(line, lines))

    async def failed(self, run_id: str, page: int) -> Sequence[FailedCase]:
        """One page of the answers that did not pass."""
        return await self.kept.failed(run_id, (page - 1) * FAILED_PAGE, FAILED_PAGE)

    async def choices(self, run_id: str) -> Sequence[RunLine]:
        """A run and those that it may be compared with, newest first; none for a run that is not here."""
        line = await self.kept.line(run_id)
        found = [line, *_others(line, await self._lines())] if line else []
        return sorted(found, key=lambda one: (one.head.began_at, one.head.id), reverse=True)

    async def compare(self, before: str, after: str, shared: bool) -> RunComparison:
        """Two runs side by side. Raises NotFound, and InvalidInput for runs that cannot be compared."""
        _must_fit(*[await self._must_be_here(run_id) for run_id in (before, after)])
        found = await self.kept.comparison(before, after, shared)
        if found is None:
            await self.office.make_comparison(before, after, shared)
            found = await self.kept.comparison(before, after, shared)
        if found is None:
            raise Conflict("The comparison was made and cannot be read: another release serves this home. Compare again after a restart.")
        return found

    async def _report(self, run_id: str) -> RunReport:
        found = await self.kept.report(run_id)
        if found is None:
            await self.office.make_report(run_id)
            found = await self.kept.report(run_id)
        if found is None:
            raise Conflict("The report was made and cannot be read: another release serves this home. Open it again after a restart.")
        return found

    async def _elsewhere(self, run_id: str) -> RunView:
        past = await self.history.get(run_id)
        if past is None:
            raise NotFound(f"There is no run {run_id[:80]} here; `maitred eval history` lists those there are.")
        judged = [one for one in await self.history.results(run_id) if not one.passed]
        judged.sort(key=lambda one: (not one.dangerous, one.case_id, one.repeat))
        return RunView(_past_line(past), None, past, judged, (), ())

    async def _must_be_here(self, run_id: str) -> RunHead:
        line = await self.kept.line(run_id)
        if line is not None and line.state is RunState.STOPPED:
            raise InvalidInput(
                f"Run {run_id} is under way, or stopped before its end: `maitred eval run --resume {run_id}` goes on with it."
            )
        if line is not None:
            return line.head
        if await self.history.get(run_id) is not None:
            raise InvalidInput(f"Run {run_id} lies on another machine: its answers are not here. Compare it there: maitred eval compare")
        raise NotFound(f"There is no run {run_id[:80]} here; `maitred eval history` lists those there are.")

    async def _lines(self) -> list[RunLine]:
        here = await self.kept.lines()
        known = {one.head.id for one in here}
        elsewhere = [_past_line(one) for one in await self.history.runs(None, FROM_HISTORY) if one.id not in known]
        return sorted([*here, *elsewhere], key=lambda one: (one.head.began_at, one.head.id), reverse=True)


def _must_fit(before: RunHead, after: RunHead) -> None:
    """What can be said without looking into the runs is said at once."""
    if before.id == after.id:
        raise InvalidInput("Both sides are the same run: name another one for one of them.")
    if before.suite != after.suite:
        raise InvalidInput(f"{before.id} is a run of suite {before.suite}, {after.id} of {after.suite}: name two runs of one suite.")


def _past_line(past: PastRun) -> RunLine:
    head = RunHead.model_validate({name: getattr(past, name) for name in RunHead.model_fields})
    figures = {name: figure for name, figure in past.figures.items() if name != PASSED}
    return RunLine(head=head, state=RunState.ELSEWHERE, passed=past.figures.get(PASSED), dangerous=past.dangerous, figures=figures)


def _trends(lines: Sequence[RunLine]) -> list[Trend]:
    """Of each suite and model with two runs or more, those with the newest runs first."""
    series: dict[tuple[str, str], list[RunLine]] = defaultdict(list)
    for one in lines:
        if one.passed is not None:
            series[one.head.suite, one.head.model].append(one)
    return [_trend(*name, runs[:POINTS]) for name, runs in series.items() if len(runs) > 1][:TRENDS]


def _trend(suite: str, model: str, newest_first: Sequence[RunLine]) -> Trend:
    runs = newest_first[::-1]
    others = [False, *(was.head.dataset_digest != now.head.dataset_digest for was, now in pairwise(runs))]
    points = [
        TrendPoint(run_id=one.head.id, began_at=one.head.began_at, passed=one.passed, other_cases=other)
        for one, other in zip(runs, others, strict=True)
        if one.passed is not None
    ]
    return Trend(suite=suite, model=model, points=tuple(points))


def _baselines(line: RunLine, lines: Sequence[RunLine]) -> list[RunLine]:
    if line.head.model.startswith(BASELINE):
        return []
    found: dict[str, RunLine] = {}
    for one in lines:
        same = _question(one.head) == _question(line.head)
        if same and one.head.model.startswith(BASELINE) and one.passed is not None:
            found.setdefault(one.head.model, one)
    return [found[model] for model in sorted(found)]


def _others(line: RunLine, lines: Sequence[RunLine]) -> list[RunLine]:
    """Stopped runs and those of other machines have nothing to be compared with."""
    found = [
        one
        for one in lines
        if one.head.suite == line.head.suite and one.head.id != line.head.id and one.state not in (RunState.STOPPED, RunState.ELSEWHERE)
    ]
    before = next((one for one in found if one.head.model == line.head.model and one.head.began_at <= line.head.began_at), None)
    return [*([before] if before else []), *(one for one in found if one is not before)][:OTHERS]


def _question(head: RunHead) -> tuple[str, int, str]:
    return head.suite, head.suite_version, head.dataset_digest
