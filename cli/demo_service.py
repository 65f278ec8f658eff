"""The service of the demo: a process of its own on a free port, which knows nothing of the settings of other services."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
from pydantic import SecretStr

from cli.demo_client import DemoClient
from domain.errors import SetupFailed
from runtime.embedded import is_served
from runtime.sample import unwritable
from runtime.settings import LlmSettings, Settings, variable_of

READY_LIMIT_S = 180.0
STOP_LIMIT_S = 40.0
ENDS = (signal.SIGTERM, signal.SIGHUP)
MAITRED = [sys.executable, "-P", "-m", "cli.main"]


def leave_in_order() -> None:
    """From now on SIGTERM and the end of the terminal leave through every `finally`, as Ctrl-C does."""
    for number in ENDS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup asked for
            signal.signal(number, _leave)


def _leave(number: int, frame: object) -> None:
    del frame
    for further in ENDS:
        signal.signal(further, signal.SIG_IGN)
    raise SystemExit(128 + number)


def cleared(home: Path) -> Path:
    """Each demo begins with an empty house, so that it can be repeated. Raises SetupFailed when the house is in use or cannot be one."""
    if home.exists() and is_served(home):
        raise SetupFailed(f"Another demo runs in {home}; wait for its end.")
    for left in (home / "postgres", home / "postgres.making", home / "valkey", home / "world"):
        if left.is_symlink():
            shutil.rmtree(left.resolve(), ignore_errors=True)
            left.unlink()
        shutil.rmtree(left, ignore_errors=True)
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(home, error) from error
    return home


@contextmanager
def demo_service(settings: Settings, home: Path) -> Generator[DemoClient, None, None]:
    """The service while inside, and a client with a key of every scope. Raises SetupFailed when it does not start."""
    port = _free_port()
    environment, log = _environment(settings, home, port), home / "service.log"
    with log.open("wb") as output:
        process = subprocess.Popen([*MAITRED, "run"], env=environment, cwd=home, stdout=output, stderr=output)  # noqa: S603 - ourselves
        try:
            base_url = f"http://127.0.0.1:{port}"
            _wait_ready(process, base_url, log)
            with DemoClient(base_url, _key(environment, home)) as client:
                yield client
        finally:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_LIMIT_S)
            if process.poll() is None:
                process.kill()


def _environment(settings: Settings, home: Path, port: int) -> dict[str, str]:
    """Of our settings only the model and the folders: servers, CRM and keys are those of somebody's real service.

    The children run in `home`, where there is no `.env`; litellm would read one from the folders above itself.
    """
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("MAITRED_") and name.upper() != "PORT"}
    model = {variable_of(("llm", name)): getattr(settings.llm, name) for name in LlmSettings.model_fields}
    return {
        **kept,
        **{name: _plain(value) for name, value in model.items() if value is not None},
        "LITELLM_MODE": "PRODUCTION",
        "PORT": str(port),
        "MAITRED_HOST": "127.0.0.1",
        "MAITRED_HOME": str(home),
        "MAITRED_MODELS": str(settings.models_folder.resolve()),
        "MAITRED_WORKERS": str(max(settings.workers, min(2, os.cpu_count() or 1))),
    }


def _plain(value: SecretStr | str | float) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _key(environment: dict[str, str], home: Path) -> str:
    command = [*MAITRED, "keys", "create", "--name", "demo", "--scope", "all", "--person", "lead-on-duty", "--json"]
    made = subprocess.run(command, env=environment, cwd=home, capture_output=True, check=False)  # noqa: S603 - ourselves
    if made.returncode != 0:
        raise SetupFailed(f"The demo's key could not be made: {made.stderr.decode(errors='replace')[-2000:]}")
    return orjson.loads(made.stdout)["key"]


def _wait_ready(process: subprocess.Popen[bytes], base_url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SetupFailed(f"The service did not start:\n{log.read_text(errors='replace')[-2000:]}")
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{base_url}/readyz", timeout=2).status_code == 200:
                return
        time.sleep(0.1)
    raise SetupFailed(f"The service was not ready after {READY_LIMIT_S:.0f} s; see {log}.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
