"""A review that outlives Redis, and a model that cannot be reached."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from runtime.embedded import EmbeddedStack
from stores.redis import Redis
from tests.service import message, serving

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
