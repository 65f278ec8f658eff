"""Where a case belongs, all that happens in it is filed: nobody reads of it elsewhere, and its own client misses nothing."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from domain.facts import Region
from domain.views import Accepted
from tests.desk.house import CTO, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

US_CTO = "cto@highmark-media.example"
QUESTION = "How do I share a dashboard with a colleague?"


@pytest.fixture
def house(shared_house: House) -> House:
    """The module's."""
    return shared_house


async def filed(house: House, accepted: Accepted) -> set[tuple[str, str | None]]:
    """Region and client under which the case's events are found."""
    async with house.stores.database.connection() as connection:
        rows = await connection.fetch("select distinct region, client_id from events where case_id = $1", accepted.case_id)
    return {(row["region"], row["client_id"]) for row in rows}


async def belongs(house: House, accepted: Accepted) -> tuple[str, str | None]:
    case = (await house.case(accepted)).case
    return case["region"], case["client_id"]


async def test_what_another_clients_contact_writes_in_a_conversation_stays_with_the_conversations_client(house: House) -> None:
    conversation = uuid.uuid4().hex
    await house.post(QUESTION, conversation, CTO)
    accepted = await house.post(QUESTION, conversation, US_CTO)
    assert (accepted.turn, accepted.client_id) == (2, "northwind")
    assert await filed(house, accepted) == {await belongs(house, accepted)} == {("eu", "northwind")}


async def test_a_strangers_case_is_filed_in_the_services_own_region(house: House) -> None:
    away = replace(house.intake, home_region=Region.US)
    accepted = await replace(house, intake=away).post(QUESTION, email="stranger@elsewhere.example")
    assert await filed(house, accepted) == {await belongs(house, accepted)} == {("us", None)}


async def test_a_case_moves_to_the_region_of_its_client_once_that_is_known(house: House) -> None:
    conversation = uuid.uuid4().hex
    await house.post(QUESTION, conversation, "stranger@elsewhere.example")
    accepted = await house.post(QUESTION, conversation, US_CTO)
    assert await belongs(house, accepted) == ("us", "highmark-media")
    assert await filed(house, accepted) == {("eu", None), ("us", "highmark-media")}
