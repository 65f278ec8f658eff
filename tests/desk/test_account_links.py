"""Links of accounts: nobody's link is voided from another region, and none outlives the standing of whom it is for or who made it."""

from __future__ import annotations

from typing import Any

import pytest

from domain.account import Seat
from domain.errors import Conflict, Forbidden
from tests.desk.offices import PASSWORD, SHELL, Offices

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


@pytest.mark.parametrize(
    "wanted", [{"seats": (Seat.AUDITOR,)}, {"roles": ("legal",)}, {"region": "eu"}, {"email": "elsewhere-{}@halyard.example"}]
)
async def test_a_link_does_not_outlive_another_standing(offices: Offices, wanted: dict[str, Any]) -> None:
    lena = await offices.accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    invitation, secret = await offices.accounts.invite_again(lena.id, SHELL)
    await offices.accounts.change(lena.id, {"name": "Lena Berg"}, SHELL)
    assert (await offices.accounts.invited(secret))[0] == invitation
    wanted = {name: value.format(offices.mark) if name == "email" else value for name, value in wanted.items()}
    await offices.accounts.change(lena.id, wanted, SHELL)
    told = {"person": lena.id, "invitation": invitation.id, "withdrawn": True}
    assert (await offices.told(lena.id))[-1] == ("account.invited", SHELL.actor, told)
    with pytest.raises(Forbidden, match="does not count"):
        await offices.accounts.join(secret, "", "quite another pass phrase")
    assert await offices.accounts.accounts.by_email(wanted.get("email", lena.email)) is not None


async def test_a_link_whose_place_another_takes_is_told_of(offices: Offices) -> None:
    ines = (await offices.admin("ines")).key
    wanted = offices.wanted("lena")
    first, _ = await offices.accounts.invite(wanted, SHELL)
    again, _ = await offices.accounts.invite(wanted, ines)
    other, _ = await offices.accounts.invite({**offices.wanted("olga"), "email": wanted["email"]}, ines)
    told = [(actor, data["invitation"], data.get("withdrawn", False)) for _, actor, data in await offices.told(wanted["id"])]
    assert told == [
        (SHELL.actor, first.id, False),
        (ines.actor, first.id, True),
        (ines.actor, again.id, False),
        (ines.actor, again.id, True),
    ]
    waiting = {one.id for one in await offices.accounts.invitations(SHELL)}
    assert waiting & {first.id, again.id, other.id} == {other.id}


async def test_a_link_does_not_outlive_another_password(offices: Offices) -> None:
    lena = await offices.accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    _, secret = await offices.accounts.invite_again(lena.id, SHELL)
    _, of_another = await offices.accounts.invite(offices.wanted("rosa"), SHELL)
    await offices.accounts.set_password(lena.id, "quite another pass phrase", lena.key)
    with pytest.raises(Forbidden, match="does not count"):
        await offices.accounts.join(secret, "", PASSWORD)
    assert await offices.accounts.accounts.by_email(lena.email) == (lena, "hash of quite another pass phrase")
    assert (await offices.accounts.join(of_another, "Rosa", PASSWORD)).name == "Rosa"


async def test_a_link_does_not_come_back_with_who_was_kept_out(offices: Offices) -> None:
    lena = await offices.accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    _, secret = await offices.accounts.invite_again(lena.id, SHELL)
    await offices.accounts.keep_out(lena.id, SHELL)
    await offices.accounts.let_in(lena.id, SHELL)
    with pytest.raises(Forbidden, match="does not count"):
        await offices.accounts.join(secret, "", PASSWORD)


async def test_an_account_that_changed_by_another_way_refuses_its_link(offices: Offices) -> None:
    lena = await offices.accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    _, secret = await offices.accounts.invite_again(lena.id, SHELL)
    async with offices.database.connection() as connection:
        await connection.execute("update accounts set seats = jsonb_build_array('admin') where id = $1", lena.id)
    with pytest.raises(Forbidden, match="does not count"):
        await offices.accounts.join(secret, "", "quite another pass phrase")
    found = await offices.accounts.accounts.by_email(lena.email)
    assert found is not None
    assert found[1] == f"hash of {PASSWORD}"


@pytest.mark.parametrize("change", [{"seats": (Seat.LEAD,)}, {"region": "us"}, None])
async def test_invitations_end_with_the_rights_of_who_made_them(offices: Offices, change: dict[str, Any] | None) -> None:
    ines, iva = await offices.admin("ines"), await offices.admin("iva")
    _, secret = await offices.accounts.invite(offices.wanted("lena", Seat.ADMIN), iva.key)
    _, of_another = await offices.accounts.invite(offices.wanted("rosa"), ines.key)
    if change is None:
        await offices.accounts.keep_out(iva.id, ines.key)
        await offices.accounts.let_in(iva.id, ines.key)
    else:
        await offices.accounts.change(iva.id, change, ines.key)
    with pytest.raises(Forbidden, match="does not count"):
        await offices.accounts.join(secret, "Lena", PASSWORD)
    assert (await offices.accounts.join(of_another, "Rosa", PASSWORD)).seats == (Seat.LEAD,)


async def test_an_admin_who_goes_to_a_region_keeps_that_regions_invitations(offices: Offices) -> None:
    ines, iva = await offices.admin("ines"), await offices.admin("iva")
    _, local = await offices.accounts.invite(offices.wanted("lena", region="us"), iva.key)
    await offices.accounts.change(iva.id, {"region": "us"}, ines.key)
    assert (await offices.accounts.join(local, "Lena", PASSWORD)).region == "us"


async def test_who_lost_the_seat_while_inviting_lets_nobody_in(offices: Offices) -> None:
    ines, iva = await offices.admin("ines"), await offices.admin("iva")
    await offices.accounts.change(iva.id, {"seats": (Seat.LEAD,)}, ines.key)
    _, late = await offices.accounts.invite(offices.wanted("lena", Seat.ADMIN), iva.key)
    with pytest.raises(Forbidden, match="does not count"):
        await offices.accounts.join(late, "Lena", PASSWORD)
