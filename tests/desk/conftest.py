"""Houses: one per test, and one for the tests of a module that only look at their own cases."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import asyncpg
import pytest
import pytest_asyncio

from runtime.embedded import StackUrls
from tests.desk.house import House, open_house
from tests.desk.offices import Offices, fresh_offices, open_offices
from tests.desk.policy_house import PolicyHouse, open_policy_house


@pytest_asyncio.fixture
async def house(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """On fresh databases."""
    async with open_house(database_url, redis_url, tmp_path) as opened:
        yield opened


@asynccontextmanager
async def house_of_a_module(stack: StackUrls, tmp_path_factory: pytest.TempPathFactory, **instead: Any) -> AsyncGenerator[House, None]:
    """On a fresh database of the module; its clock only goes on, and its timers are those of every test before."""
    name = f"t{uuid.uuid4().hex[:12]}"
    admin: Any = await cast(Any, asyncpg).connect(stack.database_url)
    await admin.execute(f"create database {name}")
    url = stack.database_url.replace("/maitred?", f"/{name}?")
    async with open_house(url, stack.redis_url, tmp_path_factory.mktemp("house"), **instead) as opened:
        yield opened
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_house(stack: StackUrls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One for all tests of a module."""
    async with house_of_a_module(stack, tmp_path_factory) as opened:
        yield opened


@pytest_asyncio.fixture
async def policy_house(database_url: str) -> AsyncIterator[PolicyHouse]:
    """The policy desk on a fresh database, version 1 of the starter policy active."""
    async with open_policy_house(database_url) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def offices_of_a_module(stack: StackUrls) -> AsyncIterator[Offices]:
    """Opened once: tests tell their people apart by a mark."""
    async with open_offices(stack) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def offices(offices_of_a_module: Offices) -> Offices:
    """With a mark and a clock of the test's own."""
    return await fresh_offices(offices_of_a_module)
