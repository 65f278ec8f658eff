"""Quiet cases: what is at its end and silent for long is closed, once; the next message opens another case."""

from __future__ import annotations

import asyncio
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from desk.cases import case_view
from desk.casework import Asked
from desk.moves import possible_moves
from desk.quiet_cases import QuietCases
from domain.case import Outcome
from domain.decision import Mode, Route
from domain.errors import Conflict
from domain.views import Accepted
from tests.desk.house import LEAD, LEGAL, House

QUESTION = "How do I share a dashboard with a colleague?"
STRANGER = "stranger@elsewhere.example"
DAYS = 14


def quiet_cases(house: House, days: int = DAYS) -> QuietCases:
    return QuietCases(house.deps.store, house.clock, timedelta(days=days))


async def answered(house: House, conversation: str = "") -> Accepted:
    """A case that the AI answered."""
    accepted = await house.post(QUESTION, conversation, STRANGER)
    while house.floor.works_on(accepted.case_id):
        await house.floor.decided(accepted.case_id, accepted.turn + 1, 0.1)
    assert await status(house, accepted) == "answered"
    return accepted


async def resolve(house: House, accepted: Accepted) -> None:
    row = await house.case(accepted)
    await house.casework.resolve(accepted.case_id, Asked(LEAD, row.case["revision"], "req_r"), Outcome.SOLVED, 5)


async def status(house: House, accepted: Accepted) -> str:
    return (await house.case(accepted)).case["status"]


async def shown(house: House, accepted: Accepted) -> dict[str, Any]:
    return case_view(await house.case(accepted), house.clock.now())


async def test_a_resolved_case_is_closed_after_days_of_silence_and_keeps_how_it_ended(house: House) -> None:
    case = await answered(house)
    await resolve(house, case)
    before = await shown(house, case)
    house.clock.advance(days=DAYS - 1)
    await quiet_cases(house).close()
    assert await status(house, case) == "resolved"
    house.clock.advance(days=2)
    await quiet_cases(house).close()
    after = await shown(house, case)
    assert after["status"] == "closed"
    assert [after[name] for name in ("outcome", "resolved_at")] == [before[name] for name in ("outcome", "resolved_at")]
    assert after["decision"]["sla"]["state"] == before["decision"]["sla"]["state"] == "met"
    assert (await house.kinds(case.case_id))[-1] == "case.closed"


async def test_an_answer_that_nobody_came_back_to_was_the_end(house: House) -> None:
    case = await answered(house)
    spoken = datetime.fromisoformat((await shown(house, case))["updated_at"])
    house.clock.advance(days=DAYS + 1)
    await house.clocks.tick()
    await quiet_cases(house).close()
    after = await shown(house, case)
    assert (after["status"], after["outcome"]["outcome"], after["outcome"]["by"]) == ("closed", "answered", "maitred:clock")
    assert datetime.fromisoformat(after["resolved_at"]) == spoken
    assert after["decision"]["sla"]["state"] == "met"
    assert await house.count("timers", case.case_id) == 0


async def test_what_is_closed_cannot_be_moved_and_a_new_message_opens_another_case(house: House) -> None:
    conversation = uuid.uuid4().hex
    case = await answered(house, conversation)
    house.clock.advance(days=DAYS + 1)
    await quiet_cases(house).close()
    row = await house.case(case)
    assert possible_moves(await shown(house, case)) == frozenset()
    for move in (house.casework.acknowledge, house.casework.reopen):
        with pytest.raises(Conflict, match="closed"):
            await move(case.case_id, Asked(LEAD, row.case["revision"], "req_m"))
    again = await answered(house, conversation)
    assert (again.case_id != case.case_id, again.turn) == (True, 1)
    assert await status(house, case) == "closed"


async def test_a_case_that_somebody_works_waits_for_or_still_has_to_look_at_is_not_closed(house: House) -> None:
    waiting = await house.post(LEGAL)
    with_a_person = await house.post(QUESTION)
    recalled = await answered(house)
    async with house.stores.database.connection() as connection:
        await connection.execute(
            "insert into policy_recalls (case_id, turn, name, digest, region, tier, because) values ($1, 1, 'p', 'd', 'eu', '', 'b')",
            recalled.case_id,
        )
    await house.floor.drain(10)
    before = [await status(house, case) for case in (waiting, with_a_person, recalled)]
    house.clock.advance(days=DAYS * 10)
    await quiet_cases(house).close()
    assert before == ["awaiting_review", "assigned", "answered"]
    assert [await status(house, case) for case in (waiting, with_a_person, recalled)] == before


async def with_a_person(house: House, case: Accepted, how: str) -> None:
    """Let a person have something to do in the case: somebody works it, or it was decided so and nobody was free."""
    decision = (await house.case(case)).decision
    assert decision is not None
    if how == "worked":
        async with house.deps.store.transaction() as tx:
            route = Route.model_validate({**decision["route"], "mode": Mode.HUMAN})
            assert await tx.assignments.move("test", case.case_id, 1, route, "en", house.clock.now(), "test")
    else:
        async with house.stores.database.connection() as connection:
            await connection.execute("update decisions set mode = 'human' where case_id = $1", case.case_id)


@pytest.mark.parametrize("how", ["worked", "waiting"])
async def test_what_a_person_has_to_do_is_not_over_when_the_ai_answers_beside(house: House, how: str) -> None:
    case = await answered(house, conversation := uuid.uuid4().hex)
    await with_a_person(house, case, how)
    assert (await answered(house, conversation)).turn == 2
    house.clock.advance(days=DAYS + 1)
    await house.clocks.tick()
    await quiet_cases(house).close()
    assert await status(house, case) == "answered"
    assert (await shown(house, case))["decision"]["sla"]["state"] == "breached"
    assert "sla.step_due" in await house.kinds(case.case_id)


async def test_once_that_is_resolved_an_answer_of_the_ai_alone_is_an_end_again(house: House) -> None:
    case = await answered(house, conversation := uuid.uuid4().hex)
    await with_a_person(house, case, "waiting")
    await resolve(house, case)
    assert (await answered(house, conversation)).turn == 2
    house.clock.advance(days=DAYS + 1)
    await quiet_cases(house).close()
    assert await status(house, case) == "closed"


async def test_a_message_that_comes_meanwhile_wins(house: House) -> None:
    conversation = uuid.uuid4().hex
    case = await answered(house, conversation)
    house.clock.advance(days=DAYS + 1)
    closed, later = await asyncio.gather(quiet_cases(house).close(), house.accept(QUESTION, conversation, STRANGER))
    assert await house.intake.settled(later, 20)
    del closed
    went_on = later.case_id == case.case_id
    assert (await status(house, case) == "closed") is not went_on
    assert later.turn == (2 if went_on else 1)


async def test_each_case_is_closed_once_whoever_looks_and_none_where_days_are_nothing(house: House) -> None:
    cases = [await answered(house) for _ in range(3)]
    house.clock.advance(days=400)
    await quiet_cases(house, 0).close()
    assert {await status(house, case) for case in cases} == {"answered"}
    await asyncio.gather(*(quiet_cases(house).close() for _ in range(3)))
    assert [(await house.kinds(case.case_id)).count("case.closed") for case in cases] == [1, 1, 1]
