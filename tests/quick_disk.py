"""Temporary folders for servers: in memory where there is room, since a test waits for every write that must reach a disk."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

IN_MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3


def quick_folder(prefix: str) -> Path:
    """A fresh folder with a short path that every user may enter."""
    roomy = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=IN_MEMORY if roomy else None))
    folder.chmod(0o755)
    return folder
