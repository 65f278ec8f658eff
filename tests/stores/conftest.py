"""A Valkey of its own for tests that kill, stop or restart the server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from runtime.embedded import EmbeddedStack
from tests.quick_disk import quick_folder


@pytest.fixture
def lone_valkey() -> Iterator[EmbeddedStack]:
    """Running, watched, and ended with the test."""
    home = quick_folder("maitred-valkey-")
    stack = EmbeddedStack(home, postgres=False)
    stack.start()
    yield stack
    stack.stop()
    shutil.rmtree(home)
