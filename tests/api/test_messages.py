"""`POST /v1/messages` as the public contract tells it."""

from __future__ import annotations

import httpx
import pytest

from tests.at_once import at_once
from tests.faults.outcomes import FaultRow, keep
from tests.service import Service, eventually, message

LEGAL = "You will hear from our solicitors; we take this to court on Friday."
EASY = "How do I schedule an export to run on the last day of every month?"


def small_client(text: str, **changes: object) -> dict[str, object]:
    return message(text, sender={"client_id": None, "email": "stranger@nowhere.example"}, **changes)


def test_without_prefer_the_answer_is_202_with_the_case_and_its_location(http: httpx.Client) -> None:
    answer = http.post("/v1/messages", json=message(EASY))
    assert answer.status_code == 202
    case = answer.json()
    assert answer.headers["location"] == f"/v1/cases/{case['id']}"
    assert case["id"].startswith("case_")
    assert case["client"]["id"] == "northwind"
    assert case["client"]["resolved_by"] == "email"


def test_prefer_wait_answers_200_with_the_decision(http: httpx.Client) -> None:
    answer = http.post("/v1/messages", json=small_client(EASY), headers={"Prefer": "wait=20"})
    assert answer.status_code == 200
    decision = answer.json()["decision"]
    assert decision["route"]["mode"] in {"ai", "hybrid", "human"}
    assert decision["policy"]["name"] == "vip-support"
    assert decision["facts_digest"].startswith("sha256:")
    assert decision["sla"]["state"] == "running"
    assert decision["explanation"]
    assert decision["proposal"]["model"].startswith("embedded/")
    assert set(decision["latency_ms"]) >= {"total", "policy", "context", "model"}


@pytest.mark.parametrize("prefer", ["Wait=20", "wait = 20", 'wait="20"', "respond-async, WAIT=20; strict"])
def test_a_wait_is_understood_in_every_form_that_rfc_7240_has(http: httpx.Client, prefer: str) -> None:
    answer = http.post("/v1/messages", json=small_client(EASY), headers={"Prefer": prefer})
    assert (answer.status_code, answer.headers["preference-applied"]) == (200, "wait=20")


def test_prefer_wait_answers_200_when_the_turn_stopped_for_a_person(http: httpx.Client) -> None:
    answer = http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"})
    assert answer.status_code == 200
    case = answer.json()
    assert case["status"] == "awaiting_review"
    assert case["decision"] is None
    assert case["review"]["status"] == "open"


def test_a_repeat_of_the_external_id_gives_the_same_case(http: httpx.Client) -> None:
    body = message(EASY)
    first = http.post("/v1/messages", json=body, headers={"Prefer": "wait=20"})
    again = http.post("/v1/messages", json=body)
    assert again.status_code == 200
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json()["id"] == first.json()["id"]


def test_the_same_message_fifty_times_at_once_has_one_effect(service: Service, http: httpx.Client) -> None:
    body = small_client(EASY)

    def post(own: httpx.Client) -> httpx.Response:
        return own.post("/v1/messages", json=body)

    answers = at_once(service, [post] * 50)
    assert {answer.status_code for answer in answers} <= {200, 202}
    new = sum(answer.headers.get("idempotency-replayed") != "true" for answer in answers)
    keep(FaultRow("the same message fifty times at once", len(answers), twice=new - 1))
    assert new == 1
    (case_id,) = {answer.json()["id"] for answer in answers}
    case = eventually(lambda: (found := http.get(f"/v1/cases/{case_id}").json()) and (found["reply"] or found["handover"]) and found)
    assert [one["external_id"] for one in case["messages"] if one["direction"] == "inbound"] == [body["external_id"]]
    kinds = [entry["kind"] for entry in http.get("/v1/ledger/entries", params={"case_id": case_id}).json()["items"]]
    assert kinds.count("message.received") == kinds.count("case.decided") == 1
    assert len(kinds) == len(set(kinds))


def test_messages_of_one_conversation_are_one_case_in_the_order_of_arrival(http: httpx.Client) -> None:
    first = small_client(EASY)
    second = {**first, "external_id": f"{first['external_id']}-2", "text": "And how do I schedule an export for every Monday?"}
    http.post("/v1/messages", json=first)
    answer = http.post("/v1/messages", json=second, headers={"Prefer": "wait=20"})
    case = answer.json()
    assert [one["turn"] for one in case["messages"] if one["direction"] == "inbound"] == [1, 2]
    assert case["decision"]["turn"] == 2


def test_an_unknown_sender_is_served_without_a_client(http: httpx.Client) -> None:
    case = http.post("/v1/messages", json=small_client(EASY), headers={"Prefer": "wait=20"}).json()
    assert case["client"] is None


def test_the_reply_or_handover_follows_the_decision(http: httpx.Client) -> None:
    case = http.post("/v1/messages", json=small_client(EASY), headers={"Prefer": "wait=20"}).json()
    done = eventually(lambda: (found := http.get(f"/v1/cases/{case['id']}").json()) and (found["reply"] or found["handover"]) and found)
    assert done["status"] in {"answered", "assigned"}
