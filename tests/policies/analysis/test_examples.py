"""Every example does what its finding says when the engine judges it; whatever is not shown by one is never called fine."""

from __future__ import annotations

import pytest

from domain.decision import Proposal, Verdict
from domain.facts import Facts
from policies.analysis import Analysis, Finding, analyse
from policies.analysis.examples import example_of
from policies.analysis.promises import broken as breaks
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped
from tests.policies.analysis.corpus import CORPUS, SOUND, Broken
from tests.policies.analysis.test_corpus import analysis_of

SHOWN = ("can-fail", "envelope-empty", "invariant-refuted")
WITH_EXAMPLES = [broken for broken in CORPUS if broken.by in SHOWN]


def case_of(one: Finding) -> tuple[Facts, Proposal | None]:
    """The example as the engine takes it."""
    assert one.example is not None, one
    found = example_of(one.example["given"], one.example.get("proposal"))
    return found.facts, found.proposal


def as_said(policy: CompiledPolicy, one: Finding, verdict: Verdict, facts: Facts, proposal: Proposal | None) -> bool:
    """Whether the verdict is what the finding says of it."""
    if one.code == "envelope-empty":
        fired = {guard.id for guard in verdict.guards}
        return verdict.envelope.empty and verdict.source == "fallback" and set(one.id.removeprefix("guards:").split("+")) <= fired
    if one.code == "can-fail":
        return bool(verdict.errors) or one.id.startswith("invariant:")
    invariant = next(held for held in policy.document.invariants if f"invariant:{held.name}" == one.id)
    return breaks(policy, invariant, verdict, facts, proposal)


@pytest.mark.parametrize("broken", WITH_EXAMPLES, ids=lambda broken: broken.name)
def test_an_example_makes_the_engine_do_what_the_finding_says(broken: Broken) -> None:
    policy = compile_policy(broken.text)
    shown = [one for one in analysis_of(broken.text).faults if one.code == broken.by]
    for one in shown:
        facts, proposal = case_of(one)
        assert as_said(policy, one, policy.evaluate(facts, proposal), facts, proposal), one
    assert shown


def test_an_example_holds_only_what_differs_from_neutral_facts() -> None:
    refuted = next(broken for broken in CORPUS if broken.name == "an invariant on reviews")
    [one] = [found for found in analysis_of(refuted.text).faults if found.code == "invariant-refuted"]
    assert one.example == {"given": {"message": {"signals": ["legal"]}}}


def compared(old: str, new: str, text: str = SOUND) -> Analysis:
    """The analysis of an edited text against the one before the edit."""
    assert old in text
    return analyse(compile_policy(text.replace(old, new, 1)), base=compile_policy(text), patience_s=60.0)


WIDER = [
    ("modes: [hybrid, human], because: Strategic", "modes: [ai, hybrid, human], because: Strategic", {"mode"}),
    ("proposal.amount > 500.0", "proposal.amount > 700.0", {"action"}),
    ("proposal.confidence < 0.6", "proposal.confidence < 0.5", {"review"}),
    ("review: {by: lead, within: 15m}", "review: {by: lead, within: 45m}", {"weaker-review"}),
    ("priority_floor: 150", "priority_floor: 140", {"priority-floor"}),
    ("ack: 5m, resolve: 4h", "ack: 10m, resolve: 4h", {"slower-ack"}),
    ("ack: 15m, resolve: 8h}", "ack: 15m, resolve: 9h}", {"slower-resolve"}),
    ("ack: 15m, resolve: 8h}", "ack: 15m, resolve: 8h, calendar: office-eu}", {"slower-calendar"}),
    ("require_skills: [access]", "require_skills: []", {"skill"}),
    ("model_regions: [eu], because: Data", "model_regions: [eu, us], because: Data", {"model-region"}),
    ("pools_where: '\"security\" in pool.skills'", "pools_where: '\"billing\" in pool.skills'", {"pool"}),
    ("value.at_stake >= 1000000.0", "value.at_stake >= 2000000.0", {"mode", "slower-ack", "slower-resolve", "slower-calendar"}),
    ('f == "audit" || f == "litigation"', 'f == "litigation"', {"mode"}),
]


@pytest.mark.parametrize(("old", "new", "codes"), WIDER)
def test_whatever_a_version_allows_that_the_one_before_did_not_is_shown_by_a_client(old: str, new: str, codes: set[str]) -> None:
    before, after = compile_policy(SOUND), compile_policy(SOUND.replace(old, new, 1))
    found = compared(old, new)
    assert {one.code for one in found.widenings} == codes, found.widenings
    assert found.unproved == ()
    for one in found.widenings:
        facts, proposal = case_of(one)
        was, becomes = before.evaluate(facts, proposal), after.evaluate(facts, proposal)
        assert one.id.split(":")[1] == becomes.tier.id
        assert was.envelope != becomes.envelope or was.sla != becomes.sla or was.review != becomes.review


