"""The sample company's desks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.facts import Region
from domain.shift import works_at
from policies.engine import compile_policy
from policies.rules import shipped
from tools.world.model import World

WEEK_H = 24 * 7


def test_the_people_staff_exactly_the_pools_of_the_shipped_policy(world: World) -> None:
    assert {pool for person in world.people for pool in person.pools} == set(compile_policy(shipped()).document.pools)


@pytest.mark.parametrize("region", list(Region))
def test_a_senior_desk_has_a_lead_and_all_its_languages_at_any_hour(world: World, region: Region) -> None:
    pool = compile_policy(shipped()).document.pools[f"{region}-senior"]
    seniors = [person for person in world.people if f"{region}-senior" in person.pools]
    for hour in range(WEEK_H):
        moment = world.now + timedelta(hours=hour)
        there = [person for person in seniors if works_at(person.shift, person.timezone, moment)]
        assert len(there) >= 2
        assert any(person.lead for person in there)
        assert {language for person in there for language in person.languages} >= set(pool.languages)


def test_every_desk_can_do_together_what_its_pool_promises(world: World) -> None:
    for name, pool in compile_policy(shipped()).document.pools.items():
        skills = {skill for person in world.people if name in person.pools for skill in person.skills}
        assert skills == set(pool.skills)


def test_capacity_is_what_one_person_can_hold(world: World) -> None:
    assert all(3 <= person.capacity <= 12 for person in world.people)
