"""Each port's tests run on the embedded twin and on the real adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.conformance.sample import sample_world, serving, world_service
from tools.http_source import HttpSettings, HttpSource
from tools.world.model import World


@pytest.fixture(scope="session")
def world() -> World:
    """The sample company."""
    return sample_world()


@pytest.fixture(scope="session")
def service_url(world: World) -> Iterator[str]:
    """The sample company over HTTP."""
    with serving(world_service(world)) as url:
        yield url


@pytest_asyncio.fixture
async def source(service_url: str) -> AsyncIterator[HttpSource]:
    """An open connection to it."""
    source = HttpSource("crm", HttpSettings(service_url, timeout_s=5.0))
    yield source
    await source.close()
