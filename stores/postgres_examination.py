"""Looks at a Postgres before anything is changed in it, and says in one sentence what stands in the way and what to do."""

from __future__ import annotations

import re
import socket
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from domain.errors import SetupFailed

driver: Any = asyncpg  # its annotations are partial: typed as Any at this border only
VERSIONS = Path(__file__).parent / "migrations" / "versions"
OLDEST = 14
PATIENCE_S = 5.0
NAME = "MAITRED_DATABASE_URL"
REFUSALS: list[tuple[tuple[type[BaseException], ...], str]] = [
    ((socket.gaierror,), "There is no host of that name. Correct the host in {name}, or look whether name resolution works."),
    ((ConnectionRefusedError, FileNotFoundError), "Nobody listens there. Start Postgres, or correct host and port in {name}."),
    (
        (TimeoutError,),
        f"No answer came within {PATIENCE_S:.0f} s. Look whether a firewall stands between, or correct the host in {{name}}.",
    ),
    ((ssl.SSLError,), "TLS failed: {reason}. Correct the certificates, or `sslmode` and `sslrootcert` in {name}."),
    (
        (asyncpg.InvalidAuthorizationSpecificationError,),
        "It refuses the user or the password. Correct them in {name}, or let the user log in.",
    ),
    ((asyncpg.InvalidCatalogNameError,), "It has no such database. Make it with `createdb`, or correct the name at the end of {name}."),
    ((asyncpg.InsufficientPrivilegeError,), "The user may not do that: {reason}. Make it the owner of the database."),
    (
        (asyncpg.InsufficientResourcesError,),
        "It has nothing left to serve us with: {reason}. Free disk or connections there, then start again.",
    ),
    ((asyncpg.CannotConnectNowError,), "It is starting or stopping. Start maitred again when it is up."),
    ((asyncpg.PostgresError,), "It answered: {reason}. Mend that, or name another server in {name}."),
    ((OSError, asyncpg.InternalClientError), "The connection failed: {reason}. Check that a Postgres runs there, and `sslmode` in {name}."),
]


async def examine(database_url: str) -> str | None:
    """The revision that the database is at; None when it is empty. Raises SetupFailed with a sentence."""
    try:
        connection = await driver.connect(database_url, timeout=PATIENCE_S, command_timeout=PATIENCE_S)
    except (ValueError, asyncpg.InterfaceError) as error:
        raise SetupFailed(f"{NAME} cannot be read; it looks like postgresql://user:password@host:5432/database?sslmode=require.") from error
    except Exception as error:
        raise refusal(database_url, error) from error
    try:
        return await _examined(connection)
    except (OSError, asyncpg.PostgresError) as error:
        raise refusal(database_url, error) from error
    finally:
        await connection.close(timeout=PATIENCE_S)


def refusal(database_url: str, error: BaseException) -> SetupFailed:
    """The sentence for an error of the driver; it never holds the URL, which has the password."""
    told = next((sentence for kinds, sentence in REFUSALS if isinstance(error, kinds)), "{reason}. Check {name}.")
    reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
    return SetupFailed(f"Cannot use the Postgres at {place_of(database_url)}. {told.format(name=NAME, reason=reason)}")


def place_of(url: str) -> str:
    """Host and port of a URL, without what is secret in it."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or parts.query or parts.path


async def _examined(connection: Any) -> str | None:
    version = connection.get_server_version()
    if version.major < OLDEST:
        raise SetupFailed(f"This Postgres is version {version.major}; maitred needs {OLDEST} or newer. Upgrade it, or correct {NAME}.")
    if await connection.fetchval("select pg_is_in_recovery() or current_setting('transaction_read_only')::bool"):
        raise SetupFailed(f"This Postgres is read-only: a standby, or set so. Name the primary in {NAME}, or end the read-only mode.")
    present = None
    if await connection.fetchval("select to_regclass('alembic_version') is not null"):
        present = await connection.fetchval("select version_num from alembic_version")
    if present is not None and present not in revisions():
        raise SetupFailed(f"The database is at schema {present}, which this maitred does not know: start the newer version that made it.")
    wanted = tables(present)
    there = {row[0] for row in await connection.fetch("select tablename from pg_tables where schemaname = any(current_schemas(false))")}
    if missing := sorted(wanted - there):
        raise SetupFailed(
            f"The database says that it is at schema {present}, but lacks the table {missing[0]}: a restore or a migration "
            "was left half done. Restore a whole backup, or name an empty database."
        )
    if present is None and (strange := sorted(tables(revisions()[0]) & there)):
        raise SetupFailed(
            f"The database has a table {strange[0]}, but no record of its schema: it is not maitred's, or was restored in part. "
            "Restore a whole backup, or name an empty database."
        )
    return present


def revisions() -> list[str]:
    """Every revision that this code knows, oldest first: the number in the name of its file."""
    return sorted(path.name[1:5] for path in VERSIONS.glob("v[0-9]*.py"))


def tables(revision: str | None) -> set[str]:
    """The tables that a database at this revision has."""
    made: set[str] = set()
    for path in sorted(VERSIONS.glob("v[0-9]*.py")):
        if revision is not None and path.name[1:5] <= revision:
            text = path.read_text(encoding="utf-8")
            made |= set(re.findall(r"create table (\w+)", text))
            made -= set(re.findall(r"drop table (\w+)", text))
    return made
