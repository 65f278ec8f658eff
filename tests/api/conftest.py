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


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = reachable(tmp_path_factory.mktemp("service"))
    with serving(home, MAITRED_WORKERS="2") as running:
        asyncio.run(give_everybody_room(EmbeddedStack(home).urls.database_url))
        yield running


async def give_everybody_room(database_url: str) -> None:
    """So that the last test of a session finds somebody free as the first one does, at whatever hour few people work."""
    connection = await driver.connect(database_url)
    await connection.execute("update people set capacity = 10000")
    await connection.close()


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    with service.http() as client:
        yield client
