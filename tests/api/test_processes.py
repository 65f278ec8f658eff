"""The service in several processes, and on servers that somebody else started."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson
import psutil
import pytest

from api.listening import own_socket
from api.supervisor import OWN_SOCKETS, ended
from runtime.embedded import EmbeddedStack
from tests.service import MODELS, Service, eventually, message, reachable, serving

LIMIT_S = 60.0
Found = TypeVar("Found")


@pytest.fixture
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Addresses of a Postgres that we did not start with the service, and of a Redis 7 where one is installed, else of a Valkey."""
    home = tmp_path_factory.mktemp("apart")
    for folder in (home, *home.parents):
        if folder.stat().st_mode & 0o001 == 0 and "pytest" in str(folder):
            folder.chmod(0o755)
    stack = EmbeddedStack(home)
    urls = stack.start()
    try:
        with _redis(urls.redis_url) as redis_url:
            yield urls.database_url, redis_url
    finally:
        stack.stop()


@contextlib.contextmanager
def _redis(otherwise: str) -> Generator[str, None, None]:
    program = shutil.which("redis-server")
    if program is None:
        yield otherwise
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([program, "--port", str(port), "--save", ""], stdout=subprocess.DEVNULL) as server:
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


def test_the_whole_job_runs_on_servers_that_were_started_apart(apart: tuple[str, str], tmp_path: Path) -> None:
    database_url, redis_url = apart
    tmp_path.chmod(0o755)
    with (
        serving(tmp_path, MAITRED_DATABASE_URL=database_url, MAITRED_REDIS_URL=redis_url) as service,
        service.http() as http,
    ):
        answer = http.post("/v1/messages", json=message("How do I export a dashboard as PDF?"), headers={"Prefer": "wait=30"})
        assert answer.status_code == 200
        assert answer.json()["decision"]["route"]["mode"]
        case_id = answer.json()["id"]
        assert http.post(f"/v1/cases/{case_id}/replay").json()["identical"] is True
    assert not list(tmp_path.glob("**/postmaster.pid"))
    assert not list(tmp_path.glob("**/valkey*"))


@pytest.mark.skipif(not OWN_SOCKETS, reason="only Linux spreads connections over sockets that share a port")
def test_connections_spread_over_the_workers_and_a_killed_worker_is_replaced(service: Service) -> None:
    port = urlsplit(service.base_url).port or 0
    with contextlib.ExitStack() as open_ones:
        for _ in range(40):
            open_ones.enter_context(socket.create_connection(("127.0.0.1", port)))
        shares = eventually(lambda: found if sum(found := [_held(one, port) for one in service.workers()]) >= 40 else None, LIMIT_S)
    assert len(shares) == 2
    assert min(shares) >= 5
    killed = service.workers()[0]
    killed.kill()
    with service.http() as http:
        (told,) = _until(lambda: [line for line in _deaths(service) if line["pid"] == killed.pid], at_least=1)
        assert told["how"] == "killed by SIGKILL"
        assert told["in_its_place"] in [one.pid for one in service.workers()]
        _until(lambda: service.workers(), at_least=2)
        assert [http.get("/healthz", headers={"Connection": "close"}).status_code for _ in range(30)] == [200] * 30


@pytest.mark.parametrize(
    ("exitcode", "said"), [(-9, "killed by SIGKILL"), (-11, "killed by SIGSEGV"), (-99, "killed by signal 99"), (3, "exit status 3")]
)
def test_the_end_of_a_worker_is_told_in_words(exitcode: int, said: str) -> None:
    assert ended(exitcode) == said


def _deaths(service: Service) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in service.log().splitlines() if "worker died" in line]


def _held(worker: psutil.Process, port: int) -> int:
    return sum(one.status == psutil.CONN_ESTABLISHED and one.laddr.port == port for one in _connections(worker))


def _until(look: Callable[[], list[Found]], *, at_least: int) -> list[Found]:
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        found = look()
        if len(found) >= at_least:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def test_the_parent_of_workers_imports_nothing_that_only_they_need() -> None:
    loaded = "import sys, cli.serving, api.server; print(*sorted({'fastapi', 'langgraph', 'langchain_core'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, check=True, text=True).stdout.split() == []


