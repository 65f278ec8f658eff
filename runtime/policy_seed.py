"""The policy that a service starts with: the first start makes it version 1 and active, later ones serve what the release says."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import structlog

from desk.policy_journal import policy_happening
from domain.errors import PolicyInvalid, SetupFailed
from domain.events import Kind
from domain.facts import Region
from domain.policy_life import PolicyVersion, Release, Stage
from domain.unit_of_work import Store, Tx
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped
from policies.shelf import PolicyShelf
from runtime.policy_archive import PolicyArchive, compiled
from runtime.settings import Settings
from stores.policy_views import PgPolicyViews
from stores.postgres import Database

log = structlog.get_logger("maitred.start")

SEEDER = "maitred:start"


async def policy_shelf(settings: Settings, database: Database) -> PolicyShelf:
    """The version that the release says is active, and every other one when it is asked for.

    Raises SetupFailed when the active version cannot be used by this maitred: another one would decide otherwise than was approved;
    also when the policy of the start cannot be read, since its name says which release decides.
    """
    text = _text_of(settings.policy_file) if settings.policy_file else shipped()
    seed = await asyncio.to_thread(compile_policy, text)
    release = await _release(database, seed, text, settings.region, await database.time())
    views = PgPolicyViews(database)
    version = await views.by_digest(release.active)
    if version is None:
        raise SetupFailed(f"The text of the active version of {release.name} is not in the database. Restore the database from a backup.")
    if release.active != seed.digest:
        log.warning("the release decides, not the policy of the start", policy=release.name, serves=version.version, digest=release.active)
    active = seed.at(Stage.ACTIVE, version.version) if version.digest == seed.digest else await _usable(version)
    return PolicyShelf(active, settings.region, library=PolicyArchive(views))


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise SetupFailed(
            f"MAITRED_POLICY_FILE names {file}, which cannot be read: {reason}. "
            "Every start needs it, for its name says which release decides. Correct the path, or restore the file."
        ) from error


async def _usable(version: PolicyVersion) -> CompiledPolicy:
    try:
        return await compiled(version)
    except PolicyInvalid as error:
        first = error.faults[0] if error.faults else {"reason": error.message}
        place = f" at line {first['line']}, column {first['column']}" if "line" in first else ""
        raise SetupFailed(
            f"Version {version.version} of {version.name} decides live traffic, and this maitred cannot use it{place}: {first['reason']} "
            "Start the version of maitred that it was published with, and roll the policy back there."
        ) from error


async def _release(store: Store, seed: CompiledPolicy, text: str, region: Region, at: datetime) -> Release:
    async with store.transaction() as tx:
        standing = await tx.releases.get(seed.ref.name)
        if standing is not None:
            return standing
        version, _ = await tx.policies.put(seed.ref.name, seed.digest, text, SEEDER, Stage.ACTIVE)  # one starter after the other
        standing = await tx.releases.get(seed.ref.name)
        return standing or await _first(tx, version, region, at)


async def _first(tx: Tx, version: PolicyVersion, region: Region, at: datetime) -> Release:
    """The first release of a name. Versions that were served before there were releases can be gone back to."""
    if version.stage is not Stage.ACTIVE:
        await tx.policies.set_stage(version.digest, Stage.ACTIVE, "It was served before there were releases.", expected=version.stage)
    before = await tx.policies.version(version.name, version.version - 1)
    previous = before.digest if before and before.digest in await tx.releases.activations(version.name) else None
    release = await tx.releases.put(Release(name=version.name, active=version.digest, previous=previous, updated_at=at))
    await tx.releases.activated(version.name, version.digest, previous, at)
    told = {"stage": Stage.ACTIVE, "release": release.revision}
    await tx.journal.write(
        policy_happening(Kind.POLICY_LOADED, version, "seed", actor=SEEDER, at=at, region=region, request_id="", facts=told)
    )
    return release
