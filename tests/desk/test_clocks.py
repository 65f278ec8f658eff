"""Durable timers: a review that nobody rules on, promises that run out; each told once, whoever looks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from desk.cases import case_view
from domain.review import Ruling, RulingAction
from domain.sla import SLA_STEP
from domain.views import Timer
from tests.desk.house import LEAD, LEGAL, House


async def test_a_review_that_nobody_rules_on_is_raised_once_and_then_ends_as_policy_says(house: House) -> None:
    accepted = await house.post(LEGAL)
    row = await house.case(accepted)
    assert row.case["status"] == "awaiting_review"
    before = row.case["priority"]
    house.clock.advance(hours=9)
    await house.clocks.tick()
    row = await house.case(accepted)
    assert row.review is not None
    assert (row.review["status"], row.review["escalations"]) == ("open", 1)
    assert row.case["priority"] >= min(200, before + 20)
    house.clock.advance(hours=9)
    await house.clocks.tick()
    assert await house.floor.decided(accepted.case_id, 1, 20)
    row = await house.case(accepted)
    assert row.review is not None
    assert row.decision is not None
    assert row.review["status"] == "expired"
    assert (row.decision["decided_by"], row.decision["route"]["mode"]) == ("policy", "human")
    kinds = await house.kinds(accepted.case_id)
    assert [kinds.count(kind) for kind in ("review.escalated", "review.expired", "case.decided")] == [1, 1, 1]


async def test_a_ruling_stops_the_clock_of_its_review(house: House) -> None:
    accepted = await house.post(LEGAL)
    row = await house.case(accepted)
    assert row.review is not None
    ruling = Ruling(action=RulingAction.APPROVE, actor=LEAD.actor, ruled_at=house.clock.now())
    await house.reviews.rule(row.review["id"], ruling, LEAD, row.review["revision"], "req_2")
    house.clock.advance(hours=9)
    await house.clocks.tick()
    assert not {"review.escalated", "review.expired"} & set(await house.kinds(accepted.case_id))


async def test_each_step_of_a_promise_is_told_once_though_three_look_at_once(house: House) -> None:
    accepted = await house.post("How do I share a dashboard with a colleague?")
    steps = await house.count("timers", accepted.case_id)
    assert steps >= 2
    house.clock.advance(days=60)
    fired = await asyncio.gather(*(house.clocks.tick() for _ in range(3)))
    assert sum(fired) == steps
    assert await house.count("timers", accepted.case_id) == 0
    assert (await house.kinds(accepted.case_id)).count("sla.step_due") == steps
    assert await house.clocks.tick() == 0


async def test_whom_the_ai_answered_is_not_told_of_as_unheard_or_unsolved(house: House) -> None:
    accepted = await house.post("How do I share a dashboard with a colleague?", email="somebody@nowhere.example")
    await house.floor.drain(10)
    case = (await house.case(accepted)).case
    assert (case["status"], case["acknowledged_at"]) == ("answered", None)
    house.clock.advance(days=60)
    await house.clocks.tick()
    assert await house.count("timers", accepted.case_id) == 0
    assert "sla.step_due" not in await house.kinds(accepted.case_id)
    assert case_view(await house.case(accepted), house.clock.now())["decision"]["sla"]["state"] == "met"


async def test_what_two_timers_raise_at_once_is_raised_by_both(house: House) -> None:
    accepted = await house.post(LEGAL)
    before = (await house.case(accepted)).case["priority"]
    step = Timer(
        id="tmr_step",
        case_id=accepted.case_id,
        kind=SLA_STEP,
        due_at=house.clock.now() + timedelta(hours=2),
        data={"promise": "ack", "raise": 5},
    )
    async with house.deps.store.transaction() as tx:
        await tx.timers.schedule(step)
    house.clock.advance(hours=3)
    await house.clocks.tick()
    assert (await house.case(accepted)).case["priority"] == min(200, before + 20 + 5)


async def test_nothing_is_told_before_it_is_due(house: House) -> None:
    accepted = await house.post("How do I share a dashboard with a colleague?")
    await house.clocks.tick()
    assert "sla.step_due" not in await house.kinds(accepted.case_id)


async def test_two_leads_who_rule_at_once_make_one_ruling(house: House) -> None:
    accepted = await house.post(LEGAL)
    review = (await house.case(accepted)).review
    assert review is not None

    async def rule(action: RulingAction) -> str | None:
        ruling = Ruling(action=action, actor=LEAD.actor, ruled_at=house.clock.now())
        return await house.reviews.rule(review["id"], ruling, LEAD, review["revision"], "req_2")

    outcomes = await asyncio.gather(rule(RulingAction.APPROVE), rule(RulingAction.REJECT), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) in (["Conflict", "str"], ["StaleObject", "str"])
    assert (await house.kinds(accepted.case_id)).count("review.ruled") == 1
    assert await house.count("decisions", accepted.case_id) == 1