@pytest.mark.skipif(not OWN_SOCKETS, reason="only on Linux several workers are forked")
def test_workers_and_what_they_are_forked_from_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with serving(tmp_path, MAITRED_WORKERS="2") as service:
        family = psutil.Process(service.process.pid).children(recursive=True)
        ours = [one for one in family if "python" in one.name()]
        assert {*service.workers(), *(worker.parent() for worker in service.workers())} <= set(ours)
        service.process.kill()
        service.process.wait()
        assert not psutil.wait_procs(ours, timeout=LIMIT_S)[1]


@pytest.mark.skipif(not OWN_SOCKETS, reason="only on Linux several workers are forked")
def test_when_the_process_that_workers_are_forked_from_is_killed_others_take_their_places(service: Service) -> None:
    before = service.workers()
    (loader,) = {worker.ppid(): worker.parent() for worker in before}.values()
    assert loader is not None
    loader.kill()
    assert not psutil.wait_procs(before, timeout=LIMIT_S)[1]
    _until(lambda: [one for one in service.workers() if _listens(one)], at_least=2)
    with service.http() as http:
        assert [http.get("/healthz", headers={"Connection": "close"}).status_code for _ in range(10)] == [200] * 10


@pytest.mark.skipif(not OWN_SOCKETS, reason="only on Linux several workers are forked")
def test_a_worker_that_cannot_start_in_a_dead_ones_place_is_tried_again_while_the_others_serve(tmp_path: Path) -> None:
    with serving(reachable(tmp_path), MAITRED_WORKERS="2") as service, service.http() as http:
        _until(lambda: [one for one in service.workers() if _listens(one)], at_least=2)
        key = tmp_path / "ledger_key"
        whole = key.read_bytes()
        key.write_bytes(b"damaged")
        service.workers()[0].kill()
        _until(lambda: [line for line in service.log().splitlines() if "worker could not start" in line], at_least=2)
        assert service.process.poll() is None
        assert http.get("/healthz", headers={"Connection": "close"}).status_code == 200
        key.write_bytes(whole)
        _until(lambda: [one for one in service.workers() if _listens(one)], at_least=2)
        assert [http.get("/healthz", headers={"Connection": "close"}).status_code for _ in range(10)] == [200] * 10
        service.process.terminate()
        assert service.process.wait(60) == 0


def test_a_start_that_is_refused_says_one_sentence_whatever_its_workers_would_have_loaded(tmp_path: Path) -> None:
    with closing(own_socket("127.0.0.1", 0)) as theirs:
        theirs.listen()
        variables = {**os.environ, "PORT": str(theirs.getsockname()[1]), "MAITRED_HOME": str(tmp_path), "MAITRED_WORKERS": "2"}
        done = subprocess.run([sys.executable, "-m", "cli.main", "run"], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.fullmatch(r"maitred: Port \d+ on 127\.0\.0\.1 is taken; choose another one: PORT=\d+ make run", " ".join(done.stderr.split()))


def test_a_port_that_was_taken_while_the_service_got_ready_is_not_shared(tmp_path: Path) -> None:
    with closing(own_socket("127.0.0.1", 0)) as theirs:
        port = theirs.getsockname()[1]
        variables = {**os.environ, "PORT": str(port), "MAITRED_HOME": str(reachable(tmp_path)), "MAITRED_MODELS": str(MODELS)}
        command = [sys.executable, "-m", "cli.main", "run"]
        with subprocess.Popen(command, env=variables | {"MAITRED_WORKERS": "2"}, stderr=subprocess.PIPE, text=True) as service:
            assert service.stderr is not None
            assert "gets ready" in service.stderr.readline()
            theirs.listen()
            told = service.stderr.read()
    assert service.returncode == 1
    assert " ".join(told.split()) == f"maitred: Port {port} on 127.0.0.1 is taken; choose another one: PORT={port + 1} make run"


def _listens(worker: psutil.Process) -> bool:
    return any(one.status == psutil.CONN_LISTEN for one in _connections(worker))


def _connections(worker: psutil.Process) -> list[Any]:
    """None of one that has just ended."""
    try:
        return [*worker.net_connections("tcp")]
    except psutil.NoSuchProcess:
        return []
