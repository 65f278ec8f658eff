"""Runs the missing migrations, each in a transaction of its own, under an advisory lock of the whole database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from domain.errors import SetupFailed
from stores.postgres_examination import refusal

driver: Any = asyncpg  # its annotations are partial: typed as Any at this border only
MIGRATION_LOCK = 0x6D616974726564
FOLDER = Path(__file__).parent / "migrations"


async def upgrade(database_url: str) -> None:
    """Bring the database to the newest schema. Raises SetupFailed; then it is as the last whole migration left it, and the lock is free."""
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: driver.connect(database_url))
    try:
        async with engine.connect() as connection:
            await connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
            await connection.commit()
            try:
                await connection.run_sync(_upgrade)
            finally:
                await connection.rollback()
                await connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": MIGRATION_LOCK})
                await connection.commit()
    except DBAPIError as error:
        raise _failed(database_url, error.driver_exception or error) from error
    except OSError as error:
        raise _failed(database_url, error) from error
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()


def _failed(database_url: str, error: BaseException) -> SetupFailed:
    return SetupFailed(f"A migration did not go through and was rolled back. {refusal(database_url, error.__cause__ or error).message}")
