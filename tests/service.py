"""The service as a process of its own, as whoever tests from outside would start it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil

READY_S = 180.0
MODELS = Path(__file__).parent.parent / ".maitred" / "models"


@dataclass
class Service:
    """A running service with one key of every scope."""

    process: subprocess.Popen[bytes]
    base_url: str
    home: Path
    environment: dict[str, str]
    key: str = ""
    ready_s: float = 0.0
    """Seconds from the start of the process to the first 200 of /readyz."""

    def http(self, key: str | None = None) -> httpx.Client:
        """A client with a key (the one of every scope when left out)."""
        return httpx.Client(base_url=self.base_url, headers={"Authorization": f"Bearer {key or self.key}"}, timeout=40)

    def make_key(self, *scopes: str, **options: str) -> str:
        """A key, made by the CLI while the service runs."""
        command = [sys.executable, "-m", "cli.main", "keys", "create", "--name", f"t{uuid.uuid4().hex[:6]}", "--json"]
        for scope in scopes:
            command += ["--scope", scope]
        for name, value in options.items():
            command += [f"--{name}", value]
        done = subprocess.run(command, env=self.environment, cwd=self.home, capture_output=True, check=True)
        return orjson.loads(done.stdout)["key"]

    def make_account(self, person: str, password: str, *seats: str, **options: str) -> None:
        """Somebody who may sign in as `<person>@halyard.example`, made by the CLI while the service runs."""
        command = [sys.executable, "-m", "cli.main", "accounts", "create", person, "--name", person.title(), "--password-stdin"]
        command += ["--email", f"{person}@halyard.example"]
        for name, value in (*(("seat", seat) for seat in seats), *options.items()):
            command += [f"--{name}", value]
        subprocess.run(command, env=self.environment, cwd=self.home, input=password.encode(), capture_output=True, check=True)

    def accounts(self, *arguments: str) -> None:
        """`maitred accounts …` while the service runs."""
        command = [sys.executable, "-m", "cli.main", "accounts", *arguments]
        subprocess.run(command, env=self.environment, cwd=self.home, capture_output=True, check=True)

    def keys(self, *arguments: str) -> bytes:
        """What `maitred keys …` prints while the service runs."""
        command = [sys.executable, "-m", "cli.main", "keys", *arguments]
        return subprocess.run(command, env=self.environment, cwd=self.home, capture_output=True, check=True).stdout

    def log(self) -> str:
        """What the service printed."""
        return (self.home / "service.log").read_text()

    def workers(self) -> list[psutil.Process]:
        """Its worker processes, when it has several: what the process forks that loaded for them."""
        loaders = [one for one in psutil.Process(self.process.pid).children() if is_called(one, "forkserver")]
        return [worker for loader in loaders for worker in loader.children()]

    def kill_hard(self) -> None:
        """kill -9 of the whole service, its workers first; the servers stay as orphans."""
        family = psutil.Process(self.process.pid)
        for one in [*family.children(recursive=True), family]:
            if "postgres" not in one.name() and "valkey" not in one.name():
                one.send_signal(signal.SIGKILL)
        self.process.wait(10)


def is_called(process: psutil.Process, name: str) -> bool:
    """Whether a word stands in the command line of a process."""
    with suppress(psutil.Error):
        return name in " ".join(process.cmdline())
    return False


def message(text: str, **changes: Any) -> dict[str, Any]:
    """A message of Northwind Bank's CTO in a conversation of its own."""
    fresh = uuid.uuid4().hex[:12]
    return {
        "channel": "email",
        "external_id": f"x-{fresh}",
        "conversation_id": f"c-{fresh}",
        "sender": {"email": "cto@northwind.example"},
        "text": text,
        "sent_at": "2026-11-23T08:00:00Z",
        **changes,
    }


def reachable(home: Path) -> Path:
    """A temporary folder that the account of the embedded Postgres can get to."""
    for folder in (home, *home.parents):
        if folder.stat().st_mode & 0o001 == 0 and "pytest" in str(folder):
            folder.chmod(0o755)
    return home


@contextmanager
def serving(home: Path, **environment: str) -> Generator[Service, None, None]:
    """Start the service on a free port and stop it again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAITRED_")}
    variables = {**inherited, "PORT": str(port), "MAITRED_HOME": str(home), "MAITRED_MODELS": str(MODELS), **environment}
    with (home / "service.log").open("ab") as log:
        began = time.monotonic()
        command = [sys.executable, "-m", "cli.main", "run"]
        with heard_by_children(signal.SIGHUP):
            process = subprocess.Popen(command, env=variables, cwd=home, stdout=log, stderr=log)  # where no .env names other servers
        service = Service(process, f"http://127.0.0.1:{port}", home, variables)
        try:
            wait_ready(service)
            service.ready_s = time.monotonic() - began
            service.key = service.make_key("all", person="lead-1")
            yield service
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(40)
                except subprocess.TimeoutExpired:
                    process.kill()


@contextmanager
def heard_by_children(*signals: signal.Signals, ignored: bool = False) -> Generator[None, None, None]:
    """Whether what is started meanwhile hears these signals or ignores them: it would inherit what the suite was started with (`nohup`)."""
    before = {number: signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_ready(service: Service) -> None:
    """Until /readyz answers 200, and the log says so."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if service.process.poll() is not None:
            raise AssertionError((service.home / "service.log").read_text()[-3000:])
        try:
            if httpx.get(f"{service.base_url}/readyz", timeout=2).status_code == 200 and "maitred serves" in service.log():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("the service was not ready in time")


def eventually(check: Any, within_s: float = 15.0) -> Any:
    """The first true answer of `check`, asked again and again."""
    deadline = time.monotonic() + within_s
    while True:
        answer = check()
        if answer or time.monotonic() > deadline:
            return answer
        time.sleep(0.1)


def sse(lines: Iterator[str], most: int) -> list[dict[str, Any]]:
    """The first events of a stream, each with its id."""
    events: list[dict[str, Any]] = []
    current: dict[str, Any] = {}
    for line in lines:
        if line.startswith("id: "):
            current["id"] = int(line[4:])
        elif line.startswith("data: "):
            current["data"] = orjson.loads(line[6:])
        elif not line and current.get("data"):
            events.append(current)
            current = {}
            if len(events) >= most:
                break
    return events
