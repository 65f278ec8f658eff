"""The shipped policy is one that can be published."""

from __future__ import annotations

from policies.checks import check_policy
from policies.engine import compile_policy
from policies.rules import shipped
from policies.suite import run_suite, uncovered


def test_every_test_of_the_shipped_policy_passes_and_every_guard_and_tier_is_covered() -> None:
    policy = compile_policy(shipped())
    outcomes = run_suite(policy)
    assert [(outcome.line, outcome.name, outcome.failures) for outcome in outcomes if not outcome.passed] == []
    assert uncovered(policy, outcomes) == ([], [])
    assert len(policy.document.guards) >= 25
    assert len(outcomes) >= 60


def test_the_publish_checks_find_no_fault() -> None:
    assert check_policy(compile_policy(shipped())) == []


def test_the_digest_is_that_of_the_meaning_and_not_of_the_writing() -> None:
    text = shipped()
    assert compile_policy(text).digest == compile_policy("# a comment\n" + text).digest
    assert compile_policy(text).digest != compile_policy(text.replace("> 500.0'", "> 501.0'")).digest
