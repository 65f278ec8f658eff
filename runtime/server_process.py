"""A server process that we started, and what a killed owner left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import psutil

GUARD = """
"$@" >&2 & server=$!
echo $server
read -r _
kill -INT $server
wait $server
"""
GUARD_LIMIT_S = 5.0
ADVICE = {
    "No space left on device": "The disk is full: free some of it and start again; nothing is lost.",
    "Read-only file system": "Make the disk writable, or choose another folder with MAITRED_HOME.",
    "Permission denied": "Give the folder to the user that starts maitred, or choose another one with MAITRED_HOME.",
    "could not look up effective user ID": (
        "Postgres needs a user that has a name: add one to /etc/passwd, or set MAITRED_DATABASE_URL to use a server of your own."
    ),
    "incompatible with": "Another version of Postgres made these files: dump them with that one, and restore the dump here.",
    "could not locate a valid checkpoint record": "The files of Postgres are damaged: restore a backup of the home.",
    "Cannot allocate memory": "The machine has too little memory left: end something else, and start again.",
}
SEVERE = ("FATAL", "PANIC", "ERROR", "error", "could not", "Can't")


class ServerProcess:
    """A server under a guard: a shell that is its parent, and ends it when our end of a pipe closes, even by kill -9.

    Both Postgres and Valkey take SIGINT as: stop at once, cleanly.
    """

    def __init__(self, name: str, guard: subprocess.Popen[bytes], server: psutil.Process) -> None:
        self.name = name
        self._guard = guard
        self._server = server

    @classmethod
    def launch(cls, name: str, command: list[str], log: Path, options: dict[str, Any]) -> ServerProcess:
        """Start a server in a session of its own, so that Ctrl-C at the terminal reaches us alone. Raises OSError."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            started = subprocess.Popen(  # noqa: S603 - our own shell text, with the command as its arguments
                ["/bin/sh", "-c", GUARD, f"maitred-{name}", *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                start_new_session=True,
                **options,
            )
        guard = cast("subprocess.Popen[bytes]", started)
        if guard.stdout is None:
            raise RuntimeError("the guard was started without a pipe")
        with guard.stdout:
            pid = int(guard.stdout.readline() or 0)
        try:
            return cls(name, guard, psutil.Process(pid))
        except psutil.Error:
            _close_stdin(guard)
            guard.wait(GUARD_LIMIT_S)
            raise OSError(f"{name} ended at once") from None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._server.pid

    @property
    def alive(self) -> bool:
        """It runs, and is no zombie."""
        return is_alive(self._server)

    def stop(self, within_s: float) -> None:
        """Ask it to stop, then insist."""
        _close_stdin(self._guard)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._guard.wait(within_s)
        if self.alive:
            end(self._server, within_s=0.5)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._guard.wait(GUARD_LIMIT_S)


def is_alive(process: psutil.Process) -> bool:
    """It is still the same process, and no zombie."""
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def end(process: psutil.Process, within_s: float) -> None:
    """Ask a process to stop, then kill it; it is known by pid and start time, so never another one."""
    with contextlib.suppress(psutil.Error):
        process.send_signal(signal.SIGINT)
    if not _gone(process, within_s):
        with contextlib.suppress(psutil.Error):
            process.kill()
        _gone(process, GUARD_LIMIT_S)


def end_left_behind(pid: int | None, is_ours: Callable[[psutil.Process], bool], within_s: float = 10.0) -> None:
    """End the server that a killed owner left behind, if `pid` is still that server and not somebody else's process."""
    if pid is None or pid == os.getpid():
        return
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if is_alive(process) and is_ours(process):
            end(process, within_s)


def pid_in(pid_file: Path) -> int | None:
    """The process id in the first line of a file."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(pid_file.read_text().split()[0])
    return None


def trouble_in(said: str) -> str:
    """What a server that did not start complained of, and what to do about it, in a sentence or two."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for line in reversed(lines):
        for sign, advice in ADVICE.items():
            if sign in line:
                return f"{line.rstrip('.')}. {advice}"
    worst = [line for line in lines if any(word in line for word in SEVERE)]
    return f"{(worst or lines or ['it said nothing'])[-1].rstrip('.')}."


def tail(log: Path, since: int = 0) -> str:
    """What was written to a log after its first `since` bytes."""
    with contextlib.suppress(OSError):
        return log.read_bytes()[since:].decode(errors="replace")
    return ""


def length_of(log: Path) -> int:
    """How long a log is by now."""
    return log.stat().st_size if log.exists() else 0


def _gone(process: psutil.Process, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _close_stdin(guard: subprocess.Popen[bytes]) -> None:
    if guard.stdin is not None:
        with contextlib.suppress(OSError):
            guard.stdin.close()
