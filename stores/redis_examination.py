"""Looks at a Redis or Valkey before it is used, and says in one sentence what stands in the way and what to do."""

from __future__ import annotations

import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

import redis.asyncio as redis_asyncio
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError

from domain.errors import SetupFailed

driver: Any = redis_asyncio  # its annotations are partial: typed as Any at this border only
OLDEST = 7
PATIENCE_S = 5.0
NAME = "MAITRED_REDIS_URL"
REFUSALS: list[tuple[tuple[type[BaseException], ...], str]] = [
    ((AuthenticationError, NoPermissionError), "It refuses the user or the password. Correct them in {name}."),
    ((socket.gaierror,), "There is no host of that name. Correct the host in {name}, or look whether name resolution works."),
    ((ConnectionRefusedError, FileNotFoundError), "Nobody listens there. Start it, or correct host and port in {name}."),
    ((ssl.SSLError,), "TLS failed. Use redis:// in {name} for a server without TLS, or correct the certificates."),
    (
        (TimeoutError,),
        f"No answer came within {PATIENCE_S:.0f} s. Look whether a firewall stands between, or correct the host in {{name}}.",
    ),
    ((ResponseError,), "It answered: {reason}. Mend that, or correct {name}."),
]
OTHERWISE = "The connection failed ({kind}). Check that a Redis or Valkey runs there, and whether it wants TLS (rediss://), in {name}."


async def examine(redis_url: str) -> None:
    """Raise SetupFailed with a sentence unless the server can hold leases and checkpoints."""
    try:
        client = driver.Redis.from_url(redis_url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S, retry=None)
    except ValueError as error:
        raise SetupFailed(f"{NAME} cannot be read; it looks like redis://user:password@host:6379/0.") from error
    try:
        info = await client.info("everything")
    except (OSError, RedisError, ValueError) as error:
        raise refusal(redis_url, error) from error
    finally:
        await client.aclose()
    if fault := _fault(info):
        raise SetupFailed(f"Cannot use the Redis at {_place_of(redis_url)}. {fault}")


def refusal(redis_url: str, error: BaseException) -> SetupFailed:
    """The sentence for an error of the driver, which wraps the system's own; it never holds the URL, which has the password."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    told = next((sentence for kinds, sentence in REFUSALS if any(isinstance(one, kinds) for one in causes)), OTHERWISE)
    return SetupFailed(
        f"Cannot use the Redis at {_place_of(redis_url)}. {told.format(name=NAME, reason=error, kind=type(causes[-1]).__name__)}"
    )


def _fault(info: dict[str, Any]) -> str | None:
    version = str(info.get("valkey_version") or info.get("redis_version") or "0")
    if int(version.split(".")[0]) < OLDEST:
        return f"It is version {version}; maitred needs Redis {OLDEST}, or Valkey, or newer."
    if info.get("role") == "slave":
        return f"It is a replica, which cannot be written to. Name the primary in {NAME}."
    policy = info.get("maxmemory_policy", "noeviction")
    if info.get("maxmemory") and policy != "noeviction":
        return f"Its maxmemory-policy {policy} drops keys, and with them leases. Set it: CONFIG SET maxmemory-policy noeviction."
    return None


def _place_of(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or parts.path
