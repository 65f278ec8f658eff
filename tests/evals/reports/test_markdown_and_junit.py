"""A run for a pull request and for CI."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from evals.reports.contents import contents_of
from evals.reports.junit import junit
from evals.reports.markdown import markdown
from evals.result import CaseResult
from evals.running.folder import CaseTimes, Run
from evals.suite import Metric
from tests.evals.reports.test_page import HOSTILE, full_run
from tests.evals.statistics.made import DANGER, RIGHT, result, run_of


def test_the_summary_is_short_and_names_the_cases() -> None:
    told = markdown(contents_of(*full_run()), 3)
    assert told.startswith("### routing: fails\n\n75.0 % [")
    assert "- missed danger is hard and does not hold: c00." in told
    assert "| missed\\_danger (hard, broken) | 1.7 % |" in told
    assert "- **dangerous** c00: It went to ai, where human was right." in told
    assert "- and 12 more (20.0 % of all answers)" in told
    assert len(told.splitlines()) < 40


def test_nothing_that_a_case_says_is_markup() -> None:
    why = "<b>@everyone</b> [click](https://evil.example) | `x`\n# title"
    told = markdown(contents_of(run_of([result("a", right=False).model_copy(update={"error": why})]), {}))
    line = next(one for one in told.splitlines() if one.startswith("- a:"))
    assert line == "- a: &lt;b&gt;\\@everyone&lt;/b&gt; \\[click\\]\\(https://evil.example\\) \\| \\`x\\` \\# title"


def test_every_row_of_the_table_has_five_cells() -> None:
    rows = [one for one in markdown(contents_of(*full_run(HOSTILE))).splitlines() if one.startswith("|")]
    assert {one.replace("\\|", "").count("|") for one in rows} == {6}


def made(results: list[CaseResult], metrics: Sequence[Metric] = (RIGHT,)) -> Run:
    run = run_of(results, metrics)
    return Run(run.manifest, run.results, [CaseTimes(case_id="a", repeat=0, ms=1500.0)])


def test_ci_sees_a_test_for_each_case() -> None:
    lost = result("c", error="the model did not answer")
    bad = result("b", right=False, expected={"mode": "human"}, got={"mode": "ai"}, dangerous=True, values={"missed_danger": 1.0})
    whole = ElementTree.fromstring(junit(made([result("a"), bad, lost], metrics=[DANGER])))
    suite = whole.find("testsuite")
    assert suite is not None
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "time")} == {
        "tests": "4",
        "failures": "2",
        "errors": "1",
        "time": "1.500",
    }
    cases = {one.get("name"): one for one in suite}
    assert list(cases) == ["a", "b", "c", "hard metric missed_danger"]
    assert len(cases["a"]) == 0
    failure = cases["b"].find("failure")
    assert failure is not None
    assert failure.get("message") == "It went to ai, where human was right."
    assert "mode: ai instead of human" in str(failure.text)
    assert cases["c"].find("error") is not None


def test_repeats_are_told_apart() -> None:
    whole = ElementTree.fromstring(junit(made([result("a", repeat=0), result("a", repeat=1)])))
    assert [one.get("name") for one in whole.iter("testcase")] == ["a [1]", "a [2]"]


def test_any_character_leaves_valid_xml() -> None:
    """Every character of the basic plane, and a surrogate: in the reason, the id and the labels."""
    every = "".join(map(chr, range(0x110))) + "\ud800\ufffe\uffff\u2028" + HOSTILE
    odd = result(every[:60], right=False, expected={"mode": every}, got={"mode": "ai"})
    odd = odd.model_copy(update={"judgement": odd.judgement.model_copy(update={"why": every})})
    (case,) = ElementTree.fromstring(junit(made([odd]))).iter("testcase")
    failure = case.find("failure")
    assert failure is not None
    assert "⟨U+0000⟩" in str(failure.text)
    assert "<script>alert(1)</script>" in str(failure.text)
