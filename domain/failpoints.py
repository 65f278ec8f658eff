"""Named points at which a test can let the process die: `MAITRED_FAILPOINT=<name>:<marker file>`, once per marker.

Off, a point costs one comparison. The points stand before and after effects, where a crash would tell on a wrong order.
"""

from __future__ import annotations

import os
import signal

ARMED, _, MARKER = os.environ.get("MAITRED_FAILPOINT", "").partition(":")


def failpoint(name: str) -> None:
    """Die here by SIGKILL if this point is armed and nobody died at it yet."""
    if not ARMED or name != ARMED:
        return
    try:
        os.close(os.open(MARKER, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
