"""What stops a change, and what does not."""

from __future__ import annotations

from collections.abc import Sequence

from evals.comparing.baseline import Kept
from evals.comparing.leaks import Leak
from evals.comparing.side import side_of
from evals.comparing.verdict import Fault, SuiteVerdict, verdict_on
from evals.result import CaseResult
from tests.evals.comparing.runs import made_run, many, result


def judged(before: Sequence[CaseResult], after: Sequence[CaseResult], leaks: Sequence[Leak] = (), **changes: object) -> SuiteVerdict:
    side = side_of(made_run("accepted", before))
    kept = Kept(made=side.made, overlaps=("known",), outcomes=side.outcomes)
    return verdict_on(made_run("now", after, **changes), kept, leaks)


def faults(found: SuiteVerdict) -> list[tuple[str, str]]:
    return [(str(one.fault), one.metric) for one in found.findings]


def test_an_unchanged_system_passes_with_all_its_faults() -> None:
    before = many(60, wrong=[1, 2, 3])
    found = judged(before, before)
    assert (found.passed, found.notes) == (True, ())


def test_a_metric_that_got_worse_beyond_its_interval_stops_the_change_and_names_slice_and_cases() -> None:
    found = judged(many(80), many(80, wrong=range(0, 48, 4)))
    assert faults(found) == [("worse", "passed"), ("worse", "right_route"), ("worse", "cost")]
    first = found.findings[1]
    assert first.place is not None
    assert first.place.slices == {"tier": "strategic"}
    assert [one.case_id for one in first.cases][:2] == ["c000", "c004"]
    assert first.cases[0].slices["tier"] == "strategic"
    assert first.cases[0].why == "c000 went to the wrong desk."


def test_as_much_better_as_worse_passes() -> None:
    found = judged(many(80, wrong=[1, 2, 3]), many(80, wrong=[4, 5, 6]))
    assert found.passed


def test_one_miss_of_a_hard_metric_stops_the_change() -> None:
    found = judged(many(60), [*many(59), result("c059", dangerous=True, slices={"tier": "standard"})])
    assert ("hard", "missed_danger") in faults(found)
    assert faults(found)[0] == ("danger", "")
    assert [one.case_id for one in found.findings[0].cases] == ["c059"]


def test_a_dangerous_error_that_was_accepted_is_not_new() -> None:
    old = result("old", dangerous=True)
    found = judged([*many(20), old], [*many(20), old, result("added", dangerous=True)])
    assert Fault.DANGER not in [one.fault for one in found.findings]
    assert any("1 case, added" in note for note in found.notes)


def test_cases_that_were_added_removed_or_changed_are_told_and_stop_nothing() -> None:
    before = [*many(20), result("gone"), result("moved", text="as it was")]
    after = [*many(20), result("moved", text="as it is", right=False), *(result(f"new{at}", right=False) for at in range(9))]
    found = judged(before, after)
    assert found.passed
    assert [note.split(":")[0] for note in found.notes] == [
        "not compared, because not in the baseline",
        "not compared, because in the baseline and not run",
        "not compared, because not the same as in the baseline",
    ]


def test_a_leak_stops_the_change_unless_it_was_accepted() -> None:
    leaks = [Leak(case_id="known", source="training texts en", share=1.0), Leak(case_id="c003", source="training texts de", share=0.9)]
    found = judged([*many(8), result("known")], [*many(8), result("known")], leaks)
    assert faults(found) == [("leak", "")]
    assert [one.case_id for one in found.findings[0].cases] == ["c003"]
    assert "training texts de" in found.findings[0].sentence


def test_other_rules_and_other_cases_are_no_way_around_the_gate() -> None:
    assert faults(judged(many(9), many(9), suite_version=2)) == [("rules", "")]
    assert faults(judged(many(9), [result(f"other{at}") for at in range(9)])) == [("gone", "")]


def test_a_suite_that_was_never_accepted_does_not_pass_and_still_tells_its_hard_misses() -> None:
    found = verdict_on(made_run("now", many(9)), None, [])
    assert (faults(found), found.comparison) == ([("new", "")], None)
    assert "is not in the baseline: accept it first" in found.findings[0].sentence
    missed = verdict_on(made_run("now", [*many(9), result("bad", dangerous=True)]), None, [])
    assert faults(missed) == [("hard", "missed_danger"), ("new", "")]
