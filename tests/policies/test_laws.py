"""The laws of evaluation, as properties: guards only narrow, order does not matter, faults close, the same input gives the same bytes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from functools import cache
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.canonical import canonical_json
from domain.decision import Proposal, Verdict
from domain.facts import Facts, Mode
from policies.compilation import compile_rules
from policies.engine import CompiledPolicy, compile_policy
from policies.envelope import is_within
from policies.evaluation import ERROR_GATE
from policies.language.document import PolicyDocument
from policies.routes import CORNERED_GATE
from policies.rules import shipped
from tests.policies.examples import cases, facts, guards, proposals

EXAMPLES = 2_000


@cache
def base() -> dict[str, Any]:
    """The shipped policy as plain data, without its tests."""
    document: dict[str, Any] = yaml.load(shipped(), Loader=yaml.BaseLoader)
    del document["tests"]
    return document


@cache
def shipped_policy() -> CompiledPolicy:
    return compile_policy(shipped())


def with_guards(extra: list[dict[str, Any]], *, only: bool = False) -> CompiledPolicy:
    """The shipped policy with further guards, or with these alone."""
    document = PolicyDocument.model_validate({**base(), "guards": ([] if only else base()["guards"]) + extra})
    return CompiledPolicy(document, compile_rules(document, {}), "", {}, 1, "active")


def body(verdict: Verdict) -> bytes:
    """The verdict's bytes apart from the policy's identity."""
    return canonical_json(verdict.model_dump(mode="json", exclude={"policy"}))


@settings(max_examples=EXAMPLES)
@given(facts, proposals)
def test_the_second_pass_never_allows_more_than_the_first(known: Facts, proposal: Proposal | None) -> None:
    policy = shipped_policy()
    assert is_within(policy.evaluate(known, proposal).envelope, policy.frame(known).envelope)


@settings(max_examples=EXAMPLES)
@given(facts, proposals)
def test_the_route_lies_inside_the_envelope_or_is_the_fallback(known: Facts, proposal: Proposal | None) -> None:
    verdict = shipped_policy().evaluate(known, proposal)
    if verdict.source == "fallback":
        assert verdict.envelope.empty
        assert verdict.review is not None
        assert verdict.route.mode == "human"
    else:
        assert verdict.envelope.allows(verdict.route)
    assert 0 <= verdict.priority <= 200
    assert verdict.priority >= verdict.envelope.priority_floor


@settings(max_examples=EXAMPLES // 10)
@given(guards(), st.booleans(), cases)
def test_whatever_the_guards_the_route_is_a_member_of_an_envelope_that_is_not_empty(
    extra: list[dict[str, Any]], only: bool, several: list[tuple[Facts, Proposal | None]]
) -> None:
    policy = with_guards(extra, only=only)
    for known, proposal in several:
        for verdict in (policy.frame(known), policy.evaluate(known, proposal)):
            assert verdict.envelope.allows(verdict.route) or verdict.envelope.empty
            assert (verdict.source == "fallback") == verdict.envelope.empty
            assert verdict.source != "fallback" or (verdict.route.mode == "human" and verdict.review is not None)


@settings(max_examples=EXAMPLES // 10)
@given(facts)
def test_where_only_the_ai_is_left_and_nobody_asked_for_it_a_lead_looks_first(known: Facts) -> None:
    policy = ai_only_policy()
    verdict = policy.evaluate(known, None)
    assert (verdict.route.mode, verdict.source, verdict.review) == ("ai", "envelope", CORNERED_GATE)
    asked = policy.evaluate(known, Proposal(mode=Mode.AI, pool="us-core", confidence=1.0, rationale=""))
    assert (asked.route.mode, asked.source, asked.review) == ("ai", "proposal", None)


@cache
def ai_only_policy() -> CompiledPolicy:
    """One guard that leaves nobody but the AI, and defaults that all ask for a person."""
    alone = {"id": "alone", "when": "true", "modes": ["ai"], "because": "The AI answers here."}
    defaults = [{"mode": "human", "pool": "eu-core"}, {"mode": "hybrid", "pool": "us-core"}]
    document = PolicyDocument.model_validate({**base(), "defaults": defaults, "guards": [alone]})
    return CompiledPolicy(document, compile_rules(document, {}), "", {}, 1, "active")


UNREADABLE: st.SearchStrategy[Any] = st.sampled_from(list[Any](["hybrid", {}, [], {"mode": "robot"}, {"extra": 1}, {"confidence": "0.9"}]))


@settings(max_examples=EXAMPLES // 4)
@given(facts, UNREADABLE)
def test_a_proposal_that_cannot_be_read_takes_no_guard_away(known: Facts, wrong: Any) -> None:
    policy = shipped_policy()
    written = {name: part for name, part in known.plain.items() if name != "proposal"}
    verdict, without = policy.evaluate_raw(written, wrong), policy.evaluate(known, None)
    assert verdict.guards == without.guards
    assert is_within(verdict.envelope, without.envelope)
    assert ERROR_GATE in verdict.envelope.reviews
    assert (verdict.route, verdict.source, verdict.overruled) == (without.route, without.source, True)
    assert next(error for error in verdict.errors if error not in without.errors).startswith("invalid proposal: ")


@settings(max_examples=EXAMPLES)
@given(facts, proposals)
def test_the_declared_invariants_hold(known: Facts, proposal: Proposal | None) -> None:
    verdict = shipped_policy().evaluate(known, proposal)
    assert known.client.region != "eu" or all(pool.startswith("eu-") for pool in verdict.envelope.pools)
    assert known.client.region != "eu" or verdict.envelope.model_regions == ("eu",)
    assert "legal" not in known.message.signals or (verdict.route.mode == "human" and verdict.review is not None)
    assert known.client.contract.tier != "strategic" or verdict.route.mode != "ai"
    assert "injection" not in known.message.signals or verdict.route.action in ("none", "reply")


@settings(max_examples=EXAMPLES // 20)
@given(guards(), cases)
def test_adding_guards_only_narrows(extra: list[dict[str, Any]], several: list[tuple[Facts, Proposal | None]]) -> None:
    before, after = shipped_policy(), with_guards(extra)
    for known, proposal in several:
        assert is_within(after.evaluate(known, proposal).envelope, before.evaluate(known, proposal).envelope)


@settings(max_examples=EXAMPLES // 20)
@given(guards(), st.randoms(use_true_random=False), cases)
def test_the_order_of_guards_does_not_matter(
    extra: list[dict[str, Any]], chance: random.Random, several: list[tuple[Facts, Proposal | None]]
) -> None:
    shuffled = chance.sample(extra, len(extra))
    one, other = with_guards(extra, only=True), with_guards(shuffled, only=True)
    for known, proposal in several:
        assert body(one.evaluate(known, proposal)) == body(other.evaluate(known, proposal))


@settings(max_examples=EXAMPLES)
@given(facts)
def test_a_condition_that_fails_counts_as_fired_and_asks_for_a_review(known: Facts) -> None:
    verdict = failing_policy().evaluate(known, None)
    fired = {guard.id: guard for guard in verdict.guards}
    if known.client.days_since_contact is None:
        assert fired["broken"].error
        assert verdict.errors
        assert verdict.review is not None
        assert verdict.envelope.modes == ("human",)
    else:
        assert ("broken" in fired) == (known.client.days_since_contact > 45)


@cache
def failing_policy() -> CompiledPolicy:
    """One guard that reads an optional fact without asking whether it is there."""
    broken = {"id": "broken", "when": "client.days_since_contact > 45", "modes": ["human"], "because": "Silence for long."}
    return with_guards([broken], only=True)


BAD_VALUES: st.SearchStrategy[Any] = st.sampled_from(list[Any]([None, "high", [], {}, float("nan"), float("inf"), -1.0, 2.0, True]))


@settings(max_examples=EXAMPLES)
@given(st.sampled_from(["health", "identity_confidence"]), BAD_VALUES, st.sampled_from(["eu", "us", "apac"]))
def test_facts_that_are_not_valid_end_in_the_regions_fallback(name: str, value: Any, region: str) -> None:
    verdict = shipped_policy().evaluate_raw({"client": {"region": region, name: value}}, None)
    assert verdict.source == "fallback"
    assert verdict.route.pool == f"{region}-senior"
    assert verdict.review is not None
    assert verdict.errors
    assert (verdict.envelope.actions, verdict.envelope.model_regions) == (("none",), ())
    assert verdict.envelope.allows(verdict.route)


@settings(max_examples=EXAMPLES)
@given(facts, proposals)
def test_the_same_input_gives_the_same_bytes(known: Facts, proposal: Proposal | None) -> None:
    again = Facts.model_validate_json(known.model_dump_json(exclude_none=True))
    policy = shipped_policy()
    assert body(policy.evaluate(known, proposal)) == body(policy.evaluate(again, proposal))


SCRIPT = """
import hashlib, random, sys
sys.path.insert(0, '.')
from domain.canonical import canonical_json
from domain.decision import Proposal
from policies.compilation import compile_rules
from policies.language.document import PolicyDocument
from policies.engine import compile_policy
from policies.language.raw import laid_over_neutral
from policies.rules import shipped
policy, chance, digest = compile_policy(shipped()), random.Random(1), hashlib.sha256()
for _ in range(500):
    signals = chance.sample(['legal', 'security', 'outage', 'churn', 'injection', 'money'], chance.randint(0, 3))
    client = {'region': chance.choice(['eu', 'us', 'apac'])}
    facts = laid_over_neutral({'client': client, 'message': {'signals': sorted(signals), 'severity': chance.randint(1, 5)}})
    proposal = Proposal(mode=chance.choice(['ai', 'human']), pool='eu-core', confidence=chance.random(), rationale='')
    digest.update(canonical_json(policy.evaluate(facts, proposal).model_dump(mode='json')))
print(digest.hexdigest(), policy.digest)
"""


def test_every_process_gives_the_same_bytes_whatever_its_hash_seed() -> None:
    printed = {
        subprocess.run([sys.executable, "-c", SCRIPT], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(printed) == 1
