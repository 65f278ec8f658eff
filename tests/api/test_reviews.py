"""Reviews: list, claim, release, ruling."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from tests.at_once import at_once
from tests.faults.outcomes import FaultRow, keep
from tests.service import Service, eventually, message

WORSE = "Now our whole production is down, nobody can work, and we lose money every minute!"
LEGAL = "Our attorneys have been told to bring an action against you before the court."


@pytest.fixture(scope="session")
def leads(service: Service) -> list[str]:
    """Keys of four people; the first is `lead-1`."""
    return [service.key, *(service.make_key("all", person=f"rival-{number}") for number in range(3))]


@pytest.fixture
def review(http: httpx.Client) -> dict[str, Any]:
    case = http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"}).json()
    return http.get(f"/v1/reviews/{case['review']['id']}").json()


def tag(http: httpx.Client, review: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": http.get(f"/v1/reviews/{review['id']}").headers["etag"]}


def test_a_review_has_all_that_a_lead_needs(review: dict[str, Any]) -> None:
    assert review["client"]["name"] == "Northwind Bank"
    assert review["value"]["at_stake"]["currency"] == "EUR"
    assert "legal-threat" in {guard["id"] for guard in review["guards"]}
    assert review["messages"][0]["text"] == LEGAL
    assert review["envelope"]["modes"] == ["human"]
    assert review["facts"]
    assert all({"id", "source", "age_s"} <= set(fact) for fact in review["facts"])


def test_the_list_is_most_urgent_first(http: httpx.Client, review: dict[str, Any]) -> None:
    items = http.get("/v1/reviews", params={"status": "open", "limit": 200}).json()["items"]
    assert review["id"] in {item["id"] for item in items}
    due = [item["sla"]["ack_due_at"] for item in items]
    assert due == sorted(due)


def test_pages_of_reviews_do_not_repeat_an_item(http: httpx.Client, review: dict[str, Any]) -> None:
    http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"})
    first = http.get("/v1/reviews", params={"limit": 1}).json()
    second = http.get("/v1/reviews", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert first["items"][0]["id"] != second["items"][0]["id"]


def test_a_claim_is_a_lease_and_another_lead_is_told_who_holds_it(
    service: Service, http: httpx.Client, review: dict[str, Any], leads: list[str]
) -> None:
    claimed = http.post(f"/v1/reviews/{review['id']}/claim")
    assert claimed.json()["claimed_by"] == "person:lead-1"
    with service.http(leads[1]) as other:
        refused = other.post(f"/v1/reviews/{review['id']}/claim")
        assert refused.status_code == 409
        assert refused.json()["holder"] == "person:lead-1"
        assert other.post(f"/v1/reviews/{review['id']}/release").status_code == 409
        assert http.post(f"/v1/reviews/{review['id']}/release").json()["claimed_by"] is None
        assert other.post(f"/v1/reviews/{review['id']}/claim").status_code == 200


def test_a_claim_and_a_release_name_the_request_that_caused_them(http: httpx.Client, review: dict[str, Any]) -> None:
    for verb in ("claim", "release"):
        assert http.post(f"/v1/reviews/{review['id']}/{verb}", headers={"X-Request-Id": f"req-of-a-{verb}"}).status_code == 200
    about = {"review.claimed": "req-of-a-claim", "review.released": "req-of-a-release"}
    entries = http.get("/v1/ledger/entries", params={"case_id": review["case_id"]}).json()["items"]
    assert {entry["kind"]: entry["request_id"] for entry in entries if entry["kind"] in about} == about

    def heard() -> dict[str, Any]:
        lines = http.get(f"/v1/cases/{review['case_id']}/events", params={"follow": "false"}).text.splitlines()
        events = [orjson.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
        return {event["type"].removeprefix("maitred."): event.get("requestid") for event in events}

    assert eventually(lambda: about.items() <= heard().items())


def test_a_ruling_needs_if_match(http: httpx.Client, review: dict[str, Any]) -> None:
    answer = http.post(f"/v1/reviews/{review['id']}/ruling", json={"action": "approve"})
    assert answer.status_code == 428
    assert answer.json()["type"] == "/problems/precondition-required"


def test_a_stale_ruling_is_412_with_the_fresh_review(http: httpx.Client, review: dict[str, Any]) -> None:
    stale = tag(http, review)
    http.post(f"/v1/reviews/{review['id']}/claim")
    answer = http.post(f"/v1/reviews/{review['id']}/ruling", json={"action": "approve"}, headers=stale)
    assert answer.status_code == 412
    assert answer.json()["current"]["claimed_by"] == "person:lead-1"


def test_approve_resumes_the_graph_and_stores_the_outcome(http: httpx.Client, review: dict[str, Any]) -> None:
    answer = http.post(f"/v1/reviews/{review['id']}/ruling", json={"action": "approve", "note": "go"}, headers=tag(http, review))
    assert answer.status_code == 200
    decision = answer.json()["decision"]
    assert decision["decided_by"] == "person:lead-1"
    assert decision["route"]["mode"] == "human"


def test_what_a_guard_forbids_is_422_with_the_guard_and_its_reason(http: httpx.Client, review: dict[str, Any]) -> None:
    edit = {"action": "edit", "route": {"mode": "ai"}}
    answer = http.post(f"/v1/reviews/{review['id']}/ruling", json=edit, headers=tag(http, review))
    assert answer.status_code == 422
    assert {"id": "legal-threat", "because": "A legal threat is answered by a person only."} in answer.json()["guards"]
    assert http.get(f"/v1/reviews/{review['id']}").json()["status"] != "ruled"


def test_edit_inside_the_envelope_is_taken(http: httpx.Client, review: dict[str, Any]) -> None:
    edit = {"action": "edit", "route": {"pool": "eu-senior"}, "reason": "they know us there"}
    answer = http.post(f"/v1/reviews/{review['id']}/ruling", json=edit, headers=tag(http, review))
    assert answer.json()["decision"]["route"]["pool"] == "eu-senior"
    assert "they know us there" in answer.json()["decision"]["explanation"]


def test_an_unknown_pool_is_422_with_a_pointer(http: httpx.Client, review: dict[str, Any]) -> None:
    answer = http.post(f"/v1/reviews/{review['id']}/ruling", json={"action": "edit", "route": {"pool": "moon"}}, headers=tag(http, review))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/route/pool"


def test_reject_ends_in_a_person_without_action(http: httpx.Client, review: dict[str, Any]) -> None:
    answer = http.post(f"/v1/reviews/{review['id']}/ruling", json={"action": "reject", "reason": "no"}, headers=tag(http, review))
    route = answer.json()["decision"]["route"]
    assert (route["mode"], route["action"]) == ("human", "none")


def test_a_case_is_reassigned_to_a_person_who_works_in_the_pool(http: httpx.Client, review: dict[str, Any]) -> None:
    other = http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"}).json()["review"]
    url = f"/v1/reviews/{other['id']}/ruling"
    reserved = http.post(url, json={"action": "approve"}, headers=tag(http, other)).json()["assignment"]
    url = f"/v1/reviews/{review['id']}/ruling"
    route = {"pool": reserved["pool"], "assignee": "nobody"}
    refused = http.post(url, json={"action": "reassign", "route": route}, headers=tag(http, review))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/route/assignee")
    route["assignee"] = reserved["person"]
    ruled = http.post(url, json={"action": "reassign", "route": route}, headers=tag(http, review)).json()
    assert ruled["assignment"]["person"] == ruled["decision"]["route"]["assignee"] == reserved["person"]


def test_ask_sends_the_question_to_the_client(http: httpx.Client, review: dict[str, Any]) -> None:
    empty = http.post(f"/v1/reviews/{review['id']}/ruling", json={"action": "ask"}, headers=tag(http, review))
    assert empty.status_code == 422
    asked = {"action": "ask", "question": "Which invoice do you mean?"}
    assert http.post(f"/v1/reviews/{review['id']}/ruling", json=asked, headers=tag(http, review)).status_code == 200


def test_a_second_ruling_is_409(http: httpx.Client, review: dict[str, Any]) -> None:
    http.post(f"/v1/reviews/{review['id']}/ruling", json={"action": "approve"}, headers=tag(http, review))
    again = http.post(f"/v1/reviews/{review['id']}/ruling", json={"action": "reject"}, headers=tag(http, review))
    assert again.status_code == 409
    assert again.json()["ruling"]["action"] == "approve"


def test_twenty_claims_at_once_have_one_holder(service: Service, http: httpx.Client, review: dict[str, Any], leads: list[str]) -> None:
    def claim(own: httpx.Client) -> httpx.Response:
        return own.post(f"/v1/reviews/{review['id']}/claim")

    answers = at_once(service, [claim] * 20, leads)
    holder = http.get(f"/v1/reviews/{review['id']}").json()["claimed_by"]
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [409] * 15
    assert {answer.json().get("holder") or answer.json()["claimed_by"] for answer in answers} == {holder}
    claims = http.get("/v1/ledger/entries", params={"case_id": review["case_id"], "kind": "review.claimed"}).json()["items"]
    assert [entry["actor"] for entry in claims] == [holder]


def test_twenty_rulings_at_once_have_one_effect(service: Service, http: httpx.Client, review: dict[str, Any], leads: list[str]) -> None:
    seen = tag(http, review)

    def rule(own: httpx.Client) -> httpx.Response:
        return own.post(f"/v1/reviews/{review['id']}/ruling", json={"action": "approve"}, headers=seen)

    answers = at_once(service, [rule] * 20, leads)
    won = [answer for answer in answers if answer.status_code == 200]
    keep(FaultRow("twenty leads rule at once, two workers", len(answers), twice=len(won) - 1))
    assert len(won) == 1
    assert {answer.status_code for answer in answers} <= {200, 409, 412}
    entries = http.get("/v1/ledger/entries", params={"case_id": review["case_id"]}).json()["items"]
    assert [entry["kind"] for entry in entries].count("case.decided") == 1
    ruled = [entry["actor"] for entry in entries if entry["kind"] == "review.ruled"]
    assert ruled == [won[0].json()["decision"]["decided_by"]]


def test_a_renewed_claim_leaves_the_review_as_its_holder_read_it(http: httpx.Client, review: dict[str, Any]) -> None:
    first, second = (http.post(f"/v1/reviews/{review['id']}/claim") for _ in range(2))
    assert second.json()["claim_expires_at"] > first.json()["claim_expires_at"]
    assert second.headers["etag"] == first.headers["etag"]
    ruled = http.post(f"/v1/reviews/{review['id']}/ruling", json={"action": "approve"}, headers={"If-Match": first.headers["etag"]})
    assert ruled.status_code == 200


def test_what_the_client_writes_meanwhile_is_appended_and_a_ruling_on_the_old_text_is_412(http: httpx.Client) -> None:
    posted = message(LEGAL)
    case = http.post("/v1/messages", json=posted, headers={"Prefer": "wait=20"}).json()
    url = f"/v1/reviews/{case['review']['id']}"
    before = http.get(url)
    http.post("/v1/messages", json={**posted, "external_id": f"{posted['external_id']}-2", "text": WORSE})
    after = eventually(lambda: (found := http.get(url)).json()["amendments"] and found)
    amendment = after.json()["amendments"][0]
    assert (amendment["text"], amendment["turn"]) == (WORSE, 2)
    assert "severity" in amendment["worse"]
    assert after.json()["due_at"] < before.json()["due_at"]
    assert after.json()["priority"] > before.json()["priority"]
    stale = http.post(f"{url}/ruling", json={"action": "approve"}, headers={"If-Match": before.headers["etag"]})
    assert stale.status_code == 412
    assert stale.json()["current"]["amendments"][0]["text"] == WORSE
    events = http.get(f"/v1/cases/{case['id']}/events", params={"follow": "false"})
    assert eventually(lambda: "event: review.amended" in http.get(events.url).text)
    assert http.post(f"{url}/ruling", json={"action": "approve"}, headers={"If-Match": after.headers["etag"]}).status_code == 200
    second = eventually(lambda: (found := http.get(f"/v1/cases/{case['id']}").json()) and found["review"]["turn"] == 2 and found)
    assert (second["decision"]["turn"], second["review"]["status"]) == (1, "open")


def test_an_unknown_review_is_404(http: httpx.Client) -> None:
    assert http.get("/v1/reviews/rev_none").status_code == 404
    assert http.post("/v1/reviews/rev_none/claim").status_code == 404
