"""A stop under load: in time, in order, with nothing left running and nothing accepted lost."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.faults.length import IS_LONG, only_long
from tests.llm_stub import Behaviour, LlmStub
from tests.runtime.houses import none_left
from tests.service import Service, eventually, message, serving

MESSAGES = 40 if IS_LONG else 12
DRAIN_S = 20 if IS_LONG else 2
END_S = 30
MOMENT_S = 20.0
"""What workers were forked from hears of their parent's end when it is over."""
LEASE_S = 100.0
"""Far longer than any step of a test: a case that is taken up before was handed back."""


@contextmanager
def at_work(home: Path, workers: int, stub: LlmStub) -> Generator[tuple[Service, list[Future[httpx.Response]]], None, None]:
    """A service whose model is so slow that cases are under way, each with somebody who waits for it."""
    settings = {
        "MAITRED_LLM__MODEL": "openai/slow",
        "MAITRED_LLM__API_BASE": stub.url,
        "MAITRED_LLM__API_KEY": "none",
        "MAITRED_WORKERS": str(workers),
        "MAITRED_DRAIN_S": str(DRAIN_S),
        "MAITRED_LEASE_TTL_S": str(LEASE_S),
    }
    with serving(home, **settings) as service, ThreadPoolExecutor(MESSAGES) as pool, service.http() as http:
        yield (
            service,
            [
                pool.submit(http.post, "/v1/messages", json=message("How do I share a dashboard?"), headers={"Prefer": "wait=30"})
                for _ in range(MESSAGES)
            ],
        )


def terminate(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)


def hang_up(process: subprocess.Popen[bytes]) -> None:
    """What a terminal does that is closed: it tells all that run in front of it, and not the servers, which have sessions of their own."""
    started = psutil.Process(process.pid)
    for one in [started, *started.children(recursive=True)]:
        with suppress(ProcessLookupError):
            if os.getpgid(one.pid) == os.getpgid(process.pid):
                one.send_signal(signal.SIGHUP)


@pytest.mark.parametrize(
    ("stop", "workers"),
    [(terminate, 1), pytest.param(terminate, 2, marks=only_long), pytest.param(hang_up, 1, marks=only_long), (hang_up, 2)],
)
def test_a_stop_under_load_ends_in_time_and_the_next_start_takes_up_at_once_what_was_accepted(
    tmp_path: Path, stop: Callable[[subprocess.Popen[bytes]], None], workers: int
) -> None:
    tmp_path.chmod(0o755)
    with LlmStub(Behaviour.SLOW) as stub, at_work(tmp_path, workers, stub) as (service, posted):
        family = psutil.Process(service.process.pid).children(recursive=True)
        with service.http() as http, http.stream("GET", "/v1/events", timeout=60) as stream:
            assert eventually(lambda: len(stub.calls) >= 4, 30)
            began = time.monotonic()
            stop(service.process)
            list(stream.iter_bytes())
        assert service.process.wait(END_S) == 0
        assert time.monotonic() - began < END_S
        assert none_left(tmp_path)
        assert not psutil.wait_procs(family, timeout=MOMENT_S)[1]
        answers: list[httpx.Response] = []
        for one in posted:
            with suppress(httpx.TransportError):  # came too late to be accepted
                answers.append(one.result())
        accepted = [answer.json()["id"] for answer in answers if answer.status_code in {200, 202}]
        assert len(accepted) >= 2
        assert {answer.status_code for answer in answers} <= {200, 202, 429, 503}
        key = service.key
    with serving(tmp_path, MAITRED_LEASE_TTL_S=str(LEASE_S)) as service, service.http(key) as http:
        assert eventually(lambda: all(http.get(f"/v1/cases/{one}").json()["decision"] for one in accepted), LEASE_S / 4)


@only_long
def test_an_impatient_second_sigint_ends_it_at_once_and_loses_nothing(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with LlmStub(Behaviour.SLOW) as stub, at_work(tmp_path, 1, stub) as (service, posted):
        assert eventually(lambda: len(stub.calls) >= 4, 30)
        service.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        service.process.send_signal(signal.SIGINT)
        assert service.process.wait(END_S) == 0
        assert none_left(tmp_path)
        key = service.key
        assert all(one.exception(30) or one.result() for one in posted)
    with serving(tmp_path) as service, service.http(key) as http:
        cases = http.get("/v1/cases", params={"limit": 200}).json()["items"]
        assert len(cases) >= 2
        assert eventually(lambda: all(http.get(f"/v1/cases/{one['id']}").json()["decision"] for one in cases), 30)
