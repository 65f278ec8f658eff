"""A home of its own for each test, with nothing left running behind it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.quick_disk import quick_folder
from tests.runtime.houses import none_left, servers_in


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that every user may enter, with a short path."""
    folder = quick_folder("maitred-home-")
    yield folder
    left_alone = none_left(folder, within_s=0.5)
    for process in servers_in(folder):
        process.kill()
    for link in folder.iterdir():
        if link.is_symlink():
            shutil.rmtree(link.readlink(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    assert left_alone, "servers were left running"
