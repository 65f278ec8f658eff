"""One house for all suites' tests: opening it takes some seconds, and conversations in it do not touch each other."""

from __future__ import annotations

import asyncio

import pytest

from evals.house import House, HouseSpec
from tests.service import MODELS


@pytest.fixture(scope="session")
def house() -> House:
    """The sample company with the embedded model and the shipped policy."""

    async def opened() -> House:
        async with House.open(HouseSpec(models=MODELS)) as one:
            return one  # nothing of it ends with its context

    return asyncio.run(opened())
