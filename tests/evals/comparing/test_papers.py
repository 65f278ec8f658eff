"""A comparison as the console shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import InvalidInput
from domain.eval_report import Way
from evals.comparing.papers import comparison_of, keep_comparison
from evals.running.folder import Run
from stores.eval_folders import EvalFolders
from tests.evals.comparing.runs import MadeRun, made_run, many, result
from tests.evals.reports.test_papers import laid


def run_of(made: MadeRun) -> Run:
    return Run(made.manifest, made.results, ())


def test_changed_cases_stand_new_dangers_first_with_the_judges_reasons() -> None:
    before = made_run("before", [*many(8, wrong=[2]), result("safe")])
    after = made_run("after", [*many(8, wrong=[5]), result("safe", dangerous=True, right=False)], model="another")
    found = comparison_of(run_of(before), run_of(after))
    assert [(one.case_id, one.way, one.danger) for one in found.flips] == [
        ("safe", Way.WORSE, "new"),
        ("c005", Way.WORSE, "none"),
        ("c002", Way.BETTER, "none"),
    ]
    assert "after: c005 went to the wrong desk." in found.flips[1].reasons
    assert found.differs == ("model: embedded → another",)
    assert (found.compared, found.metrics[0].name, found.metrics[0].too_few) == (9, "passed", True)


async def test_cases_that_one_side_lacks_are_named_once_that_is_asked_for(tmp_path: Path) -> None:
    laid(tmp_path, made_run("before", many(6)))
    laid(tmp_path, made_run("after", [*many(4), result("new"), result("c004", text="another")]))
    with pytest.raises(InvalidInput, match="1 added, 1 removed, 1 changed"):
        keep_comparison(tmp_path, "before", "after", shared=False)
    kept = EvalFolders(tmp_path)
    assert await kept.comparison("before", "after", False) is None
    keep_comparison(tmp_path, "before", "after", shared=True)
    found = await kept.comparison("before", "after", True)
    assert found is not None
    assert found.left_out == (
        "1 case not compared, because added: new",
        "1 case not compared, because removed: c005",
        "1 case not compared, because changed: c004",
    )


def test_a_run_is_not_compared_with_itself(tmp_path: Path) -> None:
    laid(tmp_path, made_run("one", many(3)))
    with pytest.raises(InvalidInput, match="same run"):
        keep_comparison(tmp_path, "one", "one", shared=False)
