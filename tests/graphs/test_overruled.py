"""A proposal is overruled when policy or a person does something else, not when its pool is full."""

from __future__ import annotations

import pytest

from domain.decision import Proposal
from domain.facts import Action, Facts, Mode
from domain.review import Ruling, RulingAction
from graphs.nodes.decide import apply_ruling, overruled
from policies.engine import CompiledPolicy, compile_policy
from policies.language.raw import laid_over_neutral
from policies.rules import shipped
from tests.desk.house import LEAD

FULL = {"eu-senior": {"available": 0}, "eu-core": {"available": 3}}


@pytest.fixture(scope="module")
def policy() -> CompiledPolicy:
    return compile_policy(shipped())


def facts() -> Facts:
    """An EU client on a day when nobody in `eu-senior` is free."""
    return laid_over_neutral({"client": {"known": True, "region": "eu"}, "load": {"pools": FULL}})


def proposal(pool: str = "eu-senior") -> Proposal:
    return Proposal(mode=Mode.HUMAN, pool=pool, action=Action.REPLY, confidence=0.99, rationale="")


def ruled(action: RulingAction) -> Ruling:
    return Ruling(action=action, actor=LEAD.actor, ruled_at=facts().now, reason="Better so.")


def test_a_proposal_whose_pool_is_full_is_followed_into_the_pool_that_takes_over(policy: CompiledPolicy) -> None:
    verdict = policy.evaluate(facts(), proposal())
    assert (verdict.source, verdict.overruled, verdict.route.pool) == ("proposal", False, "eu-core")
    assert not overruled(verdict, verdict.route, proposal(), None)
    assert not overruled(verdict, verdict.route, proposal(), ruled(RulingAction.APPROVE))


def test_a_proposal_outside_of_the_envelope_is_overruled_with_and_without_a_lead_who_approves(policy: CompiledPolicy) -> None:
    verdict = policy.evaluate(facts(), proposal("us-senior"))
    assert verdict.overruled
    assert overruled(verdict, verdict.route, proposal("us-senior"), None)
    assert overruled(verdict, verdict.route, proposal("us-senior"), ruled(RulingAction.APPROVE))


def test_a_lead_who_moves_a_case_overrules_the_proposal_and_one_who_goes_back_to_it_does_not(policy: CompiledPolicy) -> None:
    verdict = policy.evaluate(facts(), proposal())
    for pool, lost in (("eu-core", True), ("eu-senior", False)):
        edit = ruled(RulingAction.EDIT).model_copy(update={"route": verdict.route.model_copy(update={"pool": pool})})
        judged, route = apply_ruling(policy, facts(), verdict, edit)
        assert overruled(judged, route, proposal(), edit) is lost


def test_what_a_lead_rejects_is_overruled_and_no_proposal_never_is(policy: CompiledPolicy) -> None:
    verdict, reject = policy.evaluate(facts(), proposal()), ruled(RulingAction.REJECT)
    judged, route = apply_ruling(policy, facts(), verdict, reject)
    assert overruled(judged, route, proposal(), reject)
    assert not overruled(judged, route, None, reject)
    assert not overruled(policy.evaluate(facts(), None), route, None, None)
