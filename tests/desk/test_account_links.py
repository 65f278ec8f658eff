"""Links of accounts: nobody's link is voided from another region, and none outlives the standing of whom it is for or who made it."""

from __future__ import annotations

import pytest

from domain.errors import Conflict
from tests.desk.offices import SHELL, Offices

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_admin_of_a_region_voids_no_link_of_another(offices: Offices) -> None:
    await offices.admin("ines")
    ulla = (await offices.admin("ulla", region="us")).key
    wanted = offices.wanted("lena", region="eu")
    invitation, secret = await offices.accounts.invite(wanted, SHELL)
    other = offices.wanted("liam", region="us")
    for rival in ({**wanted, "region": "us", "email": other["email"]}, {**other, "email": wanted["email"]}):
        with pytest.raises(Conflict, match="another region"):
            await offices.accounts.invite(rival, ulla)
    assert (await offices.accounts.invited(secret))[0] == invitation
    offices.clock.advance(days=3, seconds=1)
    again, _ = await offices.accounts.invite({**wanted, "region": "us"}, ulla)
    assert again.region == "us"
