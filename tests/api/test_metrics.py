"""What Prometheus reads: the same from every worker, all of them together, and nothing lost when one dies."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.service import Service, eventually, message, serving

EASY = "How do I share a dashboard with a colleague?"
LEGAL = "Our attorneys have been told to bring an action against you before the court."


EVENTS = {"message.received": 3, "case.decided": 2, "review.opened": 1}
"""Of three messages, one of which waits for a lead."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of two workers."""
    home = tmp_path_factory.mktemp("pair")
    home.chmod(0o755)
    with serving(home, MAITRED_WORKERS="2") as service:
        yield service


def scraped(service: Service) -> list[Metric]:
    """From whichever worker a new connection reaches; one that is being killed answers nobody."""

    def once() -> str:
        try:
            return httpx.get(f"{service.base_url}/metrics").text
        except httpx.TransportError:
            return ""

    return list(text_string_to_metric_families(eventually(once)))


def counted(service: Service) -> Counter[str]:
    """Sample with its labels to value."""
    found: Counter[str] = Counter()
    for family in scraped(service):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()) if name not in ("le", "pid"))
            found[f"{sample.name}{{{labels}}}"] += int(sample.value)
    return found


def pids(service: Service) -> set[str]:
    return {sample.labels["pid"] for family in scraped(service) for sample in family.samples if family.name == "maitred_policy_version"}


def ready_requests(service: Service) -> int:
    return counted(service)["maitred_http_request_seconds_count{method=GET,route=/readyz,status=200}"]


def test_every_worker_tells_of_all(pair: Service) -> None:
    before = ready_requests(pair)
    for _ in range(20):  # a connection each: the system spreads them
        httpx.get(f"{pair.base_url}/readyz")
    assert [ready_requests(pair) - before for _ in range(10)] == [20] * 10
    assert eventually(lambda: len(pids(pair)) == 2)


def test_what_happens_is_counted_once_by_kind_and_decisions_by_mode_and_tier(pair: Service) -> None:
    before = counted(pair)
    with pair.http() as http:
        for text in (EASY, EASY, LEGAL):
            http.post("/v1/messages", json=message(text), headers={"Prefer": "wait=20"}).raise_for_status()
    told = {f"maitred_events_total{{kind={kind}}}": times for kind, times in EVENTS.items()}

    def all_told() -> Counter[str] | None:
        now = counted(pair)
        return now if {name: now[name] - before[name] for name in told} == told else None

    after = eventually(all_told)
    assert after, counted(pair)
    decided = {name: value - before[name] for name, value in after.items() if name.startswith("maitred_decisions_total")}
    assert sum(decided.values()) == 2
    assert all("tier=" in name and "mode=" in name for name in decided)
    assert any(name.startswith("maitred_model_seconds_count{model=embedded/") and "outcome=answered" in name for name in after)
    assert eventually(lambda: counted(pair)["maitred_reviews_waiting{}"] == 1)
    assert eventually(lambda: counted(pair)["maitred_runs{}"] == 0)


def test_what_a_dead_worker_counted_stays_and_its_gauges_go(pair: Service) -> None:
    before, alive = ready_requests(pair), pids(pair)
    victim = pair.workers()[0].pid
    assert str(victim) in alive
    os.kill(victim, signal.SIGKILL)
    assert eventually(lambda: len(pids(pair)) == 2 and str(victim) not in pids(pair), 30)
    assert ready_requests(pair) >= before


def test_nothing_is_left_when_the_service_stops(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with serving(tmp_path, MAITRED_WORKERS="2") as service:
        [folder] = {
            Path(file.path).parent for worker in service.workers() for file in worker.memory_maps() if "maitred-metrics-" in file.path
        }
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_one_worker_alone_tells_of_its_process_too(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with serving(tmp_path, MAITRED_WORKERS="1") as service:
        told = counted(service)
    assert told["process_resident_memory_bytes{}"] > 1_000_000
    assert told["maitred_http_request_seconds_count{method=GET,route=/readyz,status=200}"] >= 1
