"""Recorded decisions under another policy: exact where policy decides, estimated where a canary tried it, refused where nobody did."""

from __future__ import annotations

import random
import re
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest

from domain.decision import Proposal, Verdict
from domain.facts import Facts, Mode
from domain.seen_decision import RolloutMoment, SeenDecision
from evals.production.counterfactual import OUTCOMES, Counterfactual, chances_of, counterfactual, done
from evals.production.targets import same_proposal, under_policy
from policies.engine import CompiledPolicy, compile_policy
from policies.rollouts.release import in_share
from policies.rules import shipped
from tests.recorded import BEGAN, varied

CLIENTS, DECISIONS, SHARE = 60, 600, 0.4
GUARD = (
    "  - {id: grave-matters-are-seen, owner: vip-desk, when: 'message.severity >= 4', "
    "review: {by: lead, within: 30m, on_expiry: escalate}, because: Whatever is grave is seen by a lead first.}"
)


@cache
def versions() -> tuple[CompiledPolicy, CompiledPolicy]:
    """The shipped policy, and one that asks a lead about everything grave."""
    text = shipped()
    return compile_policy(text), compile_policy(stricter(text))


def stricter(text: str) -> str:
    return re.sub(r"(?m)^guards:.*$", lambda found: f"{found[0]}\n{GUARD}", text, count=1)


def seen(share: float = SHARE) -> list[SeenDecision]:
    """Decisions of a canary; a lead overrules grave matters that nobody saw before more often."""
    active, candidate = versions()
    chance = random.Random(3)
    found: list[SeenDecision] = []
    for number, made in enumerate(varied(DECISIONS)):
        client = f"client-{chance.randrange(CLIENTS)}"
        policy = candidate if in_share("vip-support", "salt", client, 100 * share) else active
        facts, proposal = Facts.model_validate(made["facts"]), made["proposal"]
        verdict = policy.evaluate(facts, Proposal.model_validate(proposal) if proposal else None)
        bad = chance.random() < (0.6 if facts.message.severity >= 4 and verdict.review is None else 0.1)
        found.append(decision(number, client, policy, facts, proposal, verdict, "edit" if bad else None))
    return found


def decision(
    number: int,
    client: str | None,
    policy: CompiledPolicy,
    facts: Facts,
    proposal: dict[str, Any] | None,
    verdict: Verdict,
    ruling: str | None,
) -> SeenDecision:
    return SeenDecision(
        id=f"dec_{number:05}",
        case_id=f"case_{number:05}",
        turn=1,
        client_id=client,
        region="eu",
        decided_at=BEGAN + timedelta(minutes=number),
        policy=policy.digest,
        facts=facts.plain,
        proposal=proposal,
        verdict=verdict.model_dump(mode="json"),
        ruling=ruling,
        moved=False,
        overruled=False,
        sla_broken=False,
        answered_at=facts.now + timedelta(minutes=18),
        ended_at=facts.now + timedelta(hours=1),
    )


def rollouts(share: float = SHARE, at: datetime = BEGAN) -> list[RolloutMoment]:
    active, candidate = versions()
    return [RolloutMoment(at - timedelta(days=9), active.digest, None, 0.0), RolloutMoment(at, active.digest, candidate.digest, share)]


async def compared(decisions: list[SeenDecision], divided: list[RolloutMoment], target: CompiledPolicy) -> Counterfactual:
    known = {policy.digest: policy for policy in versions()}
    return await counterfactual(decisions, divided, known, under_policy(target), [OUTCOMES["overruled"], OUTCOMES["csat"]], target)


async def test_a_canary_lets_its_candidate_be_estimated_for_everybody() -> None:
    decisions = seen()
    found = await compared(decisions, rollouts(), versions()[1])
    overruled = found.outcomes[0]
    assert overruled.tried == 1
    assert {one.method for one in overruled.estimates} == {"direct method", "inverse propensity", "self-normalised", "doubly robust"}
    assert overruled.effect is not None
    assert overruled.effect.high < 0
    assert found.outcomes[1].cases == 0


