"""Two runs side by side."""

from __future__ import annotations

import pytest

from domain.errors import InvalidInput
from evals.comparing.compare import compare
from evals.comparing.comparison import Comparison, MetricChange, Way
from evals.comparing.side import side_of
from evals.result import CaseResult
from tests.evals.comparing.runs import made_run, many, result


def compared(before: list[CaseResult], after: list[CaseResult], *, intersection: bool = False) -> Comparison:
    return compare(side_of(made_run("a", before)), side_of(made_run("b", after)), intersection=intersection)


def metric(found: Comparison, name: str) -> MetricChange:
    return next(one for one in found.metrics if one.metric.name == name)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"suite": "triage"}, "a is a run of suite routing, b of triage"),
        ({"suite_version": 2}, "version 1 of suite routing, b by version 2: the rules differ"),
    ],
)
def test_other_suites_and_other_rules_are_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        compare(side_of(made_run("a", many(4))), side_of(made_run("b", many(4), **changes)), intersection=True)


def test_other_cases_are_refused_and_told_apart() -> None:
    before, after = [*many(5), result("old")], [*many(4), result("c004", text="another text"), result("new"), result("newer")]
    with pytest.raises(InvalidInput, match="2 added, 1 removed, 1 changed"):
        compared(before, after)
    found = compared(before, after, intersection=True)
    assert (found.cases.compared, found.cases.added, found.cases.removed, found.cases.changed) == (4, ("new", "newer"), ("old",), ("c004",))
    assert found.flips == ()


def test_runs_without_a_common_case_are_refused_even_then() -> None:
    with pytest.raises(InvalidInput, match="no case in common"):
        compared([result("x")], [result("y")], intersection=True)


def test_equal_runs_differ_in_nothing() -> None:
    found = compared(many(40, wrong=[3, 9]), many(40, wrong=[3, 9]))
    assert (found.flips, found.slices, found.differs, found.new_dangers) == ((), (), (), ())
    assert {(one.way, one.difference, one.chance) for one in found.metrics} == {(Way.SAME, 0.0, 1.0)}


def test_a_change_is_told_with_its_slice_its_cases_and_both_reasons() -> None:
    before = many(80, wrong=[1])
    after = many(80, wrong=[*range(0, 48, 4), 3], why="The desk does not know the matter.")
    found = compared(before, after)
    right = metric(found, "right_route")
    assert (right.way, len(right.worse), right.better) == (Way.WORSE, 13, ("c001",))
    assert right.chance < 0.05
    assert right.high < 0
    assert right.place is not None
    assert (right.place.slices, right.place.changed, right.place.of_changed) == ({"tier": "strategic"}, 12, 13)
    [first] = [one for one in found.flips if one.case_id == "c000"]
    assert first.why == ("", "The desk does not know the matter.")
    assert found.flips[-1].case_id == "c001"
    assert (found.slices[0].dimension, found.slices[0].value, found.slices[0].worse) == ("tier", "strategic", 12)


def test_few_flips_are_told_but_called_nothing() -> None:
    found = compared(many(80), many(80, wrong=[0, 4, 8]))
    right = metric(found, "right_route")
    assert (right.way, right.worse) == (Way.SAME, ("c000", "c004", "c008"))
    assert [one.way for one in found.flips] == [Way.WORSE] * 3


def test_a_change_that_is_dealt_evenly_has_no_place() -> None:
    found = compared(many(80), many(80, wrong=range(0, 80, 3)))
    assert metric(found, "right_route").way is Way.WORSE
    assert metric(found, "right_route").place is None


def test_dangerous_errors_come_first() -> None:
    before = [*many(20), result("d1", dangerous=True), result("d2")]
    after = [*many(20, wrong=[0, 1]), result("d1"), result("d2", dangerous=True, right=False)]
    found = compared(before, after)
    assert (found.new_dangers, found.gone_dangers) == (("d2",), ("d1",))
    assert found.flips[0].case_id == "d2"


def test_a_case_without_an_answer_is_worse_in_every_share() -> None:
    found = compared(many(20), [*many(19), result("c019", error="The model did not answer.", slices=many(20)[19].slices)])
    [flip] = found.flips
    assert (flip.way, flip.why[1]) == (Way.WORSE, "The model did not answer.")
    assert flip.values["missed_danger"] == (0.0, 1.0)
    assert flip.values["cost"] == (0.0, None)


def test_repeats_of_a_case_count_as_one_witness() -> None:
    before = [result("x", repeat=at) for at in range(8)]
    after = [result("x", right=at < 4, repeat=at) for at in range(8)]
    found = compared(before, after)
    assert (found.flips[0].passed, metric(found, "right_route").way) == ((1.0, 0.5), Way.SAME)


def test_what_was_changed_is_said_in_words() -> None:
    before = side_of(made_run("a", many(4)))
    after = side_of(
        made_run("b", many(4), model="openai/small", policy="vip-support@sha256:bbbbbbbbbbbbbbbb", prompts={"router": "sha256:2222"})
    )
    assert compare(before, after).differs == (
        "model: embedded → openai/small",
        "policy: vip-support@aaaaaaaaaaaa → vip-support@bbbbbbbbbbbb",
        "prompt router: 1111 → 2222",
    )
