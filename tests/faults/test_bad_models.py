"""A model that is slow, dead, endless or wrong: policy routes inside the tier's budget, `degraded` says why, and memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psutil
import pytest

from tests.llm_stub import Behaviour, LlmStub
from tests.service import Service, message, serving

REASONS = {
    Behaviour.SLOW: {"timeout"},
    Behaviour.ENDLESS: {"oversized", "timeout"},
    Behaviour.HUGE: {"oversized", "timeout"},
    Behaviour.BOMB: {"oversized", "timeout"},
    Behaviour.DEAD: {"unavailable", "unreachable"},
    Behaviour.BROKEN: {"unavailable"},
    Behaviour.BUSY: {"rate limited"},
    Behaviour.NO_KEY: {"refused the key"},
    Behaviour.CONTENT_POLICY: {"refused"},
    Behaviour.SILENT: {"refused"},
    Behaviour.OFF_SCHEMA: {"off schema"},
    Behaviour.CUT_OFF: {"off schema"},
    Behaviour.SHORT: {"unavailable", "unreachable", "failed", "timeout"},
}
BUDGETS_MS = {"strategic": 1_500, "premium": 2_500, "standard": 4_000}
SLACK_MS = 4_000  # for a machine that does other things as well
GROWTH_MB = 150
QUESTION = "How do I share a dashboard with a colleague?"


@dataclass(frozen=True)
class Desk:
    """A service and the model that it speaks to."""

    service: Service
    stub: LlmStub

    def decided(self, behaviour: Behaviour, **sender: str) -> dict[str, Any]:
        """A message's case while the model behaves so."""
        self.stub.behaviour = behaviour
        with self.service.http() as http:
            answer = http.post("/v1/messages", json=message(QUESTION, sender=sender), headers={"Prefer": "wait=30"})
            assert answer.status_code == 200, answer.text
            return http.get(f"/v1/cases/{answer.json()['id']}").json()

    def memory_mb(self) -> float:
        """What the service holds, its servers left out."""
        family = psutil.Process(self.service.process.pid)
        ours = [one for one in (family, *family.children(recursive=True)) if "python" in one.name()]
        return sum(one.memory_info().rss for one in ours) / 2**20


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One service for every behaviour, warmed up by a model that works."""
    home = tmp_path_factory.mktemp("bad-models")
    home.chmod(0o755)
    with LlmStub() as stub:
        environment = {"MAITRED_LLM__MODEL": "openai/stub", "MAITRED_LLM__API_BASE": stub.url, "MAITRED_LLM__API_KEY": "none"}
        with serving(home, **environment) as service:
            opened = Desk(service, stub)
            opened.decided(Behaviour.ANSWER, email="warm-up@nowhere.example")
            yield opened


@pytest.mark.parametrize("behaviour", REASONS)
def test_a_bad_model_is_named_and_policy_routes_within_the_budget(desk: Desk, behaviour: Behaviour) -> None:
    decision = desk.decided(behaviour, email=f"{behaviour}@nowhere.example")["decision"]
    assert decision["proposal"] is None
    assert (decision["route"]["mode"], decision["route"]["action"]) == ("hybrid", "reply")
    said = dict(reason.split(": ", 1) for reason in decision["degraded"])
    assert {"triage", "router"} <= set(said)
    assert {said["triage"], said["router"]} <= REASONS[behaviour]
    assert decision["latency_ms"]["total"] <= BUDGETS_MS["standard"] + SLACK_MS


def test_the_tightest_budget_is_a_strategic_clients(desk: Desk) -> None:
    case = desk.decided(Behaviour.SLOW, email="cto@northwind.example")
    decision = case["decision"]
    assert case["client"]["tier"] == "strategic"
    assert [reason for reason in decision["degraded"] if reason in ("triage: timeout", "router: timeout")]
    assert decision["latency_ms"]["model"] <= BUDGETS_MS["strategic"] + SLACK_MS


def test_answers_without_end_do_not_fill_the_memory(desk: Desk) -> None:
    desk.decided(Behaviour.ANSWER, email="before@nowhere.example")
    before = desk.memory_mb()
    for behaviour in (Behaviour.HUGE, Behaviour.BOMB, Behaviour.ENDLESS) * 2:
        desk.decided(behaviour, email="again@nowhere.example")
    assert desk.memory_mb() - before < GROWTH_MB
