"""Who gets a case while others are being given theirs: nobody who is free is passed over, and nobody gets more than fits."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass

import pytest

from domain.decision import Mode, Route
from tests.desk.house import House

QUESTION = "How do I share a dashboard with a colleague?"
STRANGER = "stranger@elsewhere.example"


@dataclass
class Pool:
    """A pool of a test's own."""

    house: House
    route: Route
    people: tuple[str, ...]

    async def give(self, case_id: str, until: asyncio.Event | None = None, given: asyncio.Event | None = None) -> str | None:
        """A case to whoever fits; the transaction stays open `until`."""
        async with self.house.deps.store.transaction() as tx:
            person = await tx.assignments.move("test", case_id, 1, self.route, "en", self.house.clock.now(), "test")
            if given:
                given.set()
            if until:
                await until.wait()
        return person

    async def open(self) -> list[int]:
        """How many cases each has."""
        async with self.house.stores.database.connection() as connection:
            rows = await connection.fetch("select open from people where id = any($1) order by id", list(self.people))
        return [row["open"] for row in rows]


async def pool_of(house: House, people: int, capacity: int) -> Pool:
    """People of whom nobody has a case yet."""
    name = f"desk-{uuid.uuid4().hex[:8]}"
    async with house.stores.database.connection() as connection:
        chosen = await connection.fetch(
            """insert into people (id, name, email, region, pools, skills, languages, capacity, timezone, shift, lead)
            select $1 || '-' || number, 'Of ' || $1, 'of@halyard.example', 'eu', array[$1], '{}', '{en}', $2, 'UTC', 'always', false
            from generate_series(1, $3) number returning id""",
            name,
            capacity,
            people,
        )
    return Pool(house, Route(mode=Mode.HUMAN, pool=name), tuple(row["id"] for row in chosen))


async def answered(house: House, cases: int) -> list[str]:
    """Cases that nobody works."""
    return [(await house.post(QUESTION, email=STRANGER)).case_id for _ in range(cases)]


@pytest.mark.parametrize(("capacity", "both_fit"), [(2, True), (1, False)])
async def test_who_is_held_by_another_decision_is_waited_for_and_gets_no_more_than_fits(
    house: House, capacity: int, *, both_fit: bool
) -> None:
    pool, (first, second) = await pool_of(house, people=1, capacity=capacity), await answered(house, 2)
    stored, given = asyncio.Event(), asyncio.Event()
    holding = asyncio.create_task(pool.give(first, stored, given))
    await given.wait()
    asking = asyncio.create_task(pool.give(second))
    await asyncio.sleep(0.05)
    stored.set()
    (person,) = pool.people
    assert [await holding, await asking] == [person, person if both_fit else None]
    assert await pool.open() == [capacity]


async def test_cases_that_are_decided_at_once_get_everybody_who_is_free(house: House) -> None:
    pool, cases = await pool_of(house, people=2, capacity=4), await answered(house, 9)
    given = await asyncio.gather(*(pool.give(one) for one in cases))
    assert sorted(str(person) for person in given) == sorted([*pool.people] * 4 + ["None"])
    assert await pool.open() == [4, 4]


async def test_two_cases_that_change_hands_crosswise_do_not_hold_up_each_other(house: House) -> None:
    pool, (first, second) = await pool_of(house, people=2, capacity=1), await answered(house, 2)
    assert {await pool.give(first), await pool.give(second)} == set(pool.people)
    async with asyncio.timeout(10):
        given = await asyncio.gather(pool.give(first), pool.give(second))
    assert len({person for person in given if person}) == len([person for person in given if person])


async def test_who_is_held_for_long_is_not_waited_for(house: House) -> None:
    pool, (first, second) = await pool_of(house, people=1, capacity=2), await answered(house, 2)
    stored, given = asyncio.Event(), asyncio.Event()
    holding = asyncio.create_task(pool.give(first, stored, given))
    await given.wait()
    async with asyncio.timeout(20):
        assert await pool.give(second) is None
    stored.set()
    assert await holding in pool.people
