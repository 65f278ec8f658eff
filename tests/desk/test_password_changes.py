"""Another password and the sessions of before: they end with it, also when Redis is away for a while."""

from __future__ import annotations

import pytest

from domain.errors import StoreUnavailable
from tests.desk.offices import PASSWORD, SHELL, VISIT, Offices

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("way", ["link", "admin"])
async def test_a_password_does_not_change_while_older_sessions_cannot_be_ended(
    offices: Offices, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    accounts, sessions = offices.accounts, offices.accounts.sessions
    lena = await accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    thief = await sessions.begin(lena.id, VISIT, offices.clock.now())
    _, secret = await accounts.invite_again(lena.id, SHELL)

    async def change() -> None:
        if way == "link":
            await accounts.join(secret, "", "quite another pass phrase")
        else:
            await accounts.set_password(lena.id, "quite another pass phrase", SHELL)

    for step in ("unlock", "end_all"):
        with monkeypatch.context() as patched:
            patched.setattr(sessions, step, away)
            with pytest.raises(StoreUnavailable):
                await change()
        assert await accounts.accounts.by_email(lena.email) == (lena, f"hash of {PASSWORD}")
    await change()
    assert await accounts.accounts.by_email(lena.email) == (lena, "hash of quite another pass phrase")
    assert await sessions.find(thief, offices.clock.now()) is None


async def test_who_comes_in_by_the_old_password_while_it_changes_is_put_out_again(
    offices: Offices, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts, sessions = offices.accounts, offices.accounts.sessions
    lena = await accounts.create(offices.wanted("lena"), PASSWORD, SHELL)
    await sessions.begin(lena.id, VISIT, offices.clock.now())
    end_all, came = sessions.end_all, list[str]()

    async def ended_and_one_came(person_id: str) -> int:
        ended = await end_all(person_id)
        if not came:
            came.append(await sessions.begin(person_id, VISIT, offices.clock.now()))
        return ended

    monkeypatch.setattr(sessions, "end_all", ended_and_one_came)
    assert await accounts.set_password(lena.id, "quite another pass phrase", SHELL) == 2
    assert await sessions.find(came[0], offices.clock.now()) is None


async def away(_: str) -> int:
    """As every call is while Redis does not answer."""
    raise StoreUnavailable("Redis does not answer.")
