"""The embedded stack: Postgres and Valkey from wheels, owned by one process per home, watched while it runs."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import structlog

from domain.errors import SetupFailed
from runtime.embedded_postgres import EmbeddedPostgres
from runtime.embedded_valkey import EmbeddedValkey
from runtime.settings import Settings

log = structlog.get_logger("maitred.embedded")

LONGEST_SOCKET_FOLDER = 80
WATCH_EVERY_S = 0.5


@dataclass(frozen=True)
class StackUrls:
    """Where the two servers are."""

    database_url: str
    redis_url: str


class EmbeddedStack:
    """The two servers of one home."""

    def __init__(self, home: Path) -> None:
        self._home = home.resolve()
        self._run = socket_folder(self._home)
        self.postgres = EmbeddedPostgres(self._home, self._run)
        self.valkey = EmbeddedValkey(self._home, self._run)
        self._lock: IO[str] | None = None
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None

    @property
    def urls(self) -> StackUrls:
        """Where they are, running or not."""
        return StackUrls(self.postgres.url, self.valkey.url)

    def start(self) -> StackUrls:
        """Start both. Raises SetupFailed, also when another process serves this home."""
        self._own()
        try:
            self.postgres.start()
            self.valkey.start()
        except BaseException:
            self.stop()
            raise
        self._stopping.clear()
        self._watcher = threading.Thread(target=self._watch, name="embedded servers", daemon=True)
        self._watcher.start()
        return self.urls

    def stop(self) -> None:
        """Stop both and give the home back."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join(10)
            self._watcher = None
        self.valkey.stop()
        self.postgres.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _watch(self) -> None:
        """Start a server again when it died; in a thread, since the main one serves."""
        while not self._stopping.wait(WATCH_EVERY_S):
            for server in (self.postgres, self.valkey):
                if server.process is not None and not server.process.alive and not self._stopping.is_set():
                    log.error("server died, starting it again", server=server.process.name)
                    with contextlib.suppress(SetupFailed):
                        server.start()

    def _own(self) -> None:
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            lock = (self._home / "stack.lock").open("a+")
        except OSError as error:
            raise SetupFailed(f"Cannot write to {self._home}: {error.strerror}. Choose another folder with MAITRED_HOME.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            lock.close()
            raise SetupFailed(
                f"Process {owner} serves {self._home} already. Stop it, or give this one a folder of its own with MAITRED_HOME."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock


def is_served(home: Path) -> bool:
    """Whether a living process owns the servers of this home."""
    path = home.resolve() / "stack.lock"
    if not path.exists():
        return False
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def socket_folder(home: Path) -> Path:
    """A private folder for sockets: in `home`, or in the temporary folder when that path is too long for a socket."""
    wanted = home / "run"
    short = len(os.fsencode(wanted)) <= LONGEST_SOCKET_FOLDER
    reachable = os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in wanted.parents if parent.exists())
    if short and reachable:
        return wanted
    return Path(tempfile.gettempdir()) / f"maitred-{os.geteuid()}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"


@contextmanager
def resolved_stack(settings: Settings) -> Generator[StackUrls, None, None]:
    """The servers to use: those that the settings name, the running ones of this home, or new ones that end with the block."""
    named = (settings.database_url, settings.redis_url)
    if all(named):
        yield StackUrls(*(secret.get_secret_value() for secret in named if secret))
        return
    stack = EmbeddedStack(settings.home)
    shared = is_served(settings.home)
    if not shared:
        stack.start()
    try:
        urls = stack.urls
        yield StackUrls(
            named[0].get_secret_value() if named[0] else urls.database_url,
            named[1].get_secret_value() if named[1] else urls.redis_url,
        )
    finally:
        if not shared:
            stack.stop()
