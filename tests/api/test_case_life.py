"""What helpdesks call: acknowledge, accept, decline, transfer, resolve, reopen; and what happens when two call at once."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.at_once import at_once
from tests.service import Service, eventually, message

EASY = "How do I share a dashboard with a colleague?"
LEGAL = "Our attorneys have been told to bring an action against you before the court."
USER = "frauke.behrens@northwind.example"
MOVES = ("acknowledge", "accept", "decline", "transfer", "resolve", "reopen")
BODIES: dict[str, dict[str, Any]] = {"transfer": {"pool": "eu-finance"}, "resolve": {"outcome": "solved"}}


@pytest.fixture
def case(http: httpx.Client) -> dict[str, Any]:
    """A case that a person has: decided, handed over, reserved."""
    posted = http.post("/v1/messages", json=message(EASY, sender={"email": USER}), headers={"Prefer": "wait=20"}).json()
    return eventually(lambda: (found := read(http, posted["id"])) and found["handover"] and found["assignment"] and found)


@pytest.fixture
def waiting(http: httpx.Client) -> dict[str, Any]:
    """A case that waits for a ruling."""
    return http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"}).json()


def read(http: httpx.Client, case_id: str) -> dict[str, Any]:
    return http.get(f"/v1/cases/{case_id}").json()


def move(http: httpx.Client, case_id: str, verb: str, tag: str = "", **body: Any) -> httpx.Response:
    """A move on the case as it is now, or as `tag` names it."""
    tag = tag or http.get(f"/v1/cases/{case_id}").headers["etag"]
    return http.post(f"/v1/cases/{case_id}/{verb}", json=body or BODIES.get(verb), headers={"If-Match": tag})


def kinds(http: httpx.Client, case_id: str) -> list[str]:
    return [entry["kind"] for entry in http.get("/v1/ledger/entries", params={"case_id": case_id, "limit": 200}).json()["items"]]


def told(http: httpx.Client, case_id: str) -> list[str]:
    lines = http.get(f"/v1/cases/{case_id}/events", params={"follow": "false"}).text.splitlines()
    return [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]


def test_acknowledge_stops_the_first_clock_once(http: httpx.Client, case: dict[str, Any]) -> None:
    moved = move(http, case["id"], "acknowledge", note="Called them at once.")
    assert moved.status_code == 200
    assert moved.json()["acknowledged_at"]
    assert moved.json()["decision"]["sla"]["state"] == "running"
    again = move(http, case["id"], "acknowledge")
    assert again.status_code == 409
    assert "acknowledged already" in again.json()["detail"]
    assert kinds(http, case["id"]).count("case.acknowledged") == 1
    assert eventually(lambda: "case.acknowledged" in told(http, case["id"]))


def test_accept_takes_the_reservation_and_then_only_a_transfer_moves_it(http: httpx.Client, case: dict[str, Any]) -> None:
    assert case["assignment"]["accepted_at"] is None
    accepted = move(http, case["id"], "accept").json()
    assert accepted["assignment"]["accepted_at"]
    assert accepted["assignment"]["person"] == accepted["decision"]["route"]["assignee"] == case["decision"]["route"]["assignee"]
    assert accepted["acknowledged_at"]
    for verb in ("accept", "decline"):
        assert "transfer it instead" in move(http, case["id"], verb).json()["detail"]
    assert move(http, case["id"], "transfer", pool="eu-finance").json()["assignment"]["accepted_at"] is None


def test_decline_gives_the_case_to_the_next_person_and_never_to_one_who_declined(http: httpx.Client, case: dict[str, Any]) -> None:
    pool, asked = case["assignment"]["pool"], [case["assignment"]["person"]]
    while (current := move(http, case["id"], "decline").json())["assignment"] is not None:
        asked.append(current["assignment"]["person"])
        assert current["assignment"]["pool"] == pool
    assert len(asked) == len(set(asked)) > 1
    assert (current["decision"]["route"]["assignee"], current["status"]) == (None, "assigned")
    assert move(http, case["id"], "decline").status_code == 409
    ledger = http.get("/v1/ledger/entries", params={"case_id": case["id"], "kind": "case.declined"}).json()["items"]
    assert [entry["data"]["person"] for entry in ledger] == asked
    assert ledger[-1]["data"]["assigned"] is None


def test_a_transfer_inside_the_envelope_is_taken(http: httpx.Client, case: dict[str, Any]) -> None:
    moved = move(http, case["id"], "transfer", pool="eu-finance").json()
    route = moved["decision"]["route"]
    assert (route["pool"], moved["assignment"]["pool"]) == ("eu-finance", "eu-finance")
    assert route["assignee"] == moved["assignment"]["person"] != case["assignment"]["person"]
    assert http.get(f"/v1/cases/{case['id']}/explanation").json()["route"] == case["decision"]["route"]
    assert move(http, case["id"], "transfer", pool="eu-finance").status_code == 409


def test_a_transfer_may_name_a_mode_or_skills_alone(http: httpx.Client, case: dict[str, Any]) -> None:
    route = case["decision"]["route"]
    other = "hybrid" if route["mode"] == "human" else "human"
    moved = move(http, case["id"], "transfer", mode=other).json()["decision"]["route"]
    assert (moved["mode"], moved["pool"]) == (other, route["pool"])
    skilled = move(http, case["id"], "transfer", skills=["billing"]).json()["decision"]["route"]
    assert (skilled["mode"], skilled["skills"]) == (other, ["billing"])
    there = move(http, case["id"], "transfer", mode=other, skills=["billing"])
    assert (there.status_code, "there already" in there.json()["detail"]) == (409, True)


def test_a_transfer_outside_the_envelope_is_422_with_the_guard(http: httpx.Client, case: dict[str, Any]) -> None:
    refused = move(http, case["id"], "transfer", pool="us-senior")
    assert refused.status_code == 422
    assert refused.json()["type"] == "/problems/forbidden-by-policy"
    assert "eu-residency" in {guard["id"] for guard in refused.json()["guards"]}
    assert read(http, case["id"])["assignment"] == case["assignment"]


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [({"pool": "moon"}, "/pool"), ({"assignee": "nobody"}, "/assignee"), ({"mode": "ai"}, "/mode"), ({"pool": 7}, "/pool")],
)
def test_what_a_transfer_cannot_mean_is_422_with_a_pointer(
    http: httpx.Client, case: dict[str, Any], wanted: dict[str, Any], pointer: str
) -> None:
    refused = move(http, case["id"], "transfer", **wanted)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"].endswith(pointer)


def test_resolve_ends_the_case_and_reopen_begins_it_again(http: httpx.Client, case: dict[str, Any]) -> None:
    resolved = move(http, case["id"], "resolve", outcome="solved", csat=5, notes="It runs again.").json()
    assert (resolved["status"], resolved["assignment"], resolved["decision"]["sla"]["state"]) == ("resolved", None, "met")
    assert {"outcome": "solved", "csat": 5, "notes": "It runs again.", "by": "person:lead-1"}.items() <= resolved["outcome"].items()
    for verb in ("acknowledge", "accept", "decline", "transfer", "resolve"):
        assert "reopen it first" in move(http, case["id"], verb).json()["detail"]
    reopened = move(http, case["id"], "reopen").json()
    assert (reopened["status"], reopened["outcome"], reopened["resolved_at"], reopened["acknowledged_at"]) == ("assigned", None, None, None)
    assert reopened["decision"]["sla"]["ack_due_at"] > case["decision"]["sla"]["ack_due_at"]
    assert reopened["decision"]["sla"]["state"] == "running"
    assert reopened["assignment"]["accepted_at"] is None
    assert move(http, case["id"], "reopen").status_code == 409
    wanted = ["case.resolved", "case.reopened"]
    assert [kind for kind in kinds(http, case["id"]) if kind in wanted] == wanted
    assert eventually(lambda: [kind for kind in told(http, case["id"]) if kind in wanted] == wanted)


@pytest.mark.parametrize("verb", MOVES)
def test_a_move_needs_the_fresh_etag_and_an_existing_case(http: httpx.Client, case: dict[str, Any], verb: str) -> None:
    url = f"/v1/cases/{case['id']}/{verb}"
    assert http.post(url, json=BODIES.get(verb)).status_code == 428
    stale = move(http, case["id"], verb, '"r1"')
    assert stale.status_code == 412
    assert stale.json()["current"]["id"] == case["id"]
    assert move(http, "case_none", verb, '"r1"').status_code == 404


def test_a_move_with_an_idempotency_key_happens_once(http: httpx.Client, case: dict[str, Any]) -> None:
    headers = {"If-Match": http.get(f"/v1/cases/{case['id']}").headers["etag"], "Idempotency-Key": f"resolve-{case['id']}"}
    first, again = (http.post(f"/v1/cases/{case['id']}/resolve", json={"outcome": "answered"}, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["idempotency-replayed"] == "true"
    assert first.content == again.content


def test_a_case_that_waits_for_a_ruling_is_not_transferred_past_it(http: httpx.Client, waiting: dict[str, Any]) -> None:
    refused = move(http, waiting["id"], "transfer", pool="eu-finance")
    assert refused.status_code == 409
    assert "ruling" in refused.json()["detail"]


def test_a_review_ends_when_its_case_is_resolved_elsewhere(http: httpx.Client, waiting: dict[str, Any]) -> None:
    review_id = waiting["review"]["id"]
    http.post(f"/v1/reviews/{review_id}/claim")
    assert move(http, waiting["id"], "resolve", outcome="duplicate").status_code == 200
    shown = http.get(f"/v1/reviews/{review_id}")
    assert (shown.json()["status"], shown.json()["claimed_by"], shown.json()["closing"]["actor"]) == ("closed", None, "person:lead-1")
    assert review_id in {one["id"] for one in http.get("/v1/reviews", params={"status": "closed", "limit": 200}).json()["items"]}
    late = http.post(f"/v1/reviews/{review_id}/ruling", json={"action": "approve"}, headers={"If-Match": shown.headers["etag"]})
    assert late.status_code == 409
    assert late.json()["closing"]["because"] == "The case was resolved elsewhere."
    assert http.post(f"/v1/reviews/{review_id}/claim").status_code == 409
    assert read(http, waiting["id"])["decision"] is None
    assert {"review.closed", "case.resolved"} <= set(kinds(http, waiting["id"]))


def test_of_a_ruling_and_a_resolution_at_once_exactly_one_wins(service: Service, http: httpx.Client) -> None:
    for _ in range(6):
        case = http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"}).json()
        review_id, tag = case["review"]["id"], http.get(f"/v1/cases/{case['id']}").headers["etag"]
        seen = {"If-Match": http.get(f"/v1/reviews/{review_id}").headers["etag"]}

        def rule(own: httpx.Client, url: str = f"/v1/reviews/{review_id}/ruling", seen: dict[str, str] = seen) -> httpx.Response:
            return own.post(url, json={"action": "approve"}, headers=seen)

        def resolve(own: httpx.Client, case_id: str = case["id"], tag: str = tag) -> httpx.Response:
            return move(own, case_id, "resolve", tag, outcome="solved")

        ruled, resolved = at_once(service, [rule, resolve])
        assert sorted((ruled.status_code == 200, resolved.status_code == 200)) == [False, True]
        assert {ruled.status_code, resolved.status_code} <= {200, 409, 412}
        written = kinds(http, case["id"])
        outcome = ["review.ruled", "case.decided"] if ruled.status_code == 200 else ["review.closed", "case.resolved"]
        other = {"review.ruled", "case.decided", "review.closed", "case.resolved"} - set(outcome)
        assert [written.count(kind) for kind in outcome] == [1, 1]
        assert not other & set(written)


def test_twenty_moves_at_once_are_one(service: Service, http: httpx.Client, case: dict[str, Any]) -> None:
    tag = http.get(f"/v1/cases/{case['id']}").headers["etag"]
    verbs = ["resolve", "decline", "accept", "transfer"] * 5
    answers = at_once(service, [lambda own, verb=verb: move(own, case["id"], verb, tag) for verb in verbs])
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 19
    moves = {"case.resolved", "case.declined", "case.accepted", "case.transferred"}
    assert sum(kind in moves for kind in kinds(http, case["id"])) == 1
