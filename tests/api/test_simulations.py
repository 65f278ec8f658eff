"""Versions of a policy side by side over HTTP: what changed, what would change, and what is refused."""

from __future__ import annotations

import asyncio
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from policies.rules import shipped
from runtime.embedded import EmbeddedStack
from tests.approved import approved
from tests.service import Service

driver: Any = asyncpg  # its annotations are partial
NAME = "vip-support"
DIFF, SIMULATE = f"/v1/policies/{NAME}/diff", f"/v1/policies/{NAME}/versions/{{}}/simulate"
OF_CLOCKS = {"sla.step_due", "review.escalated", "review.expired"}
STRATEGIC_PEOPLE = next(line for line in shipped().splitlines() if "id: strategic-people" in line) + "\n"
SLOWER = ("{tier: strategic,                   ack: 15m,", "{tier: strategic,                   ack: 45m,")


@pytest.fixture(scope="module")
def version(service: Service) -> int:
    """A version beside the active one, in which strategic clients wait longer and may meet a bot; its tests would not let it be drafted."""
    text = shipped().replace(*SLOWER).replace(STRATEGIC_PEOPLE, "")
    assert text.count("ack: 45m") == 1
    return stored(service, text)


def stored(service: Service, text: str) -> int:
    """The number of a version that nobody examined."""

    async def put() -> int:
        connection = await driver.connect(EmbeddedStack(service.home).urls.database_url)
        try:
            return await approved(connection, text)
        finally:
            await connection.close()

    return asyncio.run(put())


@pytest.fixture(scope="module")
def decided(service: Service) -> datetime:
    """Some decisions, and the moment before them."""
    before = datetime.now(UTC) - timedelta(seconds=1)
    with service.http() as http:
        for text in ("How do I export a report?", "Our production export has failed since 07:10.", "Where do I find my invoices?"):
            fresh = uuid.uuid4().hex
            sender = {"email": "cto@northwind.example"}
            body = {"channel": "email", "external_id": fresh, "conversation_id": fresh, "sender": sender, "text": text}
            answer = http.post("/v1/messages", json={**body, "sent_at": "2026-11-23T08:00:00Z"}, headers={"Prefer": "wait=20"})
            assert answer.status_code == 200, answer.text
            delivered(http, answer.json()["id"])
    return before


def delivered(http: httpx.Client, case_id: str) -> None:
    """Wait for the last thing that a case writes into the ledger."""
    for _ in range(200):
        case = http.get(f"/v1/cases/{case_id}").json()
        if case["handover"] or case["reply"] or case["review"]:
            return
        time.sleep(0.1)
    raise AssertionError(f"{case_id} was not delivered")


