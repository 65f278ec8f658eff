"""What every `Crm` does."""

from __future__ import annotations

import pytest

from domain.case import Sender
from domain.facts import ContactRole, Region
from domain.ports import Crm
from tools.crm import EmbeddedCrm
from tools.http_crm import HttpCrm
from tools.http_source import HttpSource
from tools.world.model import World


@pytest.fixture(params=["embedded", "http"])
def crm(request: pytest.FixtureRequest, world: World) -> Crm:
    if request.param == "embedded":
        return EmbeddedCrm(world.clients)
    source: HttpSource = request.getfixturevalue("source")
    return HttpCrm(source)


async def test_a_contact_is_found_by_the_address_of_the_documentation(crm: Crm) -> None:
    identity = await crm.identify(Sender(email="cto@northwind.example"))
    assert identity is not None
    assert (identity.client_id, identity.client_name, identity.region) == ("northwind", "Northwind Bank", Region.EU)
    assert (identity.resolved_by, identity.confidence, identity.vip) == ("email", 1.0, True)
    assert identity.contact_role is ContactRole.EXECUTIVE


async def test_nobody_is_found_for_a_stranger_and_for_an_empty_sender(crm: Crm) -> None:
    assert await crm.identify(Sender(email="someone@elsewhere.example")) is None
    assert await crm.identify(Sender()) is None


async def test_a_profile_comes_back_whole(crm: Crm, world: World) -> None:
    northwind = world.clients[0]
    assert await crm.profile(northwind.id) == northwind


@pytest.mark.parametrize("unknown", ["nobody", "", ".", "..", "../northwind", "north wind/ä?x=1#y", "%2e"])
async def test_an_unknown_id_has_no_profile(crm: Crm, unknown: str) -> None:
    assert await crm.profile(unknown) is None


async def test_the_list_walks_all_clients_once_in_the_order_of_their_ids(crm: Crm, world: World) -> None:
    seen: list[str] = []
    while page := await crm.clients(after=seen[-1] if seen else "", limit=100):
        seen += [client.id for client in page]
    assert seen == sorted(client.id for client in world.clients)


async def test_the_list_is_filtered_by_text_tier_and_region_together(crm: Crm) -> None:
    found = await crm.clients(text="NORTHWIND", tier="strategic", region="eu")
    assert [client.id for client in found] == ["northwind"]
    assert await crm.clients(text="northwind", region="us") == []
    assert len(await crm.clients(tier="strategic", limit=200)) == 12
