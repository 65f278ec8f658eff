"""Real servers for the whole session: Postgres and Valkey from the wheels, on private sockets, in a temporary folder."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

from typing import cast

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import settings as hypothesis_settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from runtime.embedded import EmbeddedStack, StackUrls
from stores.redis import Redis
from tests.quick_disk import quick_folder

driver: Any = asyncpg  # its annotations are partial
hypothesis_settings.register_profile("maitred", deadline=None, derandomize=True)
hypothesis_settings.load_profile("maitred")


SERVICES = frozenset(("api", "cli", "conformance", "console", "faults", "runtime"))
"""Folders whose tests start whole services, or wait for what one does: two at once would be in each other's way."""


class OneForServices(LoadScopeScheduling):
    """Where processes share the suite (`make test`): all that starts services goes to one of them, other files to whichever is free."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "services" if file.split("/")[1] in SERVICES else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneForServices:
    """How `-n` shares."""
    return OneForServices(config, log)


@pytest.fixture(scope="session")
def stack() -> Iterator[StackUrls]:
    """Both servers, ended with the session."""
    home = quick_folder("maitred-test-")
    servers = EmbeddedStack(home)
    try:
        yield servers.start()
    finally:
        servers.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest_asyncio.fixture
async def database_url(stack: StackUrls) -> AsyncIterator[str]:
    """A fresh, empty database."""
    name = f"t{uuid.uuid4().hex[:12]}"
    admin: Any = await cast(Any, asyncpg).connect(stack.database_url)
    await admin.execute(f"create database {name}")
    yield stack.database_url.replace("/maitred?", f"/{name}?")
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest_asyncio.fixture
async def redis_url(stack: StackUrls) -> str:
    """A flushed Valkey."""
    client = Redis(stack.redis_url)
    await client.call("FLUSHALL")
    await client.close()
    return stack.redis_url


@pytest_asyncio.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client of a flushed Valkey."""
    client = Redis(redis_url)
    yield client
    await client.close()
