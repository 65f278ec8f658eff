"""What an error of the Postgres driver means to callers: the server is away, it is busy, or the mistake is ours."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import asyncpg

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""A server that became a replica, or a password that was changed, is as good as away: a new connection may find a better one."""
BUSY = (asyncpg.InsufficientResourcesError, asyncpg.TransactionRollbackError)
DRIVER = ("asyncpg.protocol", "asyncpg.pgproto")


def is_away(error: BaseException) -> bool:
    """The server does not answer, or what it sends cannot be read; the connection is of no use any more."""
    return isinstance(error, AWAY) or _stumbled(error)


def _stumbled(error: BaseException) -> bool:
    """The driver's own code broke over what it read: the stream is damaged, and anything may be raised."""
    trace = error.__traceback__
    if isinstance(error, asyncpg.PostgresError) or not isinstance(error, Exception) or trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    return str(trace.tb_frame.f_globals.get("__name__", "")).startswith(DRIVER)


class CutOff:
    """Ends a connection at once whose server is away: rolling back would only wait as long again."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None and is_away(error):
            self._connection.terminate()
