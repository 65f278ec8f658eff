"""Redis flushed in the middle, Postgres away, the model unreachable."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import httpx
import psutil

from runtime.embedded import EmbeddedStack
from stores.redis import Redis
from tests.service import Service, eventually, message, serving

LEGAL = "Our lawyers will sue you over last week's outage."


async def flush(home: Path) -> None:
    redis = Redis(EmbeddedStack(home).urls.redis_url)
    await redis.call("FLUSHALL")
    await redis.close()


def rule(http: httpx.Client, review_id: str, ruling: dict[str, Any]) -> httpx.Response:
    tag = http.get(f"/v1/reviews/{review_id}").headers["etag"]
    return http.post(f"/v1/reviews/{review_id}/ruling", json=ruling, headers={"If-Match": tag})


async def test_a_case_that_waits_for_a_person_goes_on_after_redis_was_flushed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with serving(tmp_path) as service, service.http() as http:
        case = http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"}).json()
        await flush(tmp_path)
        ruled = rule(http, case["review"]["id"], {"action": "approve"})
        assert ruled.status_code == 200
        decision = ruled.json()["decision"]
        assert decision["decided_by"] == "person:lead-1"
        assert http.post(f"/v1/cases/{case['id']}/replay").json()["identical"] is True


async def test_every_accepted_message_ends_in_a_decision_though_redis_is_flushed_again_and_again(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with serving(tmp_path) as service, service.http() as http:
        ids: list[str] = []
        for number in range(30):
            body = message("How do I share a dashboard?", sender={"email": f"s{number}@nowhere.example"})
            ids.append(http.post("/v1/messages", json=body).json()["id"])
            if number % 5 == 4:
                await flush(tmp_path)
        assert eventually(lambda: all(http.get(f"/v1/cases/{one}").json()["decision"] for one in ids), 30)


def test_without_postgres_the_answer_is_503_within_a_second(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with serving(tmp_path) as service, service.http() as http:
        postmaster = _postmaster(service)
        family = [postmaster, *postmaster.children(recursive=True)]
        for one in family:
            one.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            answer = http.post("/v1/messages", json=message("How do I share a dashboard?"))
            assert time.monotonic() - began < 2.5
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
        finally:
            for one in family:
                one.send_signal(signal.SIGCONT)
        assert eventually(lambda: http.get("/readyz").status_code == 200)


def test_an_unreachable_model_degrades_and_the_case_is_routed_by_policy(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    environment = {"MAITRED_LLM__MODEL": "openai/test", "MAITRED_LLM__API_BASE": "http://127.0.0.1:9/v1", "MAITRED_LLM__API_KEY": "none"}
    with serving(tmp_path, **environment) as service, service.http() as http:
        assert http.get("/readyz").json()["models"]["router"] == "openai/test"
        body = message("How do I share a dashboard?", sender={"email": "stranger@nowhere.example"})
        case = http.post("/v1/messages", json=body, headers={"Prefer": "wait=25"}).json()
        decision = case["decision"]
        assert decision["proposal"] is None
        assert decision["route"]["mode"] in {"hybrid", "human"}
        assert {reason.split(":")[0] for reason in decision["degraded"]} == {"triage", "router"}


def _postmaster(service: Service) -> psutil.Process:
    pid = int((service.home / "postgres" / "postmaster.pid").read_text().split()[0])
    return psutil.Process(pid)