def test_a_review_that_closes_sooner_but_no_longer_by_the_same_role_is_wider() -> None:
    before = SOUND.replace("review: {by: lead, within: 15m}", "review: {by: counsel, within: 15m}", 1)
    assert {one.code for one in compared("by: counsel, within: 15m", "by: lead, within: 10m", before).widenings} == {"ruler"}
    assert compared("by: counsel, within: 15m", "by: counsel, within: 10m", before).widenings == ()


def test_a_widening_points_at_the_guard_that_changed() -> None:
    found = compared("proposal.amount > 500.0", "proposal.amount > 700.0")
    lines = SOUND.splitlines()
    assert {lines[one.line - 1].split(",")[0].strip() for one in found.widenings} == {"- {id: refund-limit"}
    assert all("`refund-limit` no longer fires" in one.reason for one in found.widenings)


NARROWER = [
    ("proposal.amount > 500.0", "proposal.amount > 400.0"),
    ("within: 15m}", "within: 10m}"),
    ("ack: 5m", "ack: 4m"),
    ("priority_floor: 150", "priority_floor: 160"),
    ("'!message.sender.known'", "'message.sender.known == false'"),
    ("description: A policy", "description: The policy"),
]


LESS = [
    ("proposal.amount > 500.0", "proposal.amount > 400.0", {"narrower-action"}),
    ("within: 15m}", "within: 10m}", {"narrower-weaker-review"}),
    ("ack: 5m", "ack: 4m", {"narrower-slower-ack"}),
    ("priority_floor: 150", "priority_floor: 160", {"narrower-priority-floor"}),
    ("require_skills: [access]", "require_skills: [access, billing]", {"narrower-skill"}),
    ("description: A policy", "description: The policy", set[str]()),
    ("ack: 8h, resolve: 3d", "ack: 7h, resolve: 3d", set[str]()),
]


@pytest.mark.parametrize(("old", "new", "codes"), LESS)
def test_what_the_most_valuable_clients_get_less_of_is_shown_and_what_others_get_is_not(old: str, new: str, codes: set[str]) -> None:
    before, after = compile_policy(SOUND), compile_policy(SOUND.replace(old, new, 1))
    found = compared(old, new)
    assert {one.code for one in found.narrowings} == codes, found.narrowings
    assert found.widenings == ()
    for one in found.narrowings:
        facts, proposal = case_of(one)
        was, becomes = before.evaluate(facts, proposal), after.evaluate(facts, proposal)
        assert max(was.tier.rank, becomes.tier.rank) == max(tier.rank for tier in after.tiers)
        assert was.envelope != becomes.envelope or was.sla != becomes.sla or was.review != becomes.review


@pytest.mark.parametrize(("old", "new"), NARROWER)
def test_a_version_that_is_stricter_or_means_the_same_widens_nothing(old: str, new: str) -> None:
    found = compared(old, new)
    assert (found.widenings, found.unproved) == ((), ())


def test_the_shipped_policy_allows_nothing_that_it_did_not() -> None:
    policy = compile_policy(shipped())
    assert analyse(policy, base=policy, patience_s=60.0) == Analysis()


def test_what_is_out_of_reach_stays_unproved_and_is_never_called_fine() -> None:
    condition = 'client.known && (client.industry + client.country).contains("x")'
    text = SOUND.replace("guards:\n", f"guards:\n  - {{id: more, when: '{condition}', modes: [human], because: One more reason.}}\n")
    held = "invariants:\n  - {name: joined, when: '" + condition + "', holds: {modes: [human]}}\n"
    other = held.replace("joined", "another way").replace("(client.industry + client.country)", "(client.country + client.industry)")
    assert analyse(compile_policy(text.replace("invariants:\n", held)), patience_s=60.0).faults == ()
    found = analyse(compile_policy(text.replace("invariants:\n", other)), patience_s=60.0)
    assert [one.id for one in found.unproved] == ["invariant:another way"]


def test_without_patience_nothing_is_proved_and_everything_is_said_to_be_open() -> None:
    found = analyse(compile_policy(SOUND), base=compile_policy(shipped()), patience_s=0.0)
    open_questions = {one.id for one in found.unproved}
    assert {"invariant:EU stays in the EU", "envelope-never-empty", "rows-reached", "guards-differ"} <= open_questions
    assert any(one.startswith("wider") for one in open_questions)
    assert all(one.id and one.reason for one in found.unproved)


def test_the_same_policy_gets_the_same_analysis() -> None:
    text = SOUND.replace("proposal.amount > 500.0", "proposal.amount > 700.0").replace("tier.rank >= 100", "tier.rank >= 101")
    policy, base = compile_policy(text), compile_policy(SOUND)
    assert analyse(policy, base=base, patience_s=60.0) == analyse(policy, base=base, patience_s=60.0)
