"""Every broken policy of the corpus is caught by the check that is for it, on the right line; and what is sound is left alone."""

from __future__ import annotations

from functools import cache

import pytest

from domain.errors import PolicyInvalid
from policies.analysis import Analysis, Finding, analyse
from policies.checks import check_policy
from policies.engine import compile_policy
from policies.rules import shipped
from tests.policies.analysis.corpus import CORPUS, SOUND, Broken


@cache
def analysis_of(text: str) -> Analysis:
    """The analysis of a text, once."""
    return analyse(compile_policy(text), patience_s=60.0)


def line_of(broken: Broken) -> int | None:
    """The line on which the fault must stand; None when any will do."""
    if not broken.line:
        return None
    text = broken.text
    position = text.rindex(broken.line) if broken.by == "reader" and "twice" in broken.says else text.index(broken.line)
    return text.count("\n", 0, position) + 1


def test_the_corpus_is_large_and_its_names_are_different() -> None:
    assert len(CORPUS) >= 80
    assert len({broken.name for broken in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("broken", CORPUS, ids=lambda broken: broken.name)
def test_a_broken_policy_is_caught_on_the_right_line(broken: Broken) -> None:
    if broken.by == "reader":
        with pytest.raises(PolicyInvalid) as caught:
            compile_policy(broken.text)
        said = [(fault["line"], fault["reason"]) for fault in caught.value.faults]
    elif broken.by == "checks":
        said = [(fault["line"], fault["reason"]) for fault in check_policy(compile_policy(broken.text))]
    else:
        analysis = analysis_of(broken.text)
        assert {one.code for one in analysis.faults} == {broken.by, *broken.also}, analysis.faults
        said = [(one.line, one.reason) for one in analysis.faults]
        if broken.at:
            lines = broken.text.splitlines()
            assert any(lines[one.line - 1][one.column - 1 :].startswith(broken.at) for one in analysis.faults), analysis.faults
    assert any(line_of(broken) in (None, line) and broken.says in reason for line, reason in said), (line_of(broken), said)


def test_nothing_is_wrong_with_the_sound_policy_that_the_corpus_breaks() -> None:
    assert check_policy(compile_policy(SOUND)) == []
    assert (analysis_of(SOUND).faults, analysis_of(SOUND).unproved) == ((), ())


def test_nothing_is_wrong_with_the_shipped_policy() -> None:
    analysis = analysis_of(shipped())
    assert (analysis.faults, analysis.unproved, analysis.notes) == ((), (), ())


def test_a_fault_is_said_once() -> None:
    """What policies/checks.py names at a place the analysis does not name again."""
    for broken in CORPUS:
        if broken.by == "checks":
            policy = compile_policy(broken.text)
            places = {(one["line"], one["column"]) for one in check_policy(policy) if "never" in one["reason"]}
            doubled = [one for one in analysis_of(broken.text).faults if (one.line, one.column) in places]
            assert doubled == [], broken.name


def test_every_sentence_is_one_that_an_owner_can_read() -> None:
    found: list[Finding] = [one for broken in CORPUS if broken.by not in ("reader", "checks") for one in analysis_of(broken.text).faults]
    for one in found:
        assert not any(word in one.reason for word in ("z3", "solver", "overload", "INVALID_ARGUMENT", "maitred.", "<input>")), one.reason
        assert 20 <= len(one.reason) <= 400
