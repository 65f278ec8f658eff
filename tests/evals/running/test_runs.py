"""Runs: what is answered is never lost, never asked twice, and the same however it was worked."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from domain.errors import InvalidInput, NotFound
from evals import catalog
from evals.case import EvalCase
from evals.running.folder import JOURNAL, RESULTS, RunFolder, find, load
from evals.running.runner import resume, run, start
from evals.running.spec import RunSpec
from evals.statistics.summary import summarise
from tests.evals.running.small_suite import asked, line, spec, write_suite


def results(folder: RunFolder) -> bytes:
    """What two runs are compared by."""
    return (folder.path / RESULTS).read_bytes()


def test_two_fresh_runs_are_equal_byte_for_byte_and_their_times_stand_apart(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(number) for number in range(5)])
    first, second = (run(suite, spec(tmp_path, fresh=True)) for _ in range(2))
    assert results(first) == results(second)
    assert len(asked(suite)) == 10
    assert [one.case_id for one in load(first.path).times] == [f"n-{number:03d}" for number in range(5)]
    assert not (first.path / JOURNAL).exists()


def test_several_processes_find_what_one_finds_and_a_case_that_kills_one_has_failed(tmp_path: Path) -> None:
    others = [line(number, text=f"How do I share dashboard {number}? Otherwise our lawyer will write to you.") for number in range(2, 8)]
    suite = write_suite(tmp_path / "suite", [line(1, dies=True), *others])
    found = load(run(suite, spec(tmp_path, processes=2)).path)
    lost = found.results[0]
    assert (lost.output, lost.error) == (None, "worker-lost: the process that worked this case ended before its time")
    write_suite(tmp_path / "suite", others)
    alone = load(run(suite, spec(tmp_path, fresh=True)).path)
    assert [one.model_dump_json() for one in found.results[1:]] == [one.model_dump_json() for one in alone.results]
    assert alone.results[0].output is not None
    assert alone.results[0].output["turn"]["review"] is not None


def test_an_answer_is_not_asked_again_until_the_case_or_the_suite_is_another_one(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(1), line(2)])
    first, again = run(suite, spec(tmp_path)), run(suite, spec(tmp_path))
    assert asked(suite) == ["n-001", "n-002"]
    assert results(first) == results(again)
    assert [one.cached for one in load(again.path).times] == [True, True]
    write_suite(tmp_path / "suite", [line(1), line(2, gold=7)])
    changed = load(run(suite, spec(tmp_path)).path)
    assert asked(suite) == ["n-001", "n-002", "n-002"]
    assert [one.judgement.passed for one in changed.results] == [True, False]


def test_each_repeat_is_asked_and_kept_by_itself(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(1), line(2)])
    run(suite, spec(tmp_path, repeat=2))
    longer = load(run(suite, spec(tmp_path, repeat=3)).path)
    assert asked(suite) == ["n-001", "n-002"] * 3
    assert [(one.case_id, one.repeat) for one in longer.results] == [(case, turn) for case in ("n-001", "n-002") for turn in range(3)]


async def test_a_spent_budget_leaves_a_run_that_goes_on_where_it_was(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(number) for number in range(6)])
    stopped = await start(suite, spec(tmp_path, max_cost=0.02))
    assert stopped.stopped == "The budget of 0.02 USD is spent (0.0200 USD)."
    assert not stopped.folder.complete
    with pytest.raises(InvalidInput, match=f"stopped before its end: `maitred eval run --resume {stopped.folder.id}` goes on"):
        load(stopped.folder.path)
    more = await resume(tmp_path, stopped.folder.id, {"max_cost": None, "max_tokens": 250})
    assert more.stopped == "The budget of 0.02 USD is spent (0.0200 USD)."
    over = await resume(tmp_path, stopped.folder.id, {"max_cost": 1.0})
    assert (over.stopped, over.folder.complete) == ("", True)
    assert asked(suite) == [f"n-{number:03d}" for number in range(6)]


async def test_tokens_are_a_budget_as_well(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(number) for number in range(4)])
    assert (await start(suite, spec(tmp_path, max_tokens=150))).stopped == "The budget of 150 tokens is spent (200)."


async def test_a_run_does_not_go_on_with_other_cases_or_when_it_is_over(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(number) for number in range(3)])
    stopped = await start(suite, spec(tmp_path, max_cost=0.01))
    write_suite(tmp_path / "suite", [line(number) for number in range(4)])
    with pytest.raises(InvalidInput, match="cannot go on: its dataset digest, cases changed since it began"):
        await resume(tmp_path, stopped.folder.id, {"max_cost": 1.0})
    write_suite(tmp_path / "suite", [line(number) for number in range(3)])
    over = await resume(tmp_path, stopped.folder.id, {"max_cost": 1.0})
    with pytest.raises(InvalidInput, match="is over"):
        await resume(tmp_path, over.folder.id, {})


def test_a_case_whose_answer_raises_has_failed_with_its_reason_and_is_asked_again_next_time(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(1, raises="no abacus"), line(2)])
    first, found = (load(run(suite, spec(tmp_path)).path) for _ in range(2))
    assert [(one.error, one.judgement.passed) for one in found.results] == [("ValueError: no abacus (doubles.py:23)", False), ("", True)]
    assert first.results == found.results
    assert asked(suite) == ["n-001", "n-002", "n-001"]
    summary = summarise(found)
    assert (summary.errors, summary.passed.value, summary.broken[0].metric.name) == (("n-001",), 0.5, "right")


def test_a_judge_that_raises_fails_its_case_and_no_other(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [{**line(1), "gold": {"dubble": 2}}, line(2)])
    found = load(run(suite, spec(tmp_path)).path)
    assert [one.error for one in found.results] == ["judge, KeyError: 'double' (doubles.py:40)", ""]


def test_a_value_without_a_metric_is_no_judgement(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(1)])
    Path(suite).write_text(Path(suite).read_text().replace('values={"right"', 'values={"rihgt"'))
    found = load(run(suite, spec(tmp_path)).path)
    assert [one.error for one in found.results] == ["judge: rihgt is no metric of the suite, which has right"]
    assert summarise(found).broken[0].metric.name == "right"


def test_a_baseline_answers_in_place_of_the_system(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(1), line(0)])
    found = load(run(suite, spec(tmp_path, model="baseline:nought")).path)
    assert found.manifest.model == "baseline:nought"
    assert [one.judgement.passed for one in found.results] == [True, False]
    assert asked(suite) == []
    with pytest.raises(InvalidInput, match="has no baseline one; it has nought"):
        run(suite, spec(tmp_path, model="baseline:one"))


def test_a_sample_is_the_same_whatever_cases_are_added(tmp_path: Path) -> None:
    def chosen(cases: list[dict[str, Any]], **more: Any) -> set[str]:
        suite = write_suite(tmp_path / "suite", cases)
        return {one.case_id for one in load(run(suite, spec(tmp_path, n=8, model="baseline:nought", **more)).path).results}

    few = chosen([line(number) for number in range(30)])
    assert len(few) == 8
    assert few != {f"n-{number:03d}" for number in range(8)}
    assert few != chosen([line(number) for number in range(30)], seed=8)
    assert len(few & chosen([line(number) for number in range(33)])) >= 5


def test_ids_that_are_given_twice_and_a_suite_without_cases_begin_no_run(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(1), line(1)])
    for cases, says in (([line(1), line(1)], "ids are given once"), ([], "holds no case")):
        write_suite(tmp_path / "suite", cases)
        with pytest.raises(InvalidInput, match=says):
            run(suite, spec(tmp_path))
    assert not (tmp_path / "evals").exists()


def _these(cases: list[EvalCase], seed: int) -> list[EvalCase]:
    del seed
    return cases


def test_generated_cases_need_ids_of_their_own_and_a_suite_needs_cases(tmp_path: Path) -> None:
    suite = catalog.find(write_suite(tmp_path / "suite", [line(1)]))
    cases = suite.cases(1)
    twice, none = (replace(suite, cases=partial(_these, found)) for found in ([*cases, *cases], []))
    with pytest.raises(InvalidInput, match="has two cases of the id n-001"):
        run(twice, spec(tmp_path))
    with pytest.raises(InvalidInput, match="The suite doubles has no cases"):
        run(none, spec(tmp_path))


async def test_a_suite_that_only_its_caller_has_is_worked_here_and_not_taken_up_elsewhere(tmp_path: Path) -> None:
    suite = replace(catalog.find(write_suite(tmp_path / "suite", [line(1), line(2)])), name="mine")
    stopped = await start(suite, spec(tmp_path, processes=2, max_cost=0.01))
    assert [entry.result.error for entry in stopped.folder.entries()] == [""]
    with pytest.raises(InvalidInput, match="only its caller has"):
        await resume(tmp_path, stopped.folder.id, {})


def test_a_run_is_found_by_its_id_its_beginning_its_suite_and_its_path(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(1)])
    folder = run(suite, spec(tmp_path, model="baseline:nought"))
    names = (folder.id, folder.id[:-2], "doubles", "latest", str(folder.path))
    assert {find(tmp_path, name).path for name in names} == {folder.path}
    with pytest.raises(NotFound, match="There is no run trebles"):
        find(tmp_path, "trebles")


def test_no_key_is_written_to_a_disk(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(1)])
    folder = run(suite, spec(tmp_path, model="baseline:nought", api_key="the-secret-key"))
    assert not [file for file in folder.path.rglob("*") if b"the-secret-key" in file.read_bytes()]


def test_parts_of_a_spec_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    suite = write_suite(tmp_path / "suite", [line(1)])
    wrong: list[tuple[RunSpec, str]] = [
        (spec(tmp_path, api_base="http://localhost:1"), "name the model as well"),
        (spec(tmp_path, prompts=tmp_path / "none"), "names a folder of prompts"),
        (spec(tmp_path, prompts=tmp_path / "suite"), "holds no prompt"),
    ]
    for given, says in wrong:
        with pytest.raises(InvalidInput, match=says):
            run(suite, given)
