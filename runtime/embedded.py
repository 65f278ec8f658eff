"""The embedded stack: Postgres and Valkey from wheels, owned by one process per home, watched while it runs."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import structlog

from domain.errors import SetupFailed
from runtime.embedded_places import Account, make_socket_folder, socket_folder, user_of
from runtime.embedded_postgres import EmbeddedPostgres
from runtime.embedded_valkey import EmbeddedValkey
from runtime.settings import Settings

log = structlog.get_logger("maitred.embedded")

WATCH_EVERY_S = 0.5
PROBE_PATIENCE_S = 0.5
READY_PATIENCE_S = 60.0
CONNECTIONS = 120
LISTENING = 2
"""Connections of a worker beside `database_connections`: one hears events, the other releases of policies."""
SPARE_CONNECTIONS = 20


@dataclass(frozen=True)
class StackUrls:
    """Where the two servers are."""

    database_url: str
    redis_url: str


class EmbeddedStack:
    """The two servers of one home."""

    def __init__(self, home: Path, *, connections: int = CONNECTIONS, postgres: bool = True, valkey: bool = True) -> None:
        """`connections` is what Postgres allows at once; `postgres` and `valkey` say what is wanted."""
        self._home = home.resolve()
        self.postgres = EmbeddedPostgres(self._home, connections)
        self.valkey = EmbeddedValkey(self._home)
        self._wanted = [server for server, wanted in ((self.postgres, postgres), (self.valkey, valkey)) if wanted]
        self._lock: IO[bytes] | None = None
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None

    @property
    def urls(self) -> StackUrls:
        """Where they are; certain once they run."""
        return StackUrls(self.postgres.url, self.valkey.url)

    @property
    def answers(self) -> bool:
        """They run and answer, whoever started them."""
        return all(server.answers for server in self._wanted)

    def start(self) -> StackUrls:
        """Start them. Raises SetupFailed, also when another process serves this home."""
        self._lock = own(self._home)
        try:
            self._start(*self._wanted)
        except OSError as error:
            self.stop()
            raise SetupFailed(f"The embedded servers cannot start in {self._home}: {error}.") from error
        except BaseException:
            self.stop()
            raise
        self._stopping.clear()
        self._watcher = threading.Thread(target=self._watch, name="embedded servers", daemon=True)
        self._watcher.start()
        return self.urls

    def stop(self) -> None:
        """Stop them and give the home back."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
            self._watcher = None
        for server in reversed(self._wanted):
            server.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _start(self, *servers: EmbeddedPostgres | EmbeddedValkey) -> None:
        account = Account.of(self._home)
        run = make_socket_folder(self._home, account)
        for server in servers:
            server.start(account, run)

    def _watch(self) -> None:
        """Start a server again when it died; in a thread, since the main one serves."""
        while not self._stopping.wait(WATCH_EVERY_S):
            for server in self._wanted:
                if (server.process is None or not server.process.alive) and not self._stopping.is_set():
                    log.error("server died, starting it again", server=server.name)
                    server.stop()
                    try:
                        self._start(server)
                    except (SetupFailed, OSError) as error:
                        log.error("server does not start again", server=server.name, reason=str(error))


def own(home: Path) -> IO[bytes]:
    """Take the home for this process until the returned file is closed. Raises SetupFailed when another process has it."""
    path = home / "stack.lock"
    deadline = time.monotonic() + PROBE_PATIENCE_S
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = path.open("a+b")
    except OSError as error:
        raise SetupFailed(f"Cannot write to {home}: {error.strerror}. Choose another folder with MAITRED_HOME.") from error
    while not _locked(lock, fcntl.LOCK_EX):
        if time.monotonic() > deadline:
            lock.seek(0)
            owner = lock.read().decode(errors="replace").strip() or "unknown"
            lock.close()
            raise SetupFailed(f"Process {owner} serves {home} already. Stop it, or give this one a folder of its own with MAITRED_HOME.")
        time.sleep(0.02)
    lock.truncate(0)
    lock.write(str(os.getpid()).encode())
    lock.flush()
    return lock


def is_served(home: Path) -> bool:
    """Whether a living process owns the servers of this home."""
    try:
        with (home.resolve() / "stack.lock").open("rb") as lock:
            return not _locked(lock, fcntl.LOCK_SH)
    except OSError:
        return False


@contextmanager
def resolved_stack(settings: Settings) -> Generator[StackUrls, None, None]:
    """The servers to use: those that the settings name, the running ones of this home, or new ones that end with the block.

    Raises SetupFailed when they do not start.
    """
    database, redis = settings.database_url, settings.redis_url
    if database and redis:
        yield StackUrls(database.get_secret_value(), redis.get_secret_value())
        return
    stack = EmbeddedStack(settings.home, connections=connections_for(settings), postgres=database is None, valkey=redis is None)
    shared = _wait_until_it_answers(stack, settings.home)
    if not shared:
        stack.start()
    try:
        yield StackUrls(
            database.get_secret_value() if database else stack.urls.database_url,
            redis.get_secret_value() if redis else stack.urls.redis_url,
        )
    finally:
        if not shared:
            stack.stop()


def connections_for(settings: Settings) -> int:
    """What Postgres must allow at once: all that the workers hold, and some for the commands beside them."""
    return max(CONNECTIONS, settings.workers * (settings.database_connections + LISTENING) + SPARE_CONNECTIONS)


def _wait_until_it_answers(stack: EmbeddedStack, home: Path) -> bool:
    """True when another process serves this home and its servers answer; it may only just have started."""
    deadline = time.monotonic() + READY_PATIENCE_S
    while is_served(home):
        _refuse_strangers(home)
        if stack.answers:
            return True
        if time.monotonic() > deadline:
            raise SetupFailed(f"Another process serves {home}, but its servers do not answer. Stop it and start again.")
        time.sleep(0.05)
    return False


def _refuse_strangers(home: Path) -> None:
    """The sockets are for the account that serves, and root: nobody else would ever see an answer."""
    run = socket_folder(home.resolve())
    if run.exists() and not os.access(run, os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        owner = user_of(home / "stack.lock")
        raise SetupFailed(f"The service of {home} belongs to user {owner}: run this as {owner}{'' if owner == 'root' else ' or root'}.")


def _locked(lock: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
