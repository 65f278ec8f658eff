"""One house per test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.desk.house import House, open_house


@pytest_asyncio.fixture
async def house(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """On fresh databases."""
    async with open_house(database_url, redis_url, tmp_path) as opened:
        yield opened
