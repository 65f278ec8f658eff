"""Brings the database to the schema that this code needs, once, however many processes start together."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from domain.errors import SetupFailed

MIGRATION_LOCK = 0x6D616974726564
FOLDER = Path(__file__).parent / "migrations"


async def migrate(database_url: str) -> str:
    """Run the missing migrations under an advisory lock and return the revision that stands now.

    Raises SetupFailed when the server does not answer, or when a newer maitred has migrated this database already.
    """
    engine = create_async_engine(_with_driver(database_url))
    try:
        async with engine.connect() as connection:
            await connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
            await connection.commit()
            try:
                return await connection.run_sync(_upgrade)
            finally:
                await connection.rollback()
                await connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": MIGRATION_LOCK})
                await connection.commit()
    except (OSError, DBAPIError) as error:
        raise SetupFailed(
            f"Cannot use the database: {str(error).splitlines()[0]} Check MAITRED_DATABASE_URL and that the server runs."
        ) from error
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> str:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    head = ScriptDirectory.from_config(config).get_current_head()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    present = _present(connection)
    if present and present not in known:
        raise SetupFailed(f"The database is at schema {present}, which this maitred does not know: start the newer version that made it.")
    if present != head:
        command.upgrade(config, "head")
        connection.commit()
    return head or ""


def _present(connection: Connection) -> str | None:
    if connection.execute(text("select to_regclass('alembic_version')")).scalar() is None:
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()


def _with_driver(database_url: str) -> str:
    scheme, _, rest = database_url.partition("://")
    if scheme.split("+")[0] not in {"postgres", "postgresql"} or not rest:
        raise SetupFailed(f"MAITRED_DATABASE_URL must begin with postgresql://, not {scheme}://.")
    return f"postgresql+asyncpg://{rest}"
