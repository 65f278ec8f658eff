"""Runs put in order: baselines beside their system, the run before among the others, a line over time for each suite and model."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from desk.eval_runs import PAGE, EvalRuns
from domain.errors import Conflict, InvalidInput, NotFound
from domain.eval_candidate import Deidentifier
from domain.eval_history import Figure, PastResult, PastRun, RunHead
from domain.eval_report import RunQuery, RunState
from evals.production.deidentification import RulingsCleaner
from stores.eval_folders import EvalFolders
from tests.stores.test_eval_folders import head, lay, report


@dataclass
class History:
    """Runs of other machines."""

    past: list[PastRun] = field(default_factory=list[PastRun])

    async def runs(self, suite: str | None, limit: int) -> list[PastRun]:
        """Newest first."""
        return [one for one in self.past if suite in (None, one.suite)][:limit]

    async def get(self, run_id: str) -> PastRun | None:
        """One run."""
        return next((one for one in self.past if one.id == run_id), None)

    async def results(self, run_id: str) -> list[PastResult]:
        """Two that passed and two that did not."""
        told: dict[str, Any] = {"repeat": 0, "case_digest": "", "slices": {}, "group": "", "judgement": {}, "error": ""}
        return [
            PastResult(case_id=name, passed=passed, dangerous=dangerous, **told)
            for name, passed, dangerous in (("a", True, False), ("b", False, False), ("c", False, True), ("d", True, False))
        ]


@dataclass
class Office:
    """Makes reports of whatever it is asked for, and comparisons of nothing."""

    home: Path
    asked: list[str] = field(default_factory=list[str])
    deidentifier: Deidentifier = field(default_factory=RulingsCleaner)

    async def make_report(self, run_id: str) -> None:
        """At once."""
        self.asked.append(run_id)
        line = await EvalFolders(self.home).line(run_id)
        assert line is not None
        EvalFolders(self.home).write_report(report(line.head), [])

    async def make_comparison(self, before: str, after: str, shared: bool) -> None:
        """Somebody else took it away."""


def runs_of(home: Path, *past: PastRun) -> EvalRuns:
    return EvalRuns(EvalFolders(home), History(list(past)), Office(home))


def told(home: Path, of: RunHead, **changes: Any) -> None:
    """A run with its report."""
    lay(home, of).write_report(report(of, **changes), [])


def past(run_id: str, **changes: Any) -> PastRun:
    figures = {"passed": Figure(value=0.9, low=0.8, high=0.95, cases=4), "right": Figure(value=0.9, low=0.8, high=0.95, cases=4)}
    plain = head(run_id, **changes).model_dump()
    return PastRun(**plain, figures=figures, dangerous=1, results=4, results_digest="sha256:r")


async def test_what_should_be_beaten_is_the_newest_run_of_each_baseline_on_the_same_cases(tmp_path: Path) -> None:
    told(tmp_path, head("system", 5))
    told(tmp_path, head("old", 1, model="baseline:majority"))
    told(tmp_path, head("new", 2, model="baseline:majority"))
    told(tmp_path, head("keyword", 3, model="baseline:keyword"))
    told(tmp_path, head("others", 4, model="baseline:tier", dataset_digest="sha256:others"))
    told(tmp_path, head("rules", 4, model="baseline:rules", suite_version=2))
    desk = runs_of(tmp_path)
    assert [one.head.id for one in (await desk.one("system")).baselines] == ["keyword", "new"]
    assert (await desk.one("new")).baselines == []


async def test_the_run_before_with_the_same_model_is_offered_first(tmp_path: Path) -> None:
    for minute, (run_id, model) in enumerate((("first", "a"), ("second", "a"), ("other", "b"), ("third", "a"), ("later", "a"))):
        told(tmp_path, head(run_id, minute, model=model))
    lay(tmp_path, head("stopped", 9), finished=False)
    told(tmp_path, head("elsewise", 8, suite="triage"))
    desk = runs_of(tmp_path, past("far", began_at=datetime(2026, 11, 26, tzinfo=UTC)))
    assert [one.head.id for one in (await desk.one("third")).others] == ["second", "later", "other", "first"]
    assert [one.head.id for one in await desk.choices("third")] == ["later", "third", "other", "second", "first"]
    assert await desk.choices("nothing") == []


async def test_a_suite_has_a_line_for_each_model_and_says_where_the_cases_changed(tmp_path: Path) -> None:
    for minute, digest in enumerate(("sha256:a", "sha256:a", "sha256:b")):
        told(tmp_path, head(f"r{minute}", minute, dataset_digest=digest))
    told(tmp_path, head("alone", 4, model="b"))
    [line] = (await runs_of(tmp_path).some(RunQuery())).trends
    assert (line.suite, line.model) == ("routing", "embedded/one")
    assert [(one.run_id, one.other_cases) for one in line.points] == [("r0", False), ("r1", False), ("r2", True)]


async def test_a_list_is_cut_into_pages_and_a_page_past_the_end_is_the_last(tmp_path: Path) -> None:
    for number in range(PAGE + 1):
        lay(tmp_path, head(f"r{number:03}", number % 60))
    desk = runs_of(tmp_path)
    first, second, beyond = [await desk.some(RunQuery(page=page)) for page in (1, 2, 99)]
    assert (first.found, first.pages, len(first.lines), len(second.lines)) == (PAGE + 1, 2, PAGE, 1)
    assert (beyond.page, beyond.lines) == (2, second.lines)


async def test_a_report_is_made_once(tmp_path: Path) -> None:
    lay(tmp_path, head("run"))
    office = Office(tmp_path)
    desk = EvalRuns(EvalFolders(tmp_path), History(), office)
    for _ in range(2):
        view = await desk.one("run")
        assert (view.line.state, view.report is not None) == (RunState.HOLDS, True)
    assert office.asked == ["run"]


async def test_a_run_of_another_machine_is_listed_once_and_shows_what_failed_gravest_first(tmp_path: Path) -> None:
    told(tmp_path, head("both", 3))
    desk = runs_of(tmp_path, past("both", began_at=head("both", 3).began_at), past("far"))
    page = await desk.some(RunQuery())
    assert [(one.head.id, one.state) for one in page.lines] == [("both", RunState.HOLDS), ("far", RunState.ELSEWHERE)]
    view = await desk.one("far")
    assert [one.case_id for one in view.judged] == ["c", "b"]
    assert view.report is None


async def test_what_cannot_be_had_is_refused_by_its_reason(tmp_path: Path) -> None:
    told(tmp_path, head("here"))
    told(tmp_path, head("there"))
    desk = runs_of(tmp_path, past("far"))
    with pytest.raises(NotFound, match="There is no run nothing"):
        await desk.one("nothing")
    with pytest.raises(NotFound, match="There is no run nothing"):
        await desk.compare("here", "nothing", False)
    with pytest.raises(InvalidInput, match="lies on another machine"):
        await desk.compare("far", "here", False)
    lay(tmp_path, head("halfway"), finished=False)
    told(tmp_path, head("elses", suite="triage"))
    for other, why in (("here", "the same run"), ("halfway", "stopped before its end"), ("elses", "two runs of one suite")):
        with pytest.raises(InvalidInput, match=why):
            await desk.compare("here", other, False)
    with pytest.raises(Conflict, match="cannot be read"):
        await desk.compare("here", "there", False)
