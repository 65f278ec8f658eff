"""Several worker processes behind one port, each with a listening socket of its own.

With one shared socket, the worker that wakes first accepts every waiting connection, and a client that opens thirty at once has them all
in one process. Linux spreads connections over sockets that share a port (`SO_REUSEPORT`).
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

import structlog
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from api.preloading import forked
from domain.worker_report import STARTED_ANEW

OWN_SOCKETS = sys.platform == "linux"
HANGS_AFTER_S = 5.0
"""After its time for open requests: what a worker has to close its stores."""
NEWS_WITHIN_S = 0.5
"""How a worker ended is told by what it was forked from, a moment after its connections broke."""
KNOCK_EVERY_S = 0.05
log = structlog.get_logger("maitred.supervisor")


def serve_forever(config: uvicorn.Config, announce: Callable[[], None]) -> None:
    """Serve until a signal comes, with as many processes as `config` says; `announce` is called when the port answers."""
    threading.Thread(target=_once_it_answers, args=(config.host, config.port, announce), daemon=True).start()
    if config.workers == 1:
        uvicorn.Server(config).run()
    elif OWN_SOCKETS:
        Workers(config).run()
    else:
        Multiprocess(config, [config.bind_socket()]).run()


class Worker(Process):
    """uvicorn's handle of a worker, which is forked from where its modules are loaded."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self.process = forked(config, self.target, sockets)


class Workers(Multiprocess):
    """uvicorn's supervisor; every process that it starts is a `Worker` and is handed a new socket."""

    def __init__(self, config: uvicorn.Config) -> None:
        self._handed: list[socket.socket] = []
        self._begun = 0
        super().__init__(config, [])

    @property
    def sockets(self) -> list[socket.socket]:
        """Read once for each process that is about to start, which is told how many were started in place of others."""
        self._begun += 1
        os.environ[STARTED_ANEW] = str(max(0, self._begun - self.processes_num))
        self._handed.append(own_socket(self.config.host, self.config.port))
        return self._handed[-1:]

    @sockets.setter
    def sockets(self, given: list[socket.socket]) -> None:  # pyright: ignore[reportIncompatibleVariableOverride] - a variable of the base
        """There are none to share."""

    def join_all(self) -> None:
        """Wait for the workers' drain; one that hangs must not hold up the stop for ever."""
        deadline = time.monotonic() + (self.config.timeout_graceful_shutdown or 0) + HANGS_AFTER_S
        for worker in self.processes:
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    def init_processes(self) -> None:
        """Start as many as there shall be."""
        self.processes = [self._started() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        """Called twice a second: another one in the place of each that is dead or hangs.

        Our copies of sockets that are in use must not outlive the workers that listen on them.
        """
        for index, worker in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if worker.is_alive(timeout=self.config.timeout_worker_healthcheck):
                continue
            worker.process.join(NEWS_WITHIN_S)
            hangs = worker.process.is_alive()
            worker.kill()
            worker.join()
            how = "did not answer and was killed" if hangs else ended(worker.exitcode)
            if worker.exitcode == STARTUP_FAILURE:
                log.error("worker could not start", pid=worker.pid)
                self.should_exit.set()
                return
            self.processes[index] = self._started()
            log.error("worker died", pid=worker.pid, how=how, in_its_place=self.processes[index].pid)
        while self._handed:
            self._handed.pop().close()

    def _started(self) -> Worker:
        worker = Worker(self.config, self.sockets)
        worker.start()
        return worker


def ended(exitcode: int | None) -> str:
    """How a process came to its end: `killed by SIGKILL`, `exit status 1`."""
    if exitcode is None or exitcode >= 0:
        return f"exit status {exitcode}"
    with suppress(ValueError):
        return f"killed by {signal.Signals(-exitcode).name}"
    return f"killed by signal {-exitcode}"


def _once_it_answers(host: str, port: int, announce: Callable[[], None]) -> None:
    """Nobody is sent to a door that is still closed."""
    while True:
        with suppress(OSError), socket.create_connection((_near(host), port), 1):
            announce()
            return
        time.sleep(KNOCK_EVERY_S)


def _near(host: str) -> str:
    """Where this machine reaches what listens on `host`, which may be every address that it has."""
    with suppress(ValueError):
        address = ip_address(host)
        if address.is_unspecified:
            return "::1" if address.version == 6 else "127.0.0.1"
    return host


def own_socket(host: str, port: int) -> socket.socket:
    """A bound socket that shares its port with those of the other workers; it does not listen yet."""
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((host, port))
    made.set_inheritable(True)
    return made
