"""The Postgres pool: transactions that hold every repository, and one kind of error when the server is away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from domain.errors import AlreadyDecided, AlreadyWritten, StoreUnavailable
from stores.accounts import PgAccountRoll
from stores.assignments import PgAssignments
from stores.cases import PgCases
from stores.decisions import PgDecisions
from stores.eval_candidates import PgCandidates
from stores.eval_windows import PgWindows
from stores.gathering import GatheringConnection
from stores.journal import PgJournal
from stores.keys import PgKeyRoll
from stores.policies import PgPolicies
from stores.postgres_faults import AWAY, BUSY, CutOff, is_away
from stores.recalls import PgRecalls
from stores.releases import PgReleases
from stores.reviews import PgReviews
from stores.timers import PgTimers
from stores.turns import PgTurns

driver: Any = asyncpg  # its annotations are partial: typed as Any at this border only
PATIENCE_S = 0.75
"""For a connection, and for a statement that somebody waits for."""
IDLE_IN_TRANSACTION_S = 5
"""A transaction whose worker fell silent is ended by the server after this time, so that its locks hold nobody up."""


class PgTx:
    """One open transaction with every repository on its connection."""

    def __init__(self, connection: GatheringConnection) -> None:
        self.cases = PgCases(connection)
        self.turns = PgTurns(connection)
        self.decisions = PgDecisions(connection)
        self.reviews = PgReviews(connection)
        self.journal = PgJournal(connection)
        self.timers = PgTimers(connection)
        self.assignments = PgAssignments(connection)
        self.releases = PgReleases(connection)
        self.policies = PgPolicies(connection)
        self.recalls = PgRecalls(connection)
        self.candidates = PgCandidates(connection)
        self.windows = PgWindows(connection)
        self.accounts = PgAccountRoll(connection)
        self.keys = PgKeyRoll(connection)


class Database:
    """A pool of connections to one Postgres."""

    def __init__(self, url: str, *, connections: int = 10, patience_s: float = PATIENCE_S) -> None:
        """`patience_s` bounds the wait for a connection and for each statement, so that callers hear of a dead server in time."""
        self._url = url
        self._connections = connections
        self._patience_s = patience_s
        self._pool: Any = None
        self._watched = asyncio.Event()

    async def open(self) -> None:
        """Connect. Raises StoreUnavailable when the server does not answer."""
        try:
            self._pool = await driver.create_pool(
                self._url,
                min_size=0,
                max_size=self._connections,
                init=_prepare,
                reset=_keep,
                command_timeout=self._patience_s,
                timeout=self._patience_s,
                max_inactive_connection_lifetime=300,
                server_settings={"application_name": "maitred", "timezone": "UTC"},
            )
            await self.ping()
        except (*AWAY, asyncpg.PostgresError) as error:
            raise StoreUnavailable(f"Postgres does not take us: {error}") from error

    async def close(self) -> None:
        """Let running statements end, then disconnect."""
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), 5)
            except TimeoutError:
                self._pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Any, None]:
        """A connection for statements that each stand alone."""
        if self._pool is None:
            raise StoreUnavailable("The database is not open.")
        try:
            async with self._pool.acquire(timeout=self._patience_s) as connection:
                with CutOff(connection):
                    yield connection
        except BUSY as error:
            raise StoreUnavailable(f"Postgres cannot serve now ({type(error).__name__}).") from error
        except Exception as error:
            if is_away(error):
                raise StoreUnavailable(f"Postgres does not answer ({type(error).__name__}).") from error
            raise

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[PgTx, None]:
        """All or nothing. Raises AlreadyDecided when a turn would get a second decision, AlreadyWritten for a second entry."""
        try:
            async with self.connection() as connection, AsyncExitStack() as open_transaction:
                gathering = GatheringConnection(connection, open_transaction)
                with CutOff(connection):
                    tx = PgTx(gathering)
                    yield tx
                    await gathering.finish()
            if tx.journal.is_watched:
                self._watched.set()
        except asyncpg.UniqueViolationError as error:
            table: Any = getattr(error, "table_name", None)  # set from the server's answer, unknown to type checkers
            if table == "decisions":
                raise AlreadyDecided("This turn has a decision already.") from error
            if table == "ledger_entries":
                raise AlreadyWritten("The ledger has this entry already.") from error
            raise

    async def watched_for(self, timeout_s: float) -> None:
        """Return as soon as this process stored an event that people watch for, or after the timeout."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._watched.wait(), timeout_s)
        self._watched.clear()

    async def ping(self) -> None:
        """Raise StoreUnavailable unless Postgres answers."""
        async with self.connection() as connection:
            await connection.execute("select 1")

    async def time(self) -> datetime:
        """The server's time."""
        async with self.connection() as connection:
            return await connection.fetchval("select clock_timestamp()")

    async def listener(self) -> Any:
        """A connection of its own for LISTEN; the caller closes it."""
        try:
            return await driver.connect(self._url, timeout=self._patience_s)
        except (*AWAY, *BUSY) as error:
            raise StoreUnavailable(f"Postgres does not answer ({type(error).__name__}).") from error


async def _prepare(connection: Any) -> None:
    await connection.execute(f"set idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION_S}s'")
    await connection.set_type_codec("jsonb", schema="pg_catalog", format="binary", encoder=_jsonb, decoder=_from_jsonb)


async def _keep(connection: Any) -> None:
    """Nothing to undo: no statement here changes what a connection is set to, and undoing costs a round trip each time."""


def _jsonb(value: Any) -> bytes:
    return b"\x01" + orjson.dumps(value)


def _from_jsonb(data: bytes) -> Any:
    try:
        return orjson.loads(data[1:])
    except orjson.JSONDecodeError as error:
        raise ConnectionError("Postgres sent jsonb that is none") from error
