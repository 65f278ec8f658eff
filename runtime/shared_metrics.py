"""The folder in which the workers of a service count, each in files of its own (prometheus_client's multiprocess mode).

Light, since a start waits for it: the library chooses by the variable when the first worker loads it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a fresh folder is made in it, that nobody else can enter
"""The files are mapped: on a disk that is full, whoever writes to them would be ended by the system."""


@contextmanager
def shared_metrics() -> Generator[None, None, None]:
    """Before any worker loads: a fresh folder, gone afterwards; or the one that the environment names already."""
    if os.environ.get(FOLDER_VARIABLE):
        yield
        return
    folder = tempfile.mkdtemp(prefix="maitred-metrics-", dir=IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None)
    os.environ[FOLDER_VARIABLE] = folder
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
