"""Explanation, replay, decide, events and ledger: every decision can be explained and proven."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import httpx
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from domain.merkle import is_consistent, leaf_hash, root_from
from tests.service import Service, eventually, message, sse

LEGAL = "Our lawyers will sue you over last week's outage."


@pytest.fixture(scope="module")
def decided(service: Service) -> dict[str, Any]:
    with service.http() as http:
        case = http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"}).json()
        review = http.get(f"/v1/reviews/{case['review']['id']}")
        ruling = {"action": "approve"}
        return http.post(f"/v1/reviews/{case['review']['id']}/ruling", json=ruling, headers={"If-Match": review.headers["etag"]}).json()


def test_the_explanation_is_the_whole_record(http: httpx.Client, decided: dict[str, Any]) -> None:
    record = http.get(f"/v1/cases/{decided['id']}/explanation").json()
    assert record["facts"]["client"]["id"] == "northwind"
    fired = {guard["id"]: guard for guard in record["guards"]}
    assert fired["legal-threat"]["when"] == '"legal" in message.signals'
    assert "legal" in fired["legal-threat"]["values"]["message.signals"]
    assert {run["tool"] for run in record["tools"]} == {"crm", "telemetry", "knowledge", "cases"}
    assert {spoken["agent"] for spoken in record["models"]} == {"triage", "router", "value_estimator"}
    assert record["ruling"]["actor"] == "person:lead-1"
    assert sum(driver["contribution"] for driver in record["value"]["drivers"]) == pytest.approx(record["value"]["score"], abs=0.05)


def test_the_explanation_names_the_entry_that_proves_it(http: httpx.Client, decided: dict[str, Any]) -> None:
    told = http.get(f"/v1/cases/{decided['id']}/explanation").json()["ledger"]
    [entry] = http.get("/v1/ledger/entries", params={"case_id": decided["id"], "kind": "case.decided"}).json()["items"]
    assert {name: told[name] for name in ("index", "id", "kind", "digest")} == {
        name: entry[name] for name in ("index", "id", "kind", "digest")
    }
    proof = eventually(lambda: (answer := http.get(told["links"]["proof"])).status_code == 200 and answer.json())
    assert (proof["index"], proof["digest"]) == (entry["index"], told["digest"])


def test_a_replay_gives_the_same_digest(http: httpx.Client, decided: dict[str, Any]) -> None:
    replayed = http.post(f"/v1/cases/{decided['id']}/replay").json()
    assert replayed["identical"] is True
    assert replayed["digest"] == replayed["recorded_digest"]
    version = f"vip-support@{decided['decision']['policy']['version']}"
    assert http.post(f"/v1/cases/{decided['id']}/replay", json={"policy": version}).json()["identical"] is True
    assert http.post(f"/v1/cases/{decided['id']}/replay", json={"policy": "nobody@9"}).status_code == 404


def test_decide_has_no_effect_and_always_answers_the_same(http: httpx.Client) -> None:
    question = {
        "facts": {"client": {"region": "eu", "contract": {"tier": "strategic"}}, "message": {"signals": ["legal"], "severity": 4}},
        "proposal": {"mode": "ai", "pool": "us-core", "confidence": 0.9},
    }
    first, second = (http.post("/v1/decide", json=question).json() for _ in range(2))
    assert first == second
    assert first["route"]["mode"] == "human"
    assert first["overruled"] is True
    assert first["review"] is not None
    assert {"legal-threat", "eu-residency"} <= {guard["id"] for guard in first["guards"]}


def test_invalid_facts_end_in_the_regions_fallback(http: httpx.Client) -> None:
    for facts in (
        {"client": {"region": "us", "health": "high"}},
        {"client": {"region": "us", "helth": 1.0}},
        {"client": {"region": "us", "id": None}},
    ):
        verdict = http.post("/v1/decide", json={"facts": facts}).json()
        assert (verdict["source"], verdict["route"]["pool"], verdict["route"]["mode"]) == ("fallback", "us-senior", "human")
        assert verdict["errors"]
        assert verdict["review"] is not None


def test_an_unknown_policy_is_404(http: httpx.Client) -> None:
    assert http.post("/v1/decide", json={"facts": {}, "policy": "nobody"}).status_code == 404


def test_a_key_of_one_client_cannot_name_a_policy_since_it_sees_none(service: Service, decided: dict[str, Any]) -> None:
    decide, replay = "/v1/decide", f"/v1/cases/{decided['id']}/replay"
    with service.http(service.make_key("cases:read", client="northwind")) as http:
        for named in ("vip-support@1", "vip-support", "nobody@9"):
            for asked in (http.post(decide, json={"facts": {}, "policy": named}), http.post(replay, json={"policy": named})):
                assert (asked.status_code, asked.json()["detail"]) == (404, "There are no policies for this key.")
        assert http.post(decide, json={"facts": {}}).status_code == 200
        assert http.post(replay).json()["identical"] is True


def test_the_events_of_a_case_come_in_sequence_and_replay_from_last_event_id(http: httpx.Client, decided: dict[str, Any]) -> None:
    with http.stream("GET", f"/v1/cases/{decided['id']}/events") as stream:
        events = sse(stream.iter_lines(), 5)
    kinds = [event["data"]["type"] for event in events]
    assert kinds[:4] == ["maitred.message.received", "maitred.review.opened", "maitred.review.ruled", "maitred.case.decided"]
    assert [event["id"] for event in events] == sorted(event["id"] for event in events)
    assert events[0]["data"]["specversion"] == "1.0"
    assert events[0]["data"]["partitionkey"] == decided["id"]
    with http.stream("GET", f"/v1/cases/{decided['id']}/events", headers={"Last-Event-ID": str(events[1]["id"])}) as stream:
        replayed = sse(stream.iter_lines(), 1)
    assert replayed[0]["id"] == events[2]["id"]
    assert http.get("/v1/events", headers={"Last-Event-ID": "x"}).status_code == 422


def test_an_event_names_the_request_that_caused_it(http: httpx.Client) -> None:
    headers = {"X-Request-Id": "req-of-the-channel", "Prefer": "wait=20"}
    case = http.post("/v1/messages", json=message("How do I export a report?"), headers=headers).json()
    with http.stream("GET", f"/v1/cases/{case['id']}/events") as stream:
        received, decided = (event["data"] for event in sse(stream.iter_lines(), 2))
    assert (received["requestid"], decided["requestid"]) == ("req-of-the-channel", "req-of-the-channel")


def test_the_ledger_holds_every_step_once(http: httpx.Client, decided: dict[str, Any]) -> None:
    entries = http.get("/v1/ledger/entries", params={"case_id": decided["id"]}).json()["items"]
    kinds = [entry["kind"] for entry in entries]
    assert kinds[:4] == ["message.received", "review.opened", "review.ruled", "case.decided"]
    decision = entries[3]
    assert decision["actor"] == "person:lead-1"
    assert decision["data"]["facts_digest"] == decided["decision"]["facts_digest"]
    assert all(entry["digest"].startswith("sha256:") for entry in entries)
    assert LEGAL not in str(entries)


def test_an_entry_is_proven_up_to_a_signed_root(http: httpx.Client, decided: dict[str, Any]) -> None:
    entries = http.get("/v1/ledger/entries", params={"case_id": decided["id"], "kind": "case.decided"}).json()["items"]
    path = f"/v1/ledger/entries/{entries[0]['index']}/proof"
    proof = eventually(lambda: http.get(path).status_code == 200 and http.get(path).json())
    root = root_from(proof["position"], proof["size"], leaf_hash(proof["body"].encode()), [bytes.fromhex(one) for one in proof["path"]])
    assert root is not None
    assert root.hex() == proof["checkpoint"]["root"]
    text, _, signature = proof["checkpoint"]["note"].partition("\n\n")
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(proof["checkpoint"]["public_key"]))
    key.verify(b64decode(signature.split()[-1])[4:], f"{text}\n".encode())
    assert text.splitlines()[1:3] == [str(proof["size"]), b64encode(root).decode()]
    assert http.get("/v1/ledger/checkpoint").json()["size"] >= proof["size"]
    later = http.get("/v1/ledger/consistency", params={"from": 1}).json()
    assert is_consistent(
        1,
        later["to"]["size"],
        bytes.fromhex(later["from"]["root"]),
        bytes.fromhex(later["to"]["root"]),
        [bytes.fromhex(one) for one in later["path"]],
    )
    assert http.get("/v1/ledger/entries/999999/proof").status_code == 404
    assert http.get(path, params={"size": 10**9}).status_code == 404


def test_entries_are_found_by_words_and_exported_as_lines(http: httpx.Client, decided: dict[str, Any]) -> None:
    def found() -> list[dict[str, Any]]:
        return http.get("/v1/ledger/entries", params={"q": f'{decided["id"]} "review ruled"'}).json()["items"]

    assert [one["kind"] for one in eventually(found)] == ["review.ruled"]
    assert http.get("/v1/ledger/entries", params={"q": "x" * 201}).status_code == 422
    exported = http.get("/v1/ledger/export", params={"case_id": decided["id"]})
    assert exported.headers["content-type"] == "application/x-ndjson"
    listed = http.get("/v1/ledger/entries", params={"case_id": decided["id"]}).json()["items"]
    lines = [orjson.loads(line) for line in exported.content.splitlines()]
    assert [{name: value for name, value in line.items() if name != "position"} for line in lines] == listed
