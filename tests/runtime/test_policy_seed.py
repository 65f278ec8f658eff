"""What a start makes of the policy that it is given, on a fresh database, on one that was served before, and on one that moved on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from domain.errors import SetupFailed
from domain.policy_life import Release, Stage
from policies.engine import compile_policy
from policies.rules import shipped
from runtime.policy_seed import SEEDER, policy_shelf
from runtime.servers import patient_database
from runtime.settings import Settings, load_settings
from stores.postgres import Database
from stores.schema import migrate
from stores.upgrade import FOLDER

driver: Any = asyncpg  # its annotations are partial
NAME = "vip-support"
KEEP = "insert into policy_versions (digest, name, version, body, created_by) values ($1, 'vip-support', $2, $3, 'maitred:start')"
BEFORE_RELEASES = "0002"


def text_of(note: str) -> str:
    """The shipped policy with another description: another version that decides alike."""
    return shipped().replace("description: ", f"description: {note} ", 1)


@pytest_asyncio.fixture
async def empty(database_url: str) -> AsyncIterator[Database]:
    async with patient_database(database_url, 8) as opened:
        yield opened


@pytest_asyncio.fixture
async def database(empty: Database, database_url: str) -> Database:
    await migrate(database_url)
    return empty


def settings_with(folder: Path, text: str | None = None) -> Settings:
    """Settings with a policy file of their own; the shipped policy without one."""
    if text is None:
        return load_settings(home=folder)
    file = folder / "policy.yaml"
    file.write_text(text, encoding="utf-8")
    return load_settings(home=folder, policy_file=file)


async def rows(database: Database, query: str, *values: Any) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(query, *values)]


async def release_in(database: Database) -> Release:
    async with database.transaction() as tx:
        release = await tx.releases.get(NAME)
    assert release is not None
    return release


async def test_the_first_start_makes_version_1_active_with_a_release_and_an_entry_however_many_start(
    database: Database, tmp_path: Path
) -> None:
    shelves = await asyncio.gather(*(policy_shelf(settings_with(tmp_path), database) for _ in range(6)))
    assert {(shelf.active().ref.version, shelf.active().ref.stage) for shelf in shelves} == {(1, "active")}
    release = await release_in(database)
    assert (release.active, release.previous, release.revision) == (compile_policy(shipped()).digest, None, 1)
    assert await rows(database, "select name, version, stage, author from policy_stages") == [(NAME, 1, "active", SEEDER)]
    entries = await rows(database, "select kind, actor, convert_from(body, 'UTF8') from ledger_entries")
    assert [(kind, actor) for kind, actor, _ in entries] == [("policy.loaded", SEEDER)]
    assert orjson.loads(entries[0][2])["data"]["policy"]["version"] == 1


async def test_a_later_start_serves_what_the_release_says_and_keeps_nothing_of_another_seed(database: Database, tmp_path: Path) -> None:
    await policy_shelf(settings_with(tmp_path), database)
    shelf = await policy_shelf(settings_with(tmp_path, text_of("Other.")), database)
    assert shelf.active().digest == compile_policy(shipped()).digest
    assert len(await rows(database, "select digest from policy_versions")) == 1


async def served_before(database_url: str, *texts: str) -> list[str]:
    """A database of the schema before releases, in which these texts were served, is brought to this one."""
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: driver.connect(database_url))

    def to_the_schema_before(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(FOLDER))
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE_RELEASES)

    async with engine.begin() as connection:
        await connection.run_sync(to_the_schema_before)
    await engine.dispose()
    digests = [compile_policy(text).digest for text in texts]
    connection = await driver.connect(database_url)
    for number, (digest, text) in enumerate(zip(digests, texts, strict=True), 1):
        await connection.execute(KEEP, digest, number, text)
    await connection.close()
    await migrate(database_url)
    return digests


@pytest.mark.parametrize(("seed", "version", "previous"), [("One.", 1, None), ("Two.", 2, 1), ("Three.", 3, 2)])
async def test_a_database_of_before_releases_serves_its_seed_and_can_go_back_from_it(
    database_url: str, empty: Database, tmp_path: Path, seed: str, version: int, previous: int | None
) -> None:
    digests = await served_before(database_url, text_of("One."), text_of("Two."))
    shelf = await policy_shelf(settings_with(tmp_path, text_of(seed)), empty)
    assert (shelf.active().ref.version, shelf.active().ref.stage) == (version, "active")
    stages = dict(await rows(empty, "select version, stage from policy_stages"))
    assert stages.pop(version) == Stage.ACTIVE
    assert set(stages.values()) == {Stage.RETIRED}
    assert (await release_in(empty)).previous == (digests[previous - 1] if previous else None)


async def test_an_older_version_is_fetched_when_a_run_or_a_caller_asks_for_it(database_url: str, empty: Database, tmp_path: Path) -> None:
    older, _ = await served_before(database_url, text_of("One."), text_of("Two."))
    shelf = await policy_shelf(settings_with(tmp_path, text_of("Two.")), empty)
    assert (await shelf.have(older)).ref.version == 1
    assert (await shelf.find("vip-support@1")).ref.stage == "retired"


async def test_an_active_version_that_cannot_be_used_here_stops_the_start_and_is_named(database: Database, tmp_path: Path) -> None:
    await policy_shelf(settings_with(tmp_path), database)
    broken = shipped().replace("tiers:", "colours: [red]\ntiers:", 1)
    async with database.connection() as connection:
        await connection.execute(KEEP, "sha256:x", 2, broken)
        await connection.execute("insert into policy_stages values ('sha256:x', $1, 2, 'active', 'person:a')", NAME)
        await connection.execute("update policy_releases set active = 'sha256:x'")
    with pytest.raises(SetupFailed, match=r"Version 2 of vip-support decides live traffic, and .* cannot use it at line \d+") as refused:
        await policy_shelf(settings_with(tmp_path), database)
    assert "Start the version of maitred that it was published with" in refused.value.message


async def test_a_policy_of_the_start_that_cannot_be_read_stops_every_start_since_its_name_decides(
    database: Database, tmp_path: Path
) -> None:
    settings = settings_with(tmp_path, shipped())
    assert settings.policy_file is not None
    await policy_shelf(settings, database)
    for content, reason in ((b"\xff", "it is not text in UTF-8"), (None, "No such file or directory")):
        settings.policy_file.unlink() if content is None else settings.policy_file.write_bytes(content)
        with pytest.raises(SetupFailed, match=f"MAITRED_POLICY_FILE names .*, which cannot be read: {reason}"):
            await policy_shelf(settings, database)
