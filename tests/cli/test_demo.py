"""The demo beside a real service: it uses nothing of it, and leaves nothing running however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.demo_service import cleared, demo_service
from runtime.embedded import is_served
from runtime.settings import load_settings
from tests.runtime.houses import none_left
from tests.service import MODELS, eventually, heard_by_children, reachable

WITHIN_S = 120
PRODUCTION = """
PORT=9
MAITRED_HOST=192.0.2.1
MAITRED_DATABASE_URL=postgresql://maitred:hunter2@127.0.0.1:9/production
MAITRED_REDIS_URL=redis://127.0.0.1:9/0
MAITRED_CRM_URL=http://127.0.0.1:9
MAITRED_KEY_PEPPER=of-production
MAITRED_LLM__MODEL=openai/of-env
MAITRED_LLM__API_BASE=http://127.0.0.1:9
MAITRED_LLM__API_KEY=none
"""


@pytest.fixture
def beside_production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose `.env` names the servers of a real service; whoever uses them fails."""
    for name in list(os.environ):
        if name.startswith("MAITRED_") or name == "PORT":
            monkeypatch.delenv(name)
    (reachable(tmp_path) / ".env").write_text(PRODUCTION)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAITRED_MODELS", str(MODELS))
    return tmp_path


def test_the_demo_has_servers_of_its_own_and_only_the_model_of_the_settings(beside_production: Path) -> None:
    home = cleared(beside_production / "demo")
    with demo_service(load_settings(), home) as client:
        ready = client.get("/readyz")
        assert ready["models"]["router"] == "openai/of-env"
        assert client.get("/v1/cases")["items"] == []
        assert (home / "pepper").exists()
        assert is_served(home)
    assert not is_served(home)
    assert none_left(home)


def a_log_that_says(word: str) -> Callable[[Path], bool]:
    return lambda home: (home / "service.log").exists() and word in (home / "service.log").read_text()


@pytest.mark.parametrize(
    ("number", "far_enough"), [(signal.SIGTERM, is_served), (signal.SIGHUP, a_log_that_says("maitred serves"))], ids=["starting", "serving"]
)
def test_a_demo_that_is_ended_or_loses_its_terminal_leaves_nothing_running(
    beside_production: Path, number: signal.Signals, far_enough: Callable[[Path], bool]
) -> None:
    (beside_production / ".env").unlink()
    home = beside_production / ".maitred" / "demo"
    command = [sys.executable, "-m", "cli.main", "demo"]
    with heard_by_children(signal.SIGHUP):
        started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with started as demo:
        try:
            assert eventually(lambda: far_enough(home), WITHIN_S)
            demo.send_signal(number)
            assert demo.wait(WITHIN_S) == 128 + number
        finally:
            demo.terminate()
    assert not is_served(home)
    assert none_left(home)
