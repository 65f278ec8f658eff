"""Workers are forked from a process that has loaded what they serve: once for all of them, and while their parent starts the servers.

Loading takes seconds, longer still when two processes do it side by side; a worker that takes a dead one's place serves sooner. That
process does nothing else and has no threads of Python's, so it is safe to fork. Only on Linux: elsewhere system libraries do not bear it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from socket import socket
from typing import Any

import uvicorn

CAN_FORK = sys.platform == "linux"
OF_TERMINALS = (signal.SIGINT, signal.SIGHUP)
"""Ctrl-C and a terminal that hangs up tell every process at once. They are for the parent, which stops the others: those inherit that
they are ignored."""


@contextmanager
def loading(*modules: str) -> Generator[None, None, None]:
    """Import `modules` in the process that workers will come from, without waiting for it; it ends with the block.

    A start that is refused would otherwise leave it to find, in the middle of loading, that what it needs is gone.
    """
    if not CAN_FORK:
        yield
        return
    multiprocessing.set_forkserver_preload(list(modules))
    _load()
    try:
        yield
    finally:
        _end(vars(forkserver)["_forkserver"])


def _end(server: Any) -> None:
    """Its handle has no public way to end it, and the one that it has waits until everything is loaded."""
    if server._forkserver_pid is not None:
        with suppress(ProcessLookupError):
            os.kill(server._forkserver_pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            server._stop()


def _load() -> None:
    """Start that process unless it runs."""
    heard = {number: signal.signal(number, signal.SIG_IGN) for number in OF_TERMINALS}
    try:
        forkserver.ensure_running()
    finally:
        for number, handler in heard.items():
            signal.signal(number, handler)


def forked(config: uvicorn.Config, serve: Callable[..., None], sockets: list[socket]) -> BaseProcess:
    """A process that will serve as `config` says, in the environment of this moment. It is not started yet."""
    _load()
    context = multiprocessing.get_context("forkserver")
    return context.Process(target=_served, args=(dict(os.environ), config, serve, sockets))


def _served(environment: Mapping[str, str], config: uvicorn.Config, serve: Callable[..., None], sockets: list[socket]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    config.configure_logging()
    with suppress(KeyboardInterrupt):  # the parent stops too, and says so
        serve(sockets=sockets)
