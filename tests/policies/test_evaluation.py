"""The evaluation that serves gives the bytes of the straightforward one, for any facts, proposals, guards and faults."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.decision import Proposal, Verdict
from domain.facts import Facts
from policies.compilation import compile_rules
from policies.engine import CompiledPolicy
from policies.evaluation import as_read
from policies.language.document import PolicyDocument
from tests.policies.examples import cases, facts, guards, proposals
from tests.policies.straightforward import Straightforward
from tests.policies.test_laws import base, shipped_policy

FAILING = (
    "client.days_since_contact > 45",
    "client.known ? client.region : true",
    "1 / message.attachments > 0",
    "client.known && client.days_since_contact > 45",
    'load.pools["eu-core"].available > 0',
    "[1, 2][message.turn] == 2",
    "message.attachments * 4611686018427387904 > 0",
    "proposal.present && load.pools[proposal.pool].available == 0",
    "proposal.present ? proposal.pool : true",
    "timestamp(client.country) > now",
)
ENGINE = ("now.getDayOfWeek() in [0, 6]", 'message.signals.exists(s, s in ["legal", "abuse"])', 'client.industry.matches("^bank")')
WHERE = (
    "pool.region == client.region",
    "message.language in pool.languages",
    "pool.skills.exists(s, s == message.intent)",
    "client.days_since_contact > 45",
    "proposal.present && pool.id == proposal.pool",
    "client.known ? pool.id : true",
)
DEFAULTS = ("client.days_since_contact > 3", "client.known", "now.getHours() > 8 && client.known", "client.known ? 1 : true")


def bytes_of(verdict: Verdict) -> tuple[str, set[str]]:
    """What can be told of a verdict, order of fields and what counts as given included."""
    return verdict.model_dump_json(), verdict.model_fields_set


@st.composite
def policies(draw: st.DrawFn) -> CompiledPolicy:
    """The shipped policy with guards, defaults, tiers, rows and a priority that may fail, and guards that may be suspended."""
    extra: list[dict[str, Any]] = draw(guards())
    for guard in extra:
        if draw(st.booleans()):
            guard["when"] = draw(st.sampled_from(FAILING + ENGINE))
        if draw(st.booleans()):
            guard["pools_where"] = draw(st.sampled_from(WHERE))
        if draw(st.booleans()):
            guard["override"] = {"role": "policy_approver", "second_pair_of_eyes": False}
        if draw(st.booleans()):
            guard["require_skills"] = draw(st.sampled_from([["legal"], ["billing", "legal"], ["nobody"]]))
    changed: dict[str, Any] = {**base(), "guards": [*(base()["guards"] if draw(st.booleans()) else []), *extra]}
    if draw(st.booleans()):
        rows = [{"mode": "human", "pool": "eu-core", "when": draw(st.sampled_from(DEFAULTS))}]
        changed["defaults"] = [*rows, *base()["defaults"]]
    if draw(st.booleans()):
        row = {"when": draw(st.sampled_from(["client.days_since_contact > 3", "client.regulated"])), "ack": "1m", "resolve": "2h"}
        changed["sla"] = [{**row, "calendar": "business-us"}, *base()["sla"]]
    if draw(st.booleans()):
        changed["priority"] = draw(st.sampled_from(["client.days_since_contact * 2", "-5.0", "1.0e300", "client.known ? 3.5 : 1.0 / 0.0"]))
    if draw(st.booleans()):
        tier = {"id": "odd", "when": draw(st.sampled_from(["client.days_since_contact > 3", "client.regulated"])), "rank": "500"}
        changed["tiers"] = [{**tier, "budget_ms": "100"}, *base()["tiers"]]
    document = PolicyDocument.model_validate(changed)
    return CompiledPolicy(document, compile_rules(document, {}), "", {}, 1, "active")


def suspended(policy: CompiledPolicy, count: int) -> frozenset[str]:
    """The first guards, whether they may be suspended or not."""
    return frozenset(guard.rule.id for guard in policy.rules.guards[-count:]) if count else frozenset()


def agree(policy: CompiledPolicy, known: Facts, proposal: Proposal | None, without: frozenset[str]) -> None:
    """Both passes, in either order, and the second alone."""
    slow, fast = Straightforward(policy, known, without), policy.about(known, without)
    framed, judged = bytes_of(slow.frame()), bytes_of(Straightforward(policy, known, without).judge(proposal))
    assert bytes_of(fast.judge(proposal)) == judged
    assert bytes_of(fast.frame()) == framed
    again = policy.about(known, without)
    assert bytes_of(again.frame()) == framed
    assert bytes_of(again.judge(proposal)) == judged
    fault = "invalid proposal: mistyped"
    assert bytes_of(policy.about(known, without).judge(None, fault)) == bytes_of(Straightforward(policy, known, without).judge(None, fault))
    checked = Verdict.model_validate(again.judge(proposal).model_dump())
    assert checked == again.judge(proposal)


@settings(max_examples=100)
@given(policies(), cases, st.integers(0, 3))
def test_any_policy_is_evaluated_as_it_is_stated(policy: CompiledPolicy, several: list[tuple[Facts, Proposal | None]], count: int) -> None:
    for known, proposal in several:
        agree(policy, known, proposal, suspended(policy, count))


@settings(max_examples=300)
@given(facts, proposals)
def test_the_shipped_policy_is_evaluated_as_it_is_stated(known: Facts, proposal: Proposal | None) -> None:
    agree(shipped_policy(), known, proposal, frozenset())


@settings(max_examples=500)
@given(proposals)
def test_a_proposal_is_read_as_its_facts_are(proposal: Proposal | None) -> None:
    assert proposal is None or list(as_read(proposal).items()) == list(proposal.as_facts().model_dump(mode="json").items())
