"""What came of a rollout, over HTTP: gates with their figures, recalled cases that a lead looks at, and an experiment's arms."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx
import pytest

from runtime.embedded import EmbeddedStack
from tests.approved import approved
from tests.desk.poison import forbidding_nothing, harmless
from tests.service import Service, eventually, message, reachable, serving

driver: Any = asyncpg  # its annotations are partial
HERE = "/v1/policies/vip-support"
HOW_TO = "How do I share a dashboard?"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of its own: what it rolls out would decide the cases of other tests."""
    with serving(reachable(tmp_path_factory.mktemp("rollouts"))) as running:
        yield running


@pytest.fixture
def http(desk: Service) -> Iterator[httpx.Client]:
    with desk.http() as client:
        yield client


def roll_out(desk: Service, http: httpx.Client, text: str, **plan: Any) -> dict[str, Any]:
    """A canary of a version that nobody has read, served by now."""

    async def stored() -> int:
        connection = await driver.connect(EmbeddedStack(desk.home).urls.database_url)
        try:
            return await approved(connection, text)
        finally:
            await connection.close()

    number = asyncio.run(stored())
    wanted = {"version": number, "stage": "canary", "percent": 100, "reason": "A test wants it.", **plan}
    answer = http.post(f"{HERE}/rollout", json=wanted, headers={"If-Match": http.get(f"{HERE}/rollout").headers["etag"]})
    assert answer.status_code == 200, answer.text
    assert eventually(lambda: served(http) == number)
    return answer.json()


def served(http: httpx.Client) -> int | None:
    """The version that is tried."""
    candidate: dict[str, Any] | None = http.get("/readyz").json()["release"]["candidate"]
    return candidate["version"] if candidate else None


def test_a_recalled_case_is_listed_until_a_lead_has_looked(desk: Service, http: httpx.Client) -> None:
    roll_out(desk, http, forbidding_nothing())
    case_id = http.post("/v1/messages", json=message(HOW_TO), headers={"Prefer": "wait=20"}).json()["id"]
    assert eventually(lambda: http.get(f"{HERE}/rollout").json()["candidate"] is None, 30)
    [recalled] = http.get(f"{HERE}/recalls").json()["items"]
    assert (recalled["case_id"], recalled["decided"]["route"]["mode"], recalled["tier"]) == (case_id, "ai", "strategic")
    assert recalled["active"]["route"]["mode"] != "ai"
    assert "one too many" in recalled["because"]
    with desk.http(desk.make_key("policies:write", "cases:read")) as writer:
        assert writer.get(f"{HERE}/recalls").status_code == 200
        assert writer.post(f"{HERE}/recalls/{case_id}/seen").status_code == 403
    first, again = (http.post(f"{HERE}/recalls/{case_id}/seen") for _ in range(2))
    assert (first.status_code, first.json()) == (200, again.json())
    assert first.json()["turns"][0]["seen_by"] == "person:lead-1"
    assert http.get(f"{HERE}/recalls").json()["items"] == []
    assert [one["case_id"] for one in http.get(f"{HERE}/recalls", params={"seen": True}).json()["items"]] == [case_id]
    assert http.post(f"{HERE}/recalls/case_unknown/seen").status_code == 404
    kinds = [one["kind"] for one in http.get("/v1/ledger/entries", params={"case_id": case_id}).json()["items"]]
    assert (kinds.count("policy.case_recalled"), kinds.count("policy.case_seen")) == (1, 1)


def test_a_policy_that_there_is_not_has_no_recalls(http: httpx.Client) -> None:
    answer = http.get("/v1/policies/nothing/recalls")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


def test_a_running_canary_shows_its_gates_and_an_experiment_its_arms(desk: Service, http: httpx.Client) -> None:
    assert http.get(f"{HERE}/experiment").status_code == 404
    assert http.get(f"{HERE}/rollout").json()["standing"]["gates"] == []
    roll_out(desk, http, harmless())
    http.post("/v1/messages", json=message(HOW_TO), headers={"Prefer": "wait=20"})
    standing = eventually(lambda: (found := http.get(f"{HERE}/rollout").json()["standing"])["agreement"]["compared"] and found)
    assert standing["agreement"] == {"agrees": 1, "compared": 1}
    assert {one["reading"] for one in standing["gates"]} == {"hold"}
    assert standing["next"]["move"] == "wait"
    found = http.get(f"{HERE}/experiment").json()
    escalated = next(one for one in found["metrics"] if one["metric"] == "escalated")
    assert (escalated["arms"]["candidate"]["cases"], escalated["enough_data"]) == (1, False)
    assert http.post(f"{HERE}/rollback", json={"reason": "Done."}).status_code == 200
