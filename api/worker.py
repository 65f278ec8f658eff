"""One worker process: the application on a desk of its own."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from multiprocessing.process import BaseProcess

from starlette.types import ASGIApp

from api.app import AddPages, create_app
from api.stopping import told_of_a_stop
from desk.front import Desk
from runtime.evals import OfficeOf
from runtime.observability import configure_logging
from runtime.settings import Settings, load_settings
from runtime.wiring import open_desk

LOOK_FOR_PARENT_EVERY_S = 1.0
COLLECT_AFTER = (20_000, 20, 20)
"""New objects before the garbage collector looks at the young, at the middle-aged and at the old ones."""


def worker_app(office_of: OfficeOf, add_pages: AddPages | None = None) -> ASGIApp:
    """What a worker serves: settings come from the environment that the parent prepared."""
    settings = load_settings()
    configure_logging(settings.log_level)
    _die_with_parent()
    return create_app(lambda: _open_for_long(settings, office_of), add_pages)


@asynccontextmanager
async def _open_for_long(settings: Settings, office_of: OfficeOf) -> AsyncGenerator[Desk, None]:
    """The desk, with all that is loaded taken out of the garbage collector's sight: going through it would stop the loop for long."""
    async with open_desk(settings, office_of) as desk:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        with told_of_a_stop(lambda: desk.floor.close(settings.drain_s)):
            yield desk


def _die_with_parent() -> None:
    """A worker stops when its parent is killed, or what forked it: no orphan keeps the port. A lone process may outlive its own."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_stop_after, args=(parent, os.getppid()), name="parent's end", daemon=True).start()


def _stop_after(parent: BaseProcess, forked_by: int) -> None:
    while parent.is_alive() and os.getppid() == forked_by:
        parent.join(LOOK_FOR_PARENT_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
