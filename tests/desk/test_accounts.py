"""Accounts: invitations that count once, changes under one lock, nobody locked out, and a line in the ledger for each."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from desk.accounts import mark_of
from desk.keys import KeyWish
from domain.account import Account, Seat
from domain.errors import Conflict, Forbidden, InvalidInput, MaitredError, NotFound, StaleObject
from tests.desk.offices import PASSWORD, SHELL, VISIT, Offices

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_who_is_invited_makes_the_account_that_was_meant_for_them(offices: Offices) -> None:
    admin = await offices.admin("ines")
    invitation, secret = await offices.accounts.invite(offices.wanted("lena", Seat.LEAD, roles=("legal",), region="us"), admin.key)
    seen, nobody = await offices.accounts.invited(secret)
    assert (seen, nobody) == (invitation, None)
    with pytest.raises(InvalidInput):
        await offices.accounts.join(secret, "Lena", "too short")
    account = await offices.accounts.join(secret, "Lena Seifert", PASSWORD)
    assert (account.id, account.name, account.seats) == (invitation.person_id, "Lena Seifert", (Seat.LEAD,))
    assert (account.roles, account.region) == (("legal",), "us")
    standing = {"person": account.id, "seats": ["lead"], "roles": ["legal"], "region": "us"}
    until = invitation.expires_at.isoformat()
    assert await offices.told(account.id) == [
        ("account.invited", admin.key.actor, {**standing, "invitation": invitation.id, "expires_at": until}),
        ("account.created", account.key.actor, {**standing, "invited_by": admin.key.actor}),
    ]


async def test_a_link_counts_once_and_not_for_ever(offices: Offices) -> None:
    _, used = await offices.accounts.invite(offices.wanted("lena"), SHELL)
    _, old = await offices.accounts.invite(offices.wanted("olga"), SHELL)
    withdrawn, void = await offices.accounts.invite(offices.wanted("vera"), SHELL)
    _, replaced = await offices.accounts.invite(offices.wanted("rosa"), SHELL)
    _, newer = await offices.accounts.invite(offices.wanted("rosa", Seat.AUDITOR), SHELL)
    await offices.accounts.join(used, "Lena", PASSWORD)
    await offices.accounts.withdraw(withdrawn.id, SHELL)
    with pytest.raises(NotFound):
        await offices.accounts.withdraw(withdrawn.id, SHELL)
    assert (await offices.accounts.join(newer, "Rosa", PASSWORD)).seats == (Seat.AUDITOR,)
    offices.clock.advance(days=3, seconds=1)
    for secret in (used, old, void, replaced, "never-made", "\ud800"):
        with pytest.raises(Forbidden, match="does not count"):
            await offices.accounts.join(secret, "Somebody", PASSWORD)
        with pytest.raises(Forbidden, match="does not count"):
            await offices.accounts.invited(secret)


async def test_of_many_who_follow_one_link_at_once_one_gets_in(offices: Offices) -> None:
    invitation, secret = await offices.accounts.invite(offices.wanted("lena"), SHELL)
    came = await asyncio.gather(*(offices.accounts.join(secret, f"Lena {n}", PASSWORD) for n in range(5)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in came) == ["Account", "Forbidden", "Forbidden", "Forbidden", "Forbidden"]
    assert [kind for kind, *_ in await offices.told(invitation.person_id)] == ["account.invited", "account.created"]


async def test_by_a_link_somebody_chooses_another_password_and_older_sessions_end(offices: Offices) -> None:
    lena = await offices.accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    session = await offices.accounts.sessions.begin(lena.id, VISIT, offices.clock.now())
    _, secret = await offices.accounts.invite_again(lena.id, SHELL)
    assert (await offices.accounts.invited(secret))[1] == lena
    again = await offices.accounts.join(secret, "Not read", "quite another pass phrase")
    assert again == lena
    assert await offices.accounts.accounts.by_email(lena.email) == (lena, "hash of quite another pass phrase")
    assert await offices.accounts.sessions.find(session, offices.clock.now()) is None
    _, secret = await offices.accounts.invite_again(lena.id, SHELL)
    await offices.accounts.keep_out(lena.id, SHELL)
    with pytest.raises(Forbidden):
        await offices.accounts.join(secret, "", PASSWORD)


@pytest.mark.parametrize("way", ["link", "admin"])
async def test_another_password_lets_somebody_in_who_had_to_wait(offices: Offices, way: str) -> None:
    accounts, sessions, now = offices.accounts, offices.accounts.sessions, offices.clock.now()
    lena = await accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    here = f"{lena.email} {VISIT.address}"
    assert [await sessions.attempt(who) for who in (here, here, lena.email)] == [1, 2, 1]
    assert await sessions.lock(lena.email, VISIT.address, now) is not None
    assert list(await sessions.locks(lena.email, now)) == [VISIT.address]
    if way == "link":
        await accounts.join((await accounts.invite_again(lena.id, SHELL))[1], "", "quite another pass phrase")
    else:
        await accounts.set_password(lena.id, "quite another pass phrase", SHELL)
    assert await sessions.locks(lena.email, now) == {}
    assert [await sessions.attempt(who) for who in (here, lena.email)] == [1, 1]


async def test_two_admins_who_take_each_other_out_at_once_leave_one(offices: Offices) -> None:
    first, second = await offices.admin("ines"), await offices.admin("iva")
    done = await asyncio.gather(
        offices.accounts.change(first.id, {"seats": (Seat.LEAD,)}, second.key),
        offices.accounts.keep_out(second.id, first.key),
        return_exceptions=True,
    )
    assert sorted(isinstance(one, Conflict) for one in done) == [False, True]
    left = [one for one in await offices.accounts.all(SHELL) if one.active and Seat.ADMIN in one.seats]
    assert len(left) == 1


@pytest.mark.parametrize("wanted", [{"seats": (Seat.LEAD,)}, {"region": "eu"}])
async def test_the_last_admin_keeps_the_seat(offices: Offices, wanted: dict[str, Any]) -> None:
    ines = await offices.admin("ines")
    await offices.admin("ulla", region="us")
    with pytest.raises(Conflict, match="last admin"):
        await offices.accounts.change(ines.id, wanted, ines.key)
    with pytest.raises(Conflict, match="last admin"):
        await offices.accounts.keep_out(ines.id, SHELL)
    with pytest.raises(Conflict, match="themselves"):
        await offices.accounts.keep_out(ines.id, ines.key)
    assert await offices.accounts.one(ines.id, SHELL) == ines


async def test_a_change_says_what_changed_and_nothing_personal(offices: Offices) -> None:
    lena = await offices.accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    wanted = {"name": "Lena Berg", "seats": (Seat.LEAD, Seat.AUDITOR), "region": "eu", "active": False, "id": "other"}
    changed = await offices.accounts.change(lena.id, wanted, SHELL, mark_of(lena))
    assert changed == replace_of(lena, name="Lena Berg", seats=(Seat.LEAD, Seat.AUDITOR), region="eu")
    await offices.accounts.change(lena.id, {"region": "eu"}, SHELL)
    told = {"person": lena.id, "seats": {"from": ["lead"], "to": ["lead", "auditor"]}, "region": {"from": None, "to": "eu"}, "name": True}
    assert (await offices.told(lena.id))[1:] == [("account.changed", "maitred:shell", told)]
    with pytest.raises(StaleObject):
        await offices.accounts.change(lena.id, {"region": None}, SHELL, mark_of(lena))


async def test_somebody_who_is_kept_out_has_no_session_left(offices: Offices) -> None:
    lena = await offices.accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    for _ in range(2):
        await offices.accounts.sessions.begin(lena.id, VISIT, offices.clock.now())
    await offices.admin("ines")
    assert (await offices.accounts.keep_out(lena.id, SHELL))[1] == 2
    await offices.accounts.keep_out(lena.id, SHELL)
    await offices.accounts.let_in(lena.id, SHELL)
    kinds = [kind for kind, *_ in await offices.told(lena.id)]
    assert kinds == ["account.created", "account.kept_out", "account.let_in"]


async def test_the_keys_of_somebody_who_is_kept_out_end_too(offices: Offices) -> None:
    lena, ines = await offices.accounts.create(offices.wanted("lena"), PASSWORD, SHELL), await offices.admin("ines")
    keys = [(await offices.keys.create(KeyWish(name, ("cases:read",), person=lena.id), SHELL))[0] for name in ("laptop", "script")]
    machine, _ = await offices.keys.create(KeyWish(lena.id, ("cases:read",)), SHELL)
    with pytest.raises(Conflict, match="last admin"):
        await offices.accounts.keep_out(ines.id, SHELL)
    await offices.accounts.keep_out(lena.id, ines.key)
    for key in keys:
        assert (await offices.keys.one(key.id, SHELL)).revoked_at is not None
        told = {"key": key.id, "name": key.name, "acts_as": lena.key.actor}
        assert (await offices.told(key.id))[1:] == [("key.revoked", ines.key.actor, told)]
    assert (await offices.keys.one(machine.id, SHELL)).revoked_at is None
    await offices.accounts.keep_out(lena.id, ines.key)
    assert len(await offices.told(keys[0].id)) == 2


@pytest.mark.parametrize("less", [{"seats": (Seat.AUDITOR,)}, {"region": "eu"}])
async def test_keys_that_go_beyond_what_somebody_may_now_end(offices: Offices, less: dict[str, Any]) -> None:
    ada, ines = await offices.admin("ada"), await offices.admin("ines")
    ended, _ = await offices.keys.create(KeyWish("own", ("all",), person=ada.id), ada.key)
    roles, _ = await offices.keys.create(KeyWish("board", ("cases:read",), person=ada.id, roles=("review_board",)), ada.key)
    fits, _ = await offices.keys.create(KeyWish("script", ("cases:read",), person=ada.id, region="eu"), ada.key)
    machine, _ = await offices.keys.create(KeyWish(f"own-{offices.mark}", ("all",)), ada.key)
    await offices.accounts.change(ada.id, {**less, "name": "Ada Lindt"}, ines.key)
    assert (await offices.told(ended.id))[1:] == [
        ("key.revoked", ines.key.actor, {"key": ended.id, "name": "own", "acts_as": ada.key.actor}),
    ]
    live = [(await offices.keys.one(key.id, SHELL)).revoked_at is None for key in (ended, roles, fits, machine)]
    assert live == [False, False, True, True]


async def test_what_a_shell_gave_beyond_the_seats_stays(offices: Offices) -> None:
    lena = await offices.accounts.create(offices.wanted("lena", Seat.LEAD, Seat.AUDITOR), PASSWORD, SHELL)
    beyond, _ = await offices.keys.create(KeyWish("by the shell", ("policies:approve",), person=lena.id, roles=("legal",)), SHELL)
    within, _ = await offices.keys.create(KeyWish("reads", ("ledger:read",), person=lena.id), SHELL)
    await offices.accounts.change(lena.id, {"seats": (Seat.LEAD,)}, SHELL)
    assert [(await offices.keys.one(key.id, SHELL)).revoked_at is None for key in (beyond, within)] == [True, False]


async def test_ending_the_sessions_of_somebody_stands_in_the_ledger(offices: Offices) -> None:
    lena = await offices.accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    ines, ulla = await offices.admin("ines"), await offices.admin("ulla", region="us")
    session = await offices.accounts.sessions.begin(lena.id, VISIT, offices.clock.now())
    with pytest.raises(NotFound):
        await offices.accounts.end_sessions(lena.id, ulla.key)
    assert await offices.accounts.sessions.find(session, offices.clock.now()) is not None
    assert await offices.accounts.end_sessions(lena.id, ines.key) == 1
    assert await offices.accounts.sessions.find(session, offices.clock.now()) is None
    assert (await offices.told(lena.id))[1:] == [("account.changed", ines.key.actor, {"person": lena.id, "sessions_ended": 1})]


async def test_an_admin_of_a_region_has_to_do_with_that_region_alone(offices: Offices) -> None:
    await offices.admin("ines")
    ulla = (await offices.admin("ulla", region="us")).key
    local = await offices.accounts.create(offices.wanted("liam", region="us"), PASSWORD, ulla)
    other = await offices.accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    invited, _ = await offices.accounts.invite(offices.wanted("rosa"), SHELL)
    assert {one.region for one in await offices.accounts.all(ulla)} == {"us"}
    for denied in (
        offices.accounts.one(other.id, ulla),
        offices.accounts.change(other.id, {"name": "X"}, ulla),
        offices.accounts.invite_again(other.id, ulla),
        offices.accounts.withdraw(invited.id, ulla),
    ):
        with pytest.raises(NotFound):
            await denied
    for forbidden in (
        offices.accounts.change(local.id, {"region": None}, ulla),
        offices.accounts.invite(offices.wanted("zoe"), ulla),
        offices.keys.create(KeyWish("x", ("admin",)), ulla),
    ):
        with pytest.raises(Forbidden, match="region us"):
            await forbidden
    assert [one.id for one in await offices.accounts.invitations(SHELL) if one.id == invited.id] == [invited.id]


async def test_ids_that_differ_by_case_only_are_one_person(offices: Offices) -> None:
    lena = await offices.accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    shouted = lena.id.upper()
    for refused in (
        offices.accounts.create({**offices.wanted("other"), "id": shouted}, PASSWORD, SHELL),
        offices.accounts.invite({**offices.wanted("other"), "id": shouted}, SHELL),
        offices.keys.create(KeyWish("a key", ("cases:read",), person=shouted), SHELL),
    ):
        with pytest.raises(Conflict):
            await refused
    key, _ = await offices.keys.create(KeyWish("a key", ("cases:read",), person=f"kim-{offices.mark}"), SHELL)
    assert key.actor == f"person:kim-{offices.mark}"
    with pytest.raises(Conflict, match="differs from it by case only"):
        await offices.accounts.create(offices.wanted("KIM"), PASSWORD, SHELL)
    assert (await offices.accounts.create(offices.wanted("kim"), PASSWORD, SHELL)).id == f"kim-{offices.mark}"


async def test_one_e_mail_is_one_account(offices: Offices) -> None:
    lena = await offices.accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    invited, _ = await offices.accounts.invite(offices.wanted("rosa"), SHELL)
    vera = await offices.accounts.create(offices.wanted("vera"), PASSWORD, SHELL)
    for taken in (lena.email.upper(), invited.email):
        with pytest.raises(Conflict):
            await offices.accounts.change(vera.id, {"email": taken}, SHELL)
        with pytest.raises(Conflict):
            await offices.accounts.create({**offices.wanted("nina"), "email": taken}, PASSWORD, SHELL)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"id": "a b"}, "/id"),
        ({"id": ""}, "/id"),
        ({"email": "nobody"}, "/email"),
        ({"name": " "}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"seats": ()}, "/seats"),
        ({"seats": ("king",)}, "/seats"),
        ({"roles": ("two words",)}, "/roles"),
        ({"roles": tuple(f"r{n}" for n in range(21))}, "/roles"),
        ({"region": "mars"}, "/region"),
    ],
)
async def test_what_does_not_fit_is_told_by_field_and_changes_nothing(offices: Offices, wrong: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await offices.accounts.create({**offices.wanted("lena"), **wrong}, PASSWORD, SHELL)
    assert [one[0] for one in refused.value.errors] == [pointer]
    assert offices.wanted("lena")["id"] not in {one.id for one in await offices.accounts.all(SHELL)}


async def test_a_store_that_is_away_changes_nothing_and_says_so(offices: Offices) -> None:
    lena = await offices.accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    async with offices.database.connection() as connection, connection.transaction():
        await connection.execute("lock table accounts in access exclusive mode")
        with pytest.raises(MaitredError, match="Postgres"):
            await offices.accounts.change(lena.id, {"name": "X"}, SHELL)
    assert await offices.accounts.one(lena.id, SHELL) == lena


def replace_of(account: Account, **changes: Any) -> Account:
    """The account with other values."""
    return account.model_copy(update=changes)
