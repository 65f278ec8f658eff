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

import structlog
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from api.listening import near, own_socket
from api.preloading import CAN_FORK, forked
from domain.errors import SetupFailed
from domain.worker_report import STARTED_ANEW

OWN_SOCKETS = sys.platform == "linux"
HANGS_AFTER_S = 5.0
"""After its time for open requests: what a worker has to close its stores."""
NEWS_WITHIN_S = 0.5
"""How a worker ended is told by what it was forked from, a moment after its connections broke."""
REST_S = 3.0
"""Between two tries of a worker that cannot start."""
KNOCK_EVERY_S = 0.05
log = structlog.get_logger("maitred.supervisor")


def serve_forever(config: uvicorn.Config, announce: Callable[[], None]) -> None:
    """Serve until a signal comes, with as many processes as `config` says; `announce` is called when the port answers.

    Raises SetupFailed when it ended because none of them could start.
    """
    threading.Thread(target=_once_it_answers, args=(config.host, config.port, announce), daemon=True).start()
    try:
        if config.workers == 1:
            uvicorn.Server(config).run()
        else:
            Workers(config).run()
    except SystemExit as end:
        if end.code == STARTUP_FAILURE:
            raise SetupFailed("What is to be served could not start; the reason stands above.") from end
        raise


class Worker(Process):
    """uvicorn's handle of a worker, which is forked from where its modules are loaded."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        if CAN_FORK:
            self.process = forked(config, self.target, sockets)


class Workers(Multiprocess):
    """uvicorn's supervisor; every process that it starts is a `Worker` and is handed a new socket, where they can share a port."""

    def __init__(self, config: uvicorn.Config) -> None:
        self._handed: list[socket.socket] = []
        self._shared = [] if OWN_SOCKETS else [config.bind_socket()]
        self._begun = 0
        self._has_served = False
        self._cannot_start = False
        self._again_at: dict[int, float] = {}
        hung_up = signal.getsignal(signal.SIGHUP)
        super().__init__(config, [])
        signal.signal(signal.SIGHUP, hung_up)  # uvicorn's would start every worker anew
        for number in (signal.SIGTTIN, signal.SIGTTOU):  # uvicorn's would change how many there are
            signal.signal(number, signal.SIG_IGN)

    @property
    def sockets(self) -> list[socket.socket]:
        """Read once for each process that is about to start, which is told how many were started in place of others."""
        self._begun += 1
        os.environ[STARTED_ANEW] = str(max(0, self._begun - self.processes_num))
        if self._shared:
            return self._shared
        self._handed.append(own_socket(self.config.host, self.config.port))
        return self._handed[-1:]

    @sockets.setter
    def sockets(self, given: list[socket.socket]) -> None:  # pyright: ignore[reportIncompatibleVariableOverride] - a variable of the base
        """There are none to share."""

    def run(self) -> None:
        """Serve until a signal comes. Raises SystemExit when no worker could start, as uvicorn does for a lone one."""
        super().run()
        if self._cannot_start:
            raise SystemExit(STARTUP_FAILURE)

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
        patience = self.config.timeout_worker_healthcheck
        dead = {place: worker for place, worker in enumerate(self.processes) if not worker.is_alive(patience)}
        living = (worker for place, worker in enumerate(self.processes) if place not in dead)
        self._has_served = self._has_served or any(worker.is_ready(patience) for worker in living)
        for place, worker in dead.items():
            if self.should_exit.is_set():
                return
            self._replace(place, worker)
        while self._handed:
            self._handed.pop().close()

    def _replace(self, place: int, worker: Process) -> None:
        """One that could not start is tried again after a rest: a store may be away for a moment, and the others serve."""
        again_at = self._again_at.pop(place, None)
        if again_at is None:
            how = _buried(worker)
            if worker.exitcode != STARTUP_FAILURE:
                self.processes[place] = self._started()
                log.error("worker died", pid=worker.pid, how=how, in_its_place=self.processes[place].pid)
                return
            log.error("worker could not start", pid=worker.pid)
            if not self._has_served:
                self._cannot_start = True
                self.should_exit.set()
                return
            again_at = time.monotonic() + REST_S
        if time.monotonic() < again_at:
            self._again_at[place] = again_at
        else:
            self.processes[place] = self._started()

    def _started(self) -> Worker:
        worker = Worker(self.config, self.sockets)
        worker.start()
        return worker


def _buried(worker: Process) -> str:
    """How it came to its end, which is now if it hangs."""
    worker.process.join(NEWS_WITHIN_S)
    hangs = worker.process.is_alive()
    worker.kill()
    worker.join()
    return "did not answer and was killed" if hangs else ended(worker.exitcode)


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
        with suppress(OSError), socket.create_connection((near(host), port), 1):
            announce()
            return
        time.sleep(KNOCK_EVERY_S)
