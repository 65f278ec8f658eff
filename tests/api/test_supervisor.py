"""One process or several around a small application: where it listens, and what a start says that comes to nothing."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from api.listening import own_socket, refuse_unusable_port
from domain.errors import SetupFailed
from runtime.settings import load_settings
from runtime.sign_in import served_at
from tests.service import eventually, heard_by_children

PROGRAM = """
import sys
import uvicorn
from api.stopping import hear_stops
from api.supervisor import serve_forever
application, host, port, workers = sys.argv[1:]
hear_stops(lambda number, frame: sys.exit(0))
config = uvicorn.Config(f"tests.api.test_supervisor:{application}", host=host, port=int(port), workers=int(workers), interface="asgi3")
serve_forever(config, lambda: print("it answers", flush=True))
"""


async def open_shop(scope: Any, receive: Any, send: Any) -> None:
    """An application that serves."""
    if scope["type"] == "lifespan":
        for told in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{told}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"welcome"})


async def closed_shop(scope: Any, receive: Any, send: Any) -> None:
    """An application that cannot start."""
    del scope
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "the shop is closed"})


@contextmanager
def started(
    application: str, host: str, port: int, workers: int, *, by_nohup: bool = False
) -> Generator[subprocess.Popen[str], None, None]:
    command = [sys.executable, "-c", PROGRAM, application, host, str(port), str(workers)]
    with heard_by_children(signal.SIGHUP, ignored=by_nohup):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()  # one that a failed test left behind


def free_port(host: str = "127.0.0.1") -> int:
    with closing(own_socket(host, 0)) as probe:
        return probe.getsockname()[1]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_start_that_comes_to_nothing_ends_as_a_failure(workers: int) -> None:
    with started("closed_shop", "127.0.0.1", free_port(), workers) as service:
        _, told = service.communicate(timeout=60)
    assert service.returncode == 1
    assert "SetupFailed: What is to be served could not start" in told


@pytest.mark.parametrize("workers", [1, 2])
def test_an_address_of_the_sixth_version_is_served(workers: int) -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    settings = load_settings(host="::1", PORT=free_port("::1"))
    refuse_unusable_port(settings.host, settings.port)
    with started("open_shop", settings.host, settings.port, workers) as service:
        assert service.stdout is not None
        assert service.stdout.readline() == "it answers\n"
        with urllib.request.urlopen(served_at(settings), timeout=20) as answer:
            assert answer.read() == b"welcome"
        service.terminate()
        service.communicate(timeout=60)
    assert service.returncode == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_started_with_nohup_outlives_its_terminal_also_in_the_background(workers: int) -> None:
    port = free_port()
    with started("open_shop", "127.0.0.1", port, workers, by_nohup=True) as service:
        assert service.stdout is not None
        assert service.stdout.readline() == "it answers\n"
        for number in (signal.SIGHUP, signal.SIGTTIN, signal.SIGTTOU) if workers > 1 else (signal.SIGHUP,):
            service.send_signal(number)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=20) as answer:
            assert answer.read() == b"welcome"
        service.terminate()
        service.communicate(timeout=60)
    assert service.returncode == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_terminal_that_hangs_up_is_a_stop(workers: int) -> None:
    with started("open_shop", "127.0.0.1", free_port(), workers) as service:
        assert service.stdout is not None
        assert service.stdout.readline() == "it answers\n"
        service.send_signal(signal.SIGHUP)
        service.communicate(timeout=60)
    assert service.returncode == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1"])
def test_a_port_that_others_share_is_taken(host: str) -> None:
    with closing(own_socket(host, 0)) as theirs:
        theirs.listen()
        port = theirs.getsockname()[1]
        with pytest.raises(SetupFailed, match=f"Port {port} on {host} is taken; choose another one: PORT={port + 1}"):
            refuse_unusable_port(host, port)
    assert eventually(lambda: refuse_unusable_port(host, port) is None)


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1", "2001:db8::1"])
def test_an_address_that_is_not_ours_is_not_called_taken(host: str) -> None:
    with pytest.raises(SetupFailed, match=rf"Cannot listen on {host}, port 8080: [A-Z].*\. Correct MAITRED_HOST or PORT\.") as refused:
        refuse_unusable_port(host, 8080)
    assert "taken" not in refused.value.message


def test_addresses_for_a_shell_are_such_as_a_browser_takes() -> None:
    assert served_at(load_settings(host="127.0.0.1", PORT=8080)) == "http://127.0.0.1:8080"
    assert served_at(load_settings(host="::", PORT=81)) == "http://[::]:81"
