"""`maitred accounts` and `maitred keys`: people are invited and changed, and the ledger says who did it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, cast

import asyncpg
import orjson
import pytest

from tests.cli.conftest import Said, maitred


@pytest.fixture
def run(database_url: str, redis_url: str, tmp_path: Path) -> Any:
    """Commands on stores of their own."""

    def command(*arguments: str, given: str | None = None) -> Said:
        stores = {"MAITRED_DATABASE_URL": database_url, "MAITRED_REDIS_URL": redis_url}
        return maitred(*arguments, given=given, MAITRED_HOME=str(tmp_path), COLUMNS="200", **stores)

    return command


async def ledger(database_url: str) -> list[tuple[str, str]]:
    """(kind, actor) of every entry."""
    connection: Any = await cast(Any, asyncpg).connect(database_url)
    rows = await connection.fetch("select kind, actor from ledger_entries order by index")
    await connection.close()
    return [(row["kind"], row["actor"]) for row in rows]


def test_people_are_invited_changed_and_kept_out(run: Any, database_url: str) -> None:
    about = ("--email", "ines@halyard.example", "--seat", "admin")
    assert run("accounts", "create", "ines", "--name", "Ines", *about, "--password-stdin", given="a rather long pass phrase\n").status == 0
    invited = run("accounts", "invite", "lena", "--email", "lena@halyard.example", "--seat", "lead", "--role", "legal")
    assert re.search(r"http://127\.0\.0\.1:8080/join/[\w-]{43}\b", invited.text)
    assert "lena has a link that counts until" in run("accounts", "list").text
    assert run("accounts", "link", "ines").status == 0
    changed = run("accounts", "change", "ines", "--name", "Ines Duarte", "--role", "legal", "--role", "finance")
    assert "roles: legal, finance" in changed.text
    assert "roles:" not in run("accounts", "change", "ines", "--no-roles").text
    for refused, said in (
        (("change", "ines", "--seat", "lead"), "last admin"),
        (("close", "ines"), "last admin"),
        (("change", "ines"), "Say what should change"),
        (("change", "nobody", "--name", "X"), "Nobody has the id nobody"),
        (("invite", "INES", "--email", "x@halyard.example", "--seat", "lead"), "The id INES has an account already"),
    ):
        done = run("accounts", *refused)
        assert (done.status, said in done.text) == (1, True), done.text
    kinds = [kind for kind, actor in asyncio.run(ledger(database_url)) if actor == "maitred:shell"]
    withdrawn = "account.invited"  # the link of somebody who changed since counts no more, which is a line of its own
    assert sorted(kinds) == ["account.changed", "account.changed", "account.created", "account.invited", "account.invited", withdrawn]


def test_keys_are_made_listed_and_revoked_with_a_line_in_the_ledger(run: Any, database_url: str) -> None:
    made = orjson.loads(run("keys", "create", "--name", "bridge", "--scope", "cases:write", "--json").out)
    assert "never used" in run("keys", "list").text
    assert run("keys", "revoke", made["id"]).status == 0
    assert "revoked" in run("keys", "list").text
    assert run("keys", "revoke", made["id"]).status == 1
    assert [kind for kind, _ in asyncio.run(ledger(database_url))] == ["key.created", "key.revoked"]
