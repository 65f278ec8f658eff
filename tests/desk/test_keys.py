"""Keys: told to the ledger without their secret, made once, refused when they do not fit."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from desk.keys import KeyWish
from domain.account import Seat
from domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from runtime.security import KeyRing
from stores.keys import PgKeys
from stores.migrations.versions.v0016_key_makers import AS_THE_LEDGER_KNOWS
from tests.desk.offices import PASSWORD, SHELL, Offices

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_keys_are_told_to_the_ledger_without_their_secret(offices: Offices) -> None:
    key, secret = await offices.keys.create(KeyWish("bridge", ("cases:write",), roles=("legal",)), SHELL)
    assert (await offices.keys.revoke(key.id, SHELL)).id == key.id
    with pytest.raises(NotFound):
        await offices.keys.revoke(key.id, SHELL)
    told = await offices.told(key.id)
    assert [(kind, actor) for kind, actor, _ in told] == [("key.created", "maitred:shell"), ("key.revoked", "maitred:shell")]
    assert told[0][2] == {
        "key": key.id,
        "name": "bridge",
        "scopes": ["cases:write"],
        "roles": ["legal"],
        "region": None,
        "client_id": None,
        "acts_as": "key:bridge",
    }
    assert secret not in str(told)


async def test_a_form_that_is_sent_twice_makes_one_key(offices: Offices) -> None:
    wish = KeyWish("bridge", ("cases:write",))
    key, _ = await offices.keys.create(wish, SHELL)
    with pytest.raises(Conflict, match="made already"):
        await offices.keys.create(replace(wish, id=key.id), SHELL)


@pytest.mark.parametrize(
    "wish",
    [
        KeyWish("", ("cases:read",)),
        KeyWish("a\nb", ("cases:read",)),
        KeyWish("x", ()),
        KeyWish("x", ("everything",)),
        KeyWish("x", ("cases:read",), person="two words"),
        KeyWish("x", ("cases:read",), roles=("two words",)),
        KeyWish("x", ("cases:read",), region="mars"),
        KeyWish("x", ("cases:read",), id="key_1"),
    ],
)
async def test_a_key_that_does_not_fit_is_refused(offices: Offices, wish: KeyWish) -> None:
    with pytest.raises(InvalidInput):
        await offices.keys.create(wish, SHELL)


@pytest.mark.parametrize(
    ("scopes", "said"),
    [((), "Give at least one scope; there are: cases:write"), (("cats:read",), "There is no scope cats:read; there are:")],
)
async def test_what_is_wrong_with_scopes_is_said(offices: Offices, scopes: tuple[str, ...], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        await offices.keys.create(KeyWish("x", scopes), SHELL)


async def test_a_key_knows_who_made_it_in_the_console(offices: Offices) -> None:
    ines = (await offices.admin("ines")).key
    ring = KeyRing(PgKeys(offices.database), b"pepper")
    for by, maker in ((ines, ines.actor), (SHELL, None)):
        key, secret = await offices.keys.create(KeyWish(f"{by.id}-{offices.mark}", ("admin",)), by)
        assert (key.made_by, key.answerable) == (maker, maker or key.actor)
        assert await ring.key_of(secret) == key
        async with offices.database.connection() as connection:
            await connection.execute("update api_keys set made_by = null where id = $1", key.id)
            await connection.execute(AS_THE_LEDGER_KNOWS)  # keys of before the column
        assert (await offices.keys.one(key.id, SHELL)).key.made_by == maker


async def test_a_key_says_when_it_was_last_used(offices: Offices) -> None:
    key, secret = await offices.keys.create(KeyWish("bridge", ("cases:write",)), SHELL)
    assert (await offices.keys.one(key.id, SHELL)).last_used_at is None
    assert await KeyRing(PgKeys(offices.database), b"pepper").key_of(secret) == key
    used = (await offices.keys.one(key.id, SHELL)).last_used_at
    assert used is not None
    assert offices.clock.now() - used < timedelta(minutes=1)


async def test_an_admin_makes_no_key_that_acts_as_somebody_else(offices: Offices) -> None:
    ines, ulla = (await offices.admin("ines")).key, (await offices.admin("ulla", region="us")).key
    lena = await offices.accounts.create(offices.wanted("lena", region="us"), PASSWORD, SHELL)
    olga = await offices.accounts.create(offices.wanted("olga"), PASSWORD, SHELL)
    await offices.accounts.keep_out(olga.id, SHELL)
    waiting, _ = await offices.accounts.invite(offices.wanted("rosa"), SHELL)
    for person in (lena.id, olga.id, waiting.person_id):
        for by in (ines, ulla):
            with pytest.raises(Forbidden, match=f"{person} alone can make one here"):
                await offices.keys.create(KeyWish("x", ("cases:read",), person=person, region=by.region), by)
        key, _ = await offices.keys.create(KeyWish("x", ("cases:read",), person=person), SHELL)
        assert key.actor == f"person:{person}"
    assert {one.key.actor for one in await offices.keys.all(SHELL) if offices.mark in one.key.actor and one.key.region} == set()


async def test_an_admin_makes_keys_of_their_own(offices: Offices) -> None:
    ines, ulla = await offices.admin("ines"), await offices.admin("ulla", region="us")
    await offices.keys.create(KeyWish("by the shell", ("all",), person=ines.id), SHELL)
    await offices.keys.create(KeyWish("by the shell", ("all",), person=ulla.id), SHELL)
    for account in (ines, ulla):
        key, _ = await offices.keys.create(KeyWish("my own", ("cases:read",), person=account.id, region=account.region), account.key)
        assert key.actor == account.key.actor


@pytest.mark.parametrize("less", [None, {"seats": (Seat.AUDITOR,)}, {"region": "us"}])
async def test_who_was_kept_out_while_they_asked_gets_no_key(offices: Offices, less: dict[str, Any] | None) -> None:
    ines, ulla = await offices.admin("ines"), await offices.admin("ulla")
    if less is None:
        await offices.accounts.keep_out(ulla.id, ines.key)
    else:
        await offices.accounts.change(ulla.id, less, ines.key)
    for wish in (KeyWish("late", ("all",), person=ulla.id), KeyWish(f"late-{offices.mark}", ("all",))):
        with pytest.raises(Forbidden):
            await offices.keys.create(wish, ulla.key)
    assert [one for one in await offices.keys.all(SHELL) if offices.mark in one.key.actor] == []


async def test_who_is_known_by_keys_alone_is_made_no_other_by_an_admin_of_another_region(offices: Offices) -> None:
    ines, ulla = (await offices.admin("ines")).key, (await offices.admin("ulla", region="us")).key
    wanted = offices.wanted("kim", region="us")
    key, _ = await offices.keys.create(KeyWish("x", ("reviews:rule",), person=wanted["id"], region="eu"), SHELL)
    await offices.keys.revoke(key.id, SHELL)
    for refused in (
        offices.keys.create(KeyWish("x", ("cases:read",), person=wanted["id"], region="us"), ulla),
        offices.accounts.invite(wanted, ulla),
        offices.accounts.create(wanted, PASSWORD, ulla),
    ):
        with pytest.raises(Forbidden, match="keys that you do not see"):
            await refused
    assert (await offices.keys.create(KeyWish("x", ("cases:read",), person=wanted["id"]), ines))[0].actor == key.actor
    assert (await offices.accounts.invite(wanted, ines))[0].person_id == wanted["id"]
    local = offices.wanted("lou", region="us")
    await offices.keys.create(KeyWish("x", ("cases:read",), person=local["id"], region="us"), ulla)
    assert (await offices.accounts.create(local, PASSWORD, ulla)).id == local["id"]


async def test_no_admin_makes_a_second_machine_of_one_name(offices: Offices) -> None:
    ines, ulla = (await offices.admin("ines")).key, (await offices.admin("ulla", region="us")).key
    wish = KeyWish(f"bridge-{offices.mark}", ("cases:write",))
    first, _ = await offices.keys.create(wish, ines)
    for again, by in ((wish, ines), (replace(wish, name=wish.name.upper(), region="us"), ulla)):
        with pytest.raises(Conflict, match="A live key has the name"):
            await offices.keys.create(again, by)
    with pytest.raises(Conflict, match="made already"):
        await offices.keys.create(replace(wish, id=first.id), ines)
    second, _ = await offices.keys.create(wish, SHELL)
    for key in (first, second):
        await offices.keys.revoke(key.id, ines)
    done = await asyncio.gather(*(offices.keys.create(wish, by) for by in (ines, ines)), return_exceptions=True)
    assert sorted(isinstance(one, Conflict) for one in done) == [False, True]