def simulate(http: httpx.Client, version: int, **body: Any) -> dict[str, Any]:
    answer = http.post(SIMULATE.format(version), json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_diff_says_what_changed_in_sentences_with_lines(http: httpx.Client, version: int) -> None:
    found = http.get(f"{DIFF}/1/{version}").json()
    sentences = [change["sentence"] for change in found["structure"]]
    assert sentences[0] == "SLA row for tier strategic, the first response: 15m → 45m (slower)."
    assert sentences[1].startswith("Guard strategic-people is removed")
    line = found["structure"][0]["line_after"]
    assert "ack: 45m" in shipped().replace(*SLOWER).splitlines()[line - 1]
    assert "+  - {tier: strategic,                   ack: 45m" in found["text"]
    assert (found["before"]["version"], found["after"]["version"], found["identical"]) == (1, version, False)
    assert found["widenings"] is None


def test_a_version_beside_itself_differs_in_nothing(http: httpx.Client) -> None:
    found = http.get(f"{DIFF}/1/1").json()
    assert (found["identical"], found["text"], found["structure"]) == (True, "", [])
    assert simulate(http, 1, against=1, source="tests")["changed"] == 0


def test_widenings_come_with_examples_when_asked_for(http: httpx.Client, service: Service) -> None:
    laxer = stored(service, shipped().replace("when: 'message.attachments >= 10'", "when: 'message.attachments >= 11'"))
    found = http.get(f"{DIFF}/1/{laxer}", params={"widenings": "true"}, timeout=180).json()
    assert {one["example"]["given"]["message"]["attachments"] for one in found["widenings"]} == {10}, found


def test_a_version_whose_tests_fail_says_that_beside_what_it_allows(http: httpx.Client, version: int) -> None:
    found = http.get(f"{DIFF}/1/{version}", params={"widenings": "true"}, timeout=180).json()
    assert any(one["id"].startswith("wider:strategic") for one in found["widenings"])
    assert any("`a strategic client is down` fails" in one["reason"] for one in found["unproved"])


def test_a_simulation_over_the_tests_shows_the_strategic_client_that_meets_a_bot_first(http: httpx.Client, version: int) -> None:
    found = simulate(http, version, against=1, source="tests")
    assert found["complete"]
    assert found["cases"] == found["total"] > 50
    assert found["changed"] > 0
    worst = found["worst"][0]
    assert worst["harm"] == "strategic client may meet a bot or lost a review"
    assert worst["tier_before"] == "strategic"
    assert {"field": "ack_within_s", "before": 900, "after": 2700} in worst["differences"]
    assert found["counts"]["guard"]["strategic-people"]["no_longer"] > 0


def test_without_a_version_to_compare_with_the_active_one_is_meant(http: httpx.Client, version: int) -> None:
    found = simulate(http, version, source="sample", limit=120)
    assert (found["before"]["version"], found["before"]["stage"]) == (1, "active")
    assert found["cases"] == 120
    assert found["counts"]["sla"]["ack"]["slower"] > 0


def test_recorded_decisions_are_judged_again(http: httpx.Client, version: int, decided: datetime) -> None:
    found = simulate(http, version, against=1, **{"from": decided.isoformat().replace("+00:00", "Z")})
    assert found["cases"] == found["total"] >= 2
    assert found["counts"]["tier"]["strategic"]["changed"] >= 1
    assert all(case["id"].startswith("dec_") for case in found["worst"])
    assert simulate(http, version, against=1, limit=1)["cases"] == 1
    assert simulate(http, version, against=1, to="2020-01-01T00:00:00Z") | {"cases": 0, "changed": 0, "worst": []} == simulate(
        http, version, against=1, to="2020-01-01T00:00:00Z"
    )


def written_since(http: httpx.Client, moment: datetime) -> list[str]:
    """The ledger's entries since then, but for those of clocks, which also ring for cases that other tests left behind."""
    at = moment.isoformat().replace("+00:00", "Z")
    entries = http.get("/v1/ledger/entries", params={"limit": 200, "from": at}).json()["items"]
    return [entry["id"] for entry in entries if entry["kind"] not in OF_CLOCKS]


def test_a_simulation_has_no_effect(http: httpx.Client, version: int, decided: datetime) -> None:
    before = written_since(http, decided)
    simulate(http, version, against=1)
    assert written_since(http, decided) == before


def test_the_same_key_gives_the_first_simulation_again(http: httpx.Client, version: int) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = (http.post(SIMULATE.format(version), json={"source": "tests"}, headers=headers) for _ in range(2))
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"


def test_the_service_answers_while_it_simulates(http: httpx.Client, service: Service, version: int) -> None:
    with service.http() as other:

        async def both() -> tuple[float, float]:
            started = time.perf_counter()
            running = asyncio.create_task(asyncio.to_thread(simulate, http, version, source="sample", limit=500))
            slowest = 0.0
            while not running.done():
                began = time.perf_counter()
                assert (await asyncio.to_thread(other.get, "/healthz")).status_code == 200
                slowest = max(slowest, time.perf_counter() - began)
                await asyncio.sleep(0.02)
            await running
            return slowest, time.perf_counter() - started

        slowest, took = asyncio.run(both())
        assert slowest < max(2.0, took / 3)


UNKNOWN = (
    ("get", f"{DIFF}/1/99999"),
    ("get", f"{DIFF}/99999/1"),
    ("get", "/v1/policies/no-such-policy/diff/1/1"),
    ("post", SIMULATE.format(99999)),
    ("post", "/v1/policies/no-such-policy/versions/1/simulate"),
)


@pytest.mark.parametrize(("method", "path"), UNKNOWN)
def test_versions_that_do_not_exist_are_not_found(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path, json={} if method == "post" else None)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "There is no version" in answer.json()["detail"]


def test_a_version_to_compare_with_that_does_not_exist_is_not_found(http: httpx.Client) -> None:
    assert http.post(SIMULATE.format(1), json={"against": 99999}).status_code == 404


BAD: tuple[dict[str, Any], ...] = (
    {"source": "everything"},
    {"limit": 0},
    {"limit": 20_001},
    {"limit": "many"},
    {"limit": True},
    {"against": 0},
    {"against": "1"},
    {"from": "yesterday"},
    {"from": "2026-11-02T00:00:00Z", "to": "2026-11-01T00:00:00Z"},
    {"source": "tests", "from": "2026-11-02T00:00:00Z"},
    {"since": "2026-11-02T00:00:00Z"},
    {"unknown": 1},
)


@pytest.mark.parametrize("body", BAD, ids=[str(body) for body in BAD])
def test_bodies_that_make_no_sense_are_refused(http: httpx.Client, body: dict[str, Any]) -> None:
    answer = http.post(SIMULATE.format(1), json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]


@pytest.mark.parametrize("path", [f"{DIFF}/0/1", f"{DIFF}/1/x", f"{DIFF}/1/4294967296", "/v1/policies/UPPER/diff/1/1"])
def test_paths_that_make_no_sense_are_refused(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 422


def test_scopes_of_cases_or_policies_are_enough_and_others_are_not(service: Service) -> None:
    for scope, status in (
        ("cases:read", 200),
        ("policies:write", 200),
        ("policies:approve", 200),
        ("ledger:read", 403),
        ("cases:write", 403),
    ):
        with service.http(service.make_key(scope)) as http:
            assert http.get(f"{DIFF}/1/1").status_code == status, scope
            assert http.post(SIMULATE.format(1), json={"source": "tests", "limit": 1}).status_code == status, scope
    with httpx.Client(base_url=service.base_url) as nobody:
        assert nobody.get(f"{DIFF}/1/1").status_code == 401


def test_a_key_of_another_region_finds_no_policy(service: Service) -> None:
    with service.http(service.make_key("cases:read", region="us")) as http:
        assert http.get(f"{DIFF}/1/1").status_code == 404
        assert http.post(SIMULATE.format(1), json={}).status_code == 404
