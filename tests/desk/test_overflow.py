"""`reassign overflow`: what nobody has accepted in time goes to somebody free in an overflow pool, inside the envelope, once."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from desk.casework import Asked
from domain.views import Accepted
from tests.desk.house import LEAD, House

QUESTION = "How do I share a dashboard with a colleague?"
STEP = 0.81
"""Of the time for the first response: after `ack 80%`, before `ack 100%`."""


@pytest.fixture
async def reserved(house: House) -> Accepted:
    """A case that is reserved for a person, whose pool has an overflow."""
    return await with_a_senior(house, "frauke.behrens@northwind.example")


async def with_a_senior(house: House, email: str) -> Accepted:
    accepted = await house.post(QUESTION, email=email)
    await house.floor.drain(10)
    case = (await house.case(accepted)).case
    assert (case["status"], case["pool"]) == ("assigned", "eu-senior")
    assert case["assignee"]
    return accepted


async def advance(house: House, accepted: Accepted) -> None:
    """To the moment of the step; every clock looks at once, as several workers do."""
    row = await house.case(accepted)
    assert row.decision is not None
    within_s = row.decision["verdict"]["sla"]["ack_within_s"]
    due = datetime.fromisoformat(row.case["ack_due_at"])
    house.clock.advance(seconds=(due - house.clock.now()).total_seconds() - within_s * (1 - STEP))
    await asyncio.gather(*(house.clocks.tick() for _ in range(3)))


async def stands(house: House, accepted: Accepted) -> tuple[Any, Any]:
    """(pool, person) of the case; the assignment says the same."""
    row = await house.case(accepted)
    if row.assignment:
        assert (row.assignment["pool"], row.assignment["person"]) == (row.case["pool"], row.case["assignee"])
    return row.case["pool"], row.case["assignee"]


async def open_of(house: House, person: str) -> int:
    async with house.stores.database.connection() as connection:
        return await connection.fetchval("select open from people where id = $1", person)


async def test_what_nobody_accepted_goes_to_the_overflow_once_and_frees_who_had_it(house: House, reserved: Accepted) -> None:
    _, before = await stands(house, reserved)
    had = await open_of(house, before)
    await advance(house, reserved)
    pool, person = await stands(house, reserved)
    assert (pool, person != before) == ("eu-core", True)
    assert await open_of(house, before) == had - 1
    kinds = await house.kinds(reserved.case_id)
    assert kinds.count("case.reassigned") == 1
    assert kinds.count("sla.step_due") == 2
    async with house.stores.database.connection() as connection:
        told = await connection.fetchval("select data from events where case_id = $1 and kind = 'case.reassigned'", reserved.case_id)
    assert (told["from"], told["to"]["pool"], told["promise"], told["at_percent"]) == (
        {"pool": "eu-senior", "person": before},
        "eu-core",
        "ack",
        80,
    )


async def test_whoever_accepted_it_keeps_it(house: House, reserved: Accepted) -> None:
    before = await stands(house, reserved)
    row = await house.case(reserved)
    await house.casework.accept(reserved.case_id, Asked(LEAD, row.case["revision"], "req_a"))
    await advance(house, reserved)
    assert await stands(house, reserved) == before
    assert "case.reassigned" not in await house.kinds(reserved.case_id)


async def test_with_nobody_free_there_it_stays_and_is_told(house: House, reserved: Accepted) -> None:
    before = await stands(house, reserved)
    async with house.stores.database.connection() as connection:
        await connection.execute("update people set on_shift = false where id <> $1", before[1])
    await advance(house, reserved)
    assert await stands(house, reserved) == before
    kinds = await house.kinds(reserved.case_id)
    assert ("case.reassigned" in kinds, kinds.count("sla.step_due")) == (False, 2)


async def test_what_nobody_had_at_all_finds_somebody(house: House, reserved: Accepted) -> None:
    async with house.stores.database.connection() as connection:
        await connection.execute("update assignments set ended_at = now() where case_id = $1", reserved.case_id)
        await connection.execute("update cases set assignee = null where id = $1", reserved.case_id)
    await advance(house, reserved)
    pool, person = await stands(house, reserved)
    assert pool == "eu-core"
    assert person


async def test_a_pool_that_a_guard_does_not_allow_gets_nothing(house: House) -> None:
    executives = await with_a_senior(house, "cto@northwind.example")
    before = await stands(house, executives)
    await advance(house, executives)
    assert await stands(house, executives) == before
    assert "case.reassigned" not in await house.kinds(executives.case_id)
