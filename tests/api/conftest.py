"""One service for all black-box tests of the contract."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx
import pytest

from runtime.embedded import EmbeddedStack
from tests.service import Service, reachable, serving

driver: Any = asyncpg  # its annotations are partial
ALWAYS_THERE = """
create function always_there() returns trigger language plpgsql as $$ begin new.on_shift := true; return new; end $$;
create trigger always_there before update on people for each row execute function always_there();
"""


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = reachable(tmp_path_factory.mktemp("service"))
    with serving(home, MAITRED_WORKERS="2") as running:
        asyncio.run(keep_everybody_free(EmbeddedStack(home).urls.database_url))
        yield running


async def keep_everybody_free(database_url: str) -> None:
    """So that the last test of a session finds somebody as the first one does, and at night as by day."""
    connection = await driver.connect(database_url)
    await connection.execute(ALWAYS_THERE)
    await connection.execute("update people set capacity = 10000")
    await connection.close()


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    with service.http() as client:
        yield client
