"""The report that lies beside a run: the figures of the run's own summary, and its failed cases, readable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from domain.eval_report import RunState
from evals.reports.papers import MOST_LABELS, keep_report
from evals.result import CaseResult
from evals.running.folder import RunFolder, begin
from evals.statistics.summary import summarise
from evals.suite import Judgement
from stores.eval_folders import EvalFolders
from tests.evals.comparing.runs import MadeRun, made_run, many, result


def laid(home: Path, run: MadeRun, suite: str = "") -> RunFolder:
    """The run as it lies when it is over."""
    folder = begin(home, run.manifest, {"suite": suite})
    times = [{"case_id": one.case_id, "repeat": one.repeat, "ms": 12.0, "stages": {"policy": 2.0}, "cached": False} for one in run.results]
    (folder.path / "times.jsonl").write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in times))
    (folder.path / "results.jsonl").write_bytes(b"".join(one.model_dump_json().encode() + b"\n" for one in run.results))
    return folder


def taken(case_id: str, right: str, given: str, *, dangerous: bool = False, **more: Any) -> CaseResult:
    values = {"right_route": float(right == given), "missed_danger": float(dangerous)}
    said = {"passed": right == given, "values": values, "dangerous": dangerous, "expected": {"mode": right}, "got": {"mode": given}, **more}
    return result(case_id, judgement=Judgement.model_validate(said))


async def test_a_report_has_the_figures_of_the_summary(tmp_path: Path) -> None:
    run = made_run("r1", many(40, wrong=[3, 8]))
    keep_report(laid(tmp_path, run))
    kept, found = await EvalFolders(tmp_path).report("r1"), summarise(run)
    assert kept is not None
    assert kept.state is RunState.HOLDS
    assert (kept.passed.value, kept.passed.low, kept.passed.cases) == (found.passed.value, found.passed.low, 40)
    assert [(one.name, one.figure and one.figure.value) for one in kept.metrics] == [
        (one.metric.name, one.figure and one.figure.value) for one in found.metrics
    ]
    slices = [(one.dimension, one.value) for one in kept.metrics[0].slices]
    assert slices == [(one.dimension, one.value) for one in found.metrics[0].slices]
    assert [(one.stage, one.p50) for one in kept.stages] == [("whole", 12.0), ("policy", 2.0)]


async def test_failed_cases_stand_gravest_first_with_what_was_asked_for(tmp_path: Path) -> None:
    results = [taken("cheap", "human", "ai", cost=1.0), taken("dear", "human", "ai", cost=9.0), taken("right", "ai", "ai")]
    keep_report(laid(tmp_path, made_run("r1", [*results, taken("bad", "human", "ai", dangerous=True)])))
    failed = await EvalFolders(tmp_path).failed("r1", 0, 10)
    assert [one.case_id for one in failed] == ["bad", "dear", "cheap"]
    assert [(one.name, one.expected, one.got) for one in failed[0].labels] == [("mode", "human", "ai")]


async def test_dangerous_errors_are_counted_in_the_cell_where_they_were_made(tmp_path: Path) -> None:
    results = [taken("a", "human", "ai", dangerous=True), taken("b", "human", "ai"), taken("c", "ai", "human"), taken("d", "ai", "ai")]
    keep_report(laid(tmp_path, made_run("r1", results)))
    report = await EvalFolders(tmp_path).report("r1")
    assert report is not None
    [mode] = report.confusions
    at = {label: place for place, label in enumerate(mode.labels)}
    assert mode.counts[at["human"]][at["ai"]] == 2
    assert mode.dangerous[at["human"]][at["ai"]] == 1
    assert sum(map(sum, mode.dangerous)) == 1
    assert [(one.expected, one.answers, one.dangerous) for one in mode.mistakes] == [("human", 2, 1), ("ai", 1, 0)]


async def test_of_very_many_labels_those_with_the_gravest_mistakes_stay(tmp_path: Path) -> None:
    results = [taken(f"c{number:02}", f"label-{number:02}", f"label-{number:02}") for number in range(40)]
    results += [taken("wrong", "label-39", "label-07"), taken("worse", "label-21", "label-22", dangerous=True)]
    keep_report(laid(tmp_path, made_run("r1", results)))
    report = await EvalFolders(tmp_path).report("r1")
    assert report is not None
    [mode] = report.confusions
    assert (len(mode.labels), mode.labels_left) == (MOST_LABELS, 40 - MOST_LABELS)
    assert {"label-39", "label-07", "label-21", "label-22"} <= set(mode.labels)
    assert len(mode.counts) == len(mode.counts[0]) == MOST_LABELS


async def test_a_suites_file_is_run_for_its_inputs_only_by_whoever_ran_it(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    suite = tmp_path / "mine.py"
    suite.write_text(f"from pathlib import Path\nPath({str(marker)!r}).touch()\nSUITE = None\n")
    folder = laid(tmp_path, made_run("r1", many(4, wrong=[1])), str(suite))
    keep_report(folder, own=False)
    report = await EvalFolders(tmp_path).report("r1")
    assert report is not None
    assert "only `maitred eval run` reads the suite" in report.without_inputs
    assert not marker.exists()


async def test_what_acts_on_a_reader_is_written_out(tmp_path: Path) -> None:
    keep_report(laid(tmp_path, made_run("r1", [result("evil\u202e", right=False, why="\u202egnp.exe \x00")], model="m")))
    [one] = await EvalFolders(tmp_path).failed("r1", 0, 5)
    assert "\u202e" not in one.model_dump_json()
    assert "U+202E" in one.why
