"""Named points at which a test can let the process die.

`MAITRED_FAILPOINTS` names a folder. A file there that bears a point's name arms it; who dies renames the file to `<name>.died`, so that one
arming kills one process. Without the variable a point costs one comparison. The points stand before and after effects, where a crash
would tell on a wrong order.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

FOLDER = os.environ.get("MAITRED_FAILPOINTS")


def failpoint(name: str) -> None:
    """Die here by SIGKILL when this point is armed."""
    if FOLDER is None:
        return
    armed = os.path.join(FOLDER, name)
    try:
        os.rename(armed, f"{armed}.died")
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def around(name: str, step: Callable[Arguments, Awaitable[Answer]]) -> Callable[Arguments, Awaitable[Answer]]:
    """`step` with the points `<name>-begun` and `<name>-done`; `step` itself when nothing can be armed."""
    if FOLDER is None:
        return step

    @wraps(step)
    async def watched(*arguments: Arguments.args, **named: Arguments.kwargs) -> Answer:
        failpoint(f"{name}-begun")
        answer = await step(*arguments, **named)
        failpoint(f"{name}-done")
        return answer

    return watched
