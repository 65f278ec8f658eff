"""The sample company on one fixed day."""

from __future__ import annotations

import pytest

from tests.conformance.sample import sample_world
from tools.world.model import World


@pytest.fixture(scope="session")
def world() -> World:
    return sample_world()
