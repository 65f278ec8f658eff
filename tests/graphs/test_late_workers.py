"""A worker that lost its lease and does not know it yet: what another one did meanwhile is not done again, nor undone."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from domain.case import TurnInput
from domain.context import Reply
from domain.decision import Decision
from domain.review import Ruling, RulingAction
from domain.views import Accepted
from graphs.settle import open_review, record_delivery
from tests.desk.house import LEAD, LEGAL, House

SIMPLE = "How do I export my invoices as CSV?"


async def turn_of(house: House, accepted: Accepted) -> tuple[TurnInput, Decision, dict[str, Any]]:
    """The turn as a worker had it that was about to deliver."""
    async with house.stores.database.connection() as connection:
        row = await connection.fetchrow(
            "select record, body from decisions where case_id = $1 and turn = $2", accepted.case_id, accepted.turn
        )
    record = orjson.loads(row["record"])
    return TurnInput.model_validate(record["turn"]), Decision.model_validate(orjson.loads(row["body"])), record


async def open_cases(house: House) -> int:
    """How many people have to work on, as they are counted."""
    async with house.stores.database.connection() as connection:
        return await connection.fetchval("select sum(open)::int from people")


async def ruled(house: House) -> tuple[Accepted, str]:
    """A case that a lead approved, and its review."""
    accepted = await house.post(LEGAL)
    review = (await house.case(accepted)).review
    assert review is not None
    approval = Ruling(action=RulingAction.APPROVE, actor=LEAD.actor, ruled_at=house.clock.now())
    await house.reviews.rule(review["id"], approval, LEAD, review["revision"], "req_2")
    assert await house.floor.decided(accepted.case_id, 1, 20)
    return accepted, review["id"]


@pytest.mark.parametrize("sent", [True, False])
async def test_a_turn_is_delivered_once(house: House, *, sent: bool) -> None:
    accepted = await house.post(SIMPLE)
    await house.floor.drain(10)
    turn, decision, _ = await turn_of(house, accepted)
    before, told, busy = await house.case(accepted), await house.kinds(accepted.case_id), await open_cases(house)
    messages = await house.count("messages", accepted.case_id)
    late = Reply(text="Other words of another run.", language="en", sent=sent, model="late")
    await record_delivery(house.deps.store, turn, decision.route, late, None, house.clock.now())
    assert await house.case(accepted) == before
    assert await house.kinds(accepted.case_id) == told
    assert await open_cases(house) == busy
    assert await house.count("messages", accepted.case_id) == messages


async def test_a_review_that_was_ruled_on_does_not_stop_its_turn_again(house: House) -> None:
    accepted, review_id = await ruled(house)
    await house.floor.drain(10)
    turn, _, record = await turn_of(house, accepted)
    async with house.stores.database.connection() as connection:
        await connection.execute("update turns set status = 'decided' where case_id = $1", accepted.case_id)
    assert await open_review(house.deps.store, turn, record, record["routing"]["verdict"], house.clock.now()) == review_id
    assert await house.queue.status(accepted.case_id, 1) == "decided"


async def test_who_is_reserved_twice_for_one_step_is_counted_once(house: House) -> None:
    accepted, _ = await ruled(house)
    _, decision, _ = await turn_of(house, accepted)
    busy = await open_cases(house)
    async with house.deps.store.transaction() as tx:
        again = await tx.assignments.assign(accepted.case_id, 1, decision.route, "en", house.clock.now())
    assert (again, await open_cases(house)) == (None, busy)