async def test_what_the_active_version_decides_alone_has_no_overlap_where_the_target_differs() -> None:
    decisions = seen(share=0.0)
    found = await compared(decisions, rollouts()[:1], versions()[1])
    overruled = found.outcomes[0]
    assert found.changed > 0
    assert (overruled.estimates, overruled.tried) == ((), 0.0)
    assert overruled.says.startswith("No overlap")
    assert overruled.high - overruled.low > 0.9 * overruled.changed


async def test_the_version_that_decided_changes_nothing_and_replays_exactly() -> None:
    found = await compared(seen(share=0.0), rollouts()[:1], versions()[0])
    assert (found.changed, found.unread, found.inexact, found.outcomes[0].changed) == (0, 0, 0, 0)
    assert found.diff is not None
    assert found.diff.changed == 0
    assert found.outcomes[0].effect is not None
    assert found.outcomes[0].effect.value == pytest.approx(0)
    assert found.outcomes[0].says == "The target would decide all of them as they were decided."


async def test_promises_are_held_against_the_moments_at_which_people_answered() -> None:
    text = shipped()
    faster = compile_policy(text.replace("15m", "10m"))
    assert faster.digest != versions()[0].digest
    found = await compared(seen(share=0.0), rollouts()[:1], faster)
    assert found.promises is not None
    assert found.promises.known == DECISIONS
    assert found.promises.earlier > 0 == found.promises.later
    assert found.promises.broken_after.value >= found.promises.broken_before.value


async def test_a_decision_that_cannot_be_judged_again_is_counted() -> None:
    [one, other, *_] = seen(share=0.0)
    broken = one.model_copy(update={"facts": {"client": 1}})
    strange = other.model_copy(update={"policy": "sha256:gone"})
    found = await compared([broken, strange], rollouts()[:1], versions()[0])
    assert (found.decisions, found.unread) == (2, 2)
    assert found.outcomes[0].says == "Of no decision is the outcome known."


async def test_a_record_that_its_own_version_would_not_make_again_is_counted() -> None:
    [one] = seen(share=0.0)[:1]
    other = {**one.verdict, "route": {**one.verdict["route"], "pool": "elsewhere"}}
    found = await compared([one, one.model_copy(update={"verdict": other})], rollouts()[:1], versions()[0])
    assert (found.decisions, found.unread, found.inexact) == (2, 0, 1)


def test_the_chance_of_a_version_is_its_share_at_that_time_and_certain_for_strangers() -> None:
    active, candidate = versions()
    [one] = seen()[:1]
    assert chances_of(one, rollouts()) == {active.digest: 1 - SHARE, candidate.digest: SHARE}
    assert chances_of(one.model_copy(update={"client_id": None}), rollouts()) == {one.policy: 1.0}
    assert chances_of(one.model_copy(update={"decided_at": BEGAN - timedelta(days=1)}), rollouts()) == {one.policy: 1.0}
    assert chances_of(one.model_copy(update={"policy": "sha256:other"}), rollouts()) == {"sha256:other": 1.0}
    assert chances_of(one, []) == {one.policy: 1.0}


def test_what_is_done_is_mode_pool_action_and_whether_a_lead_is_asked() -> None:
    verdict = versions()[0].evaluate(Facts(), None)
    assert done(verdict) == (verdict.route.mode.value, verdict.route.pool, verdict.route.action.value, verdict.review is not None)


def test_proposals_are_alike_when_they_want_the_same_done() -> None:
    one = Proposal(mode=Mode.AI, pool="eu-core", confidence=0.5, rationale="a")
    assert same_proposal(one, one.model_copy(update={"confidence": 0.9, "rationale": "b"}))
    assert not same_proposal(one, one.model_copy(update={"pool": "us-core"}))
    assert not same_proposal(one, None)
    assert same_proposal(None, None)
