"""Keys: told to the ledger without their secret, made once, refused when they do not fit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from desk.keys import KeyWish
from domain.errors import Conflict, InvalidInput, NotFound
from runtime.security import KeyRing
from stores.keys import PgKeys
from tests.desk.offices import SHELL, Offices

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


async def test_a_key_says_when_it_was_last_used(offices: Offices) -> None:
    key, secret = await offices.keys.create(KeyWish("bridge", ("cases:write",)), SHELL)
    assert (await offices.keys.one(key.id, SHELL)).last_used_at is None
    assert await KeyRing(PgKeys(offices.database), b"pepper").key_of(secret) == key
    used = (await offices.keys.one(key.id, SHELL)).last_used_at
    assert used is not None
    assert offices.clock.now() - used < timedelta(minutes=1)
