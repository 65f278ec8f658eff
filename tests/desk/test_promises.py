"""Promises over several messages: writing again postpones none, and who works a case keeps it while the AI answers."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from desk.cases import case_view
from desk.casework import Asked
from domain.case import Outcome
from domain.decision import Mode, Route
from domain.review import Ruling, RulingAction
from domain.views import Accepted
from tests.desk.house import LEAD, House

QUESTION = "How do I share a dashboard with a colleague?"
STRANGER = "stranger@elsewhere.example"
OUTAGE = "Everything is down for all of our users, we cannot work at all!"


async def timers(house: House, accepted: Accepted) -> dict[str, Any]:
    """Step to due time."""
    async with house.stores.database.connection() as connection:
        rows = await connection.fetch("select id, due_at from timers where case_id = $1 and kind = 'sla-step'", accepted.case_id)
    return {row["id"]: row["due_at"] for row in rows}


async def dues(house: House, accepted: Accepted) -> tuple[Any, Any]:
    case = (await house.case(accepted)).case
    return case["ack_due_at"], case["resolve_due_at"]


async def written(house: House, text: str, conversation: str, email: str) -> Accepted:
    """A message, decided and delivered."""
    accepted = await house.post(text, conversation, email)
    while house.floor.works_on(accepted.case_id):
        await house.floor.decided(accepted.case_id, accepted.turn + 1, 0.1)
    return accepted


async def test_writing_again_postpones_no_promise_and_its_steps_are_told_once(house: House) -> None:
    first = await written(house, QUESTION, conversation := uuid.uuid4().hex, "cto@northwind.example")
    before, steps = await dues(house, first), await timers(house, first)
    house.clock.advance(minutes=4)
    await written(house, "Hello? Any news about sharing the dashboard?", conversation, "cto@northwind.example")
    assert await dues(house, first) == before
    assert await timers(house, first) == steps != {}


async def test_a_more_urgent_message_brings_the_promise_nearer_with_steps_of_its_own(house: House) -> None:
    first = await written(house, QUESTION, conversation := uuid.uuid4().hex, "billing@highmark-media.example")
    (ack, resolve), steps = await dues(house, first), await timers(house, first)
    await written(house, OUTAGE, conversation, "billing@highmark-media.example")
    review = (await house.case(first)).review
    assert review is not None
    approval = Ruling(action=RulingAction.APPROVE, actor=LEAD.actor, ruled_at=house.clock.now())
    await house.reviews.rule(review["id"], approval, LEAD, review["revision"], "req_2")
    assert await house.floor.decided(first.case_id, 2, 20)
    nearer = await dues(house, first)
    assert nearer[0] < ack
    assert nearer[1] <= resolve
    told = await timers(house, first)
    assert len(told) == len(steps)
    assert min(told.values()) < min(steps.values())
    assert set(told) - set(steps)


@pytest.mark.parametrize("ended", ["answered", "resolved"])
async def test_after_an_answer_or_an_end_a_new_message_is_promised_anew(house: House, ended: str) -> None:
    first = await written(house, QUESTION, conversation := uuid.uuid4().hex, STRANGER)
    row = await house.case(first)
    assert row.case["status"] == "answered"
    if ended == "resolved":
        await house.casework.resolve(first.case_id, Asked(LEAD, row.case["revision"], "req_2"), Outcome.SOLVED, None)
    before, steps = await dues(house, first), await timers(house, first)
    house.clock.advance(days=30)
    second = await house.accept(QUESTION, conversation, STRANGER)
    assert case_view(await house.case(first), house.clock.now())["decision"]["sla"]["ack_due_at"]
    assert await house.floor.settled(second.case_id, second.turn, 20)
    after = await dues(house, first)
    assert after[0] > before[0]
    assert after[1] > before[1]
    assert not set(await timers(house, first)) & set(steps)


@pytest.mark.parametrize("kept", [True, False])
async def test_who_works_a_case_keeps_it_while_the_ai_answers_in_the_same_pool(house: House, *, kept: bool) -> None:
    first = await written(house, QUESTION, conversation := uuid.uuid4().hex, STRANGER)
    answered = (await house.case(first)).decision
    assert answered is not None
    assert answered["route"]["mode"] == Mode.AI
    pool = answered["route"]["pool"] if kept else "eu-senior"
    route = Route.model_validate({**answered["route"], "mode": Mode.HUMAN, "pool": pool})
    async with house.deps.store.transaction() as tx:
        person = await tx.assignments.move("test", first.case_id, 1, route, "en", house.clock.now(), "test")
    assert person is not None
    second = await written(house, QUESTION, conversation, STRANGER)
    row = await house.case(second)
    assert row.decision is not None
    assert (row.decision["turn"], row.decision["route"]["mode"]) == (2, Mode.AI)
    assert row.case["assignee"] == (person if kept else None)
    assert bool(row.assignment) == kept
