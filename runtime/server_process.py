"""A server process that we started or adopted."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from typing import Any

import psutil


class ServerProcess:
    """A process that is stopped by name only: adopted ones were checked by their command line."""

    def __init__(self, name: str, process: psutil.Process) -> None:
        self.name = name
        self._process = process

    @classmethod
    def launch(cls, name: str, command: list[str], log: Path, options: dict[str, Any]) -> ServerProcess:
        """Start a server in a session of its own, so that Ctrl-C at the terminal reaches us alone."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            started = psutil.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, **options)
        return cls(name, started)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """It runs, and is no zombie."""
        with contextlib.suppress(psutil.Error):
            if isinstance(self._process, psutil.Popen):
                self._process.poll()
            return self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE
        return False

    def interrupt(self, within_s: float) -> None:
        """Ask it to stop at once but cleanly (SIGINT is Postgres's fast shutdown), then insist."""
        with contextlib.suppress(psutil.Error):
            self._process.send_signal(2)
        self._wait(within_s)

    def stop(self, within_s: float) -> None:
        """Ask it to stop, then insist."""
        with contextlib.suppress(psutil.Error):
            self._process.terminate()
        self._wait(within_s)

    def _wait(self, within_s: float) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            try:
                self._process.wait(within_s)
            except psutil.TimeoutExpired:
                self._process.kill()
                with contextlib.suppress(psutil.TimeoutExpired):
                    self._process.wait(5)


def tail(log: Path, lines: int = 6) -> str:
    """The end of a log."""
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return "(no log)"
