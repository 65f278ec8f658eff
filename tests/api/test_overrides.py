"""Overrides: one decision, by people of the role that the guard names, with a reason and a second pair of eyes."""

from __future__ import annotations

import subprocess
from typing import Any

import httpx
import orjson
import pytest

from tests.at_once import at_once
from tests.service import Service, eventually, message

LEGAL = "Our attorneys have been told to bring an action against you before the court."
REFUND = {"action": "refund", "amount": 700.0}
SCOPES = ("--scope", "reviews:read", "--scope", "reviews:rule", "--scope", "cases:read")
WISH = {"action": "edit", "route": REFUND, "overrides": ["refund-limit"], "reason": "The outage cost them more."}


@pytest.fixture(scope="session")
def approvers(service: Service) -> list[str]:
    """Keys of six people who hold the role."""
    return [
        service.make_key("reviews:read", "reviews:rule", "cases:read", person=f"approver-{number}", role="policy_approver")
        for number in range(6)
    ]


@pytest.fixture
def review(http: httpx.Client) -> dict[str, Any]:
    case = http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"}).json()
    return http.get(f"/v1/reviews/{case['review']['id']}").json()


def rule(service: Service, key: str, review: dict[str, Any], **wish: Any) -> httpx.Response:
    """Rule on the review as it stands now."""
    with service.http(key) as http:
        url = f"/v1/reviews/{review['id']}"
        fresh = http.get(url).headers["etag"]
        return http.post(f"{url}/ruling", json={**WISH, **wish}, headers={"If-Match": fresh})


def test_who_is_refused_is_told_who_may(service: Service, review: dict[str, Any], approvers: list[str]) -> None:
    refused = rule(service, approvers[0], review, overrides=[])
    assert refused.status_code == 422
    assert [guard["id"] for guard in refused.json()["guards"]] == ["refund-limit"]
    assert "role policy_approver may suspend refund-limit" in refused.json()["detail"]


def test_an_override_stands_when_a_second_person_confirms_it(
    service: Service, http: httpx.Client, review: dict[str, Any], approvers: list[str]
) -> None:
    asked = rule(service, approvers[0], review)
    assert asked.status_code == 202
    assert (asked.json()["status"], asked.json()["claimed_by"]) == ("open", None)
    assert asked.json()["override"]["actor"] == "person:approver-0"
    again = rule(service, approvers[0], review)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")
    ruled = rule(service, approvers[1], review, reason="I looked at the invoices.")
    assert ruled.status_code == 200
    decision = ruled.json()["decision"]
    assert (decision["route"]["action"], decision["route"]["amount"]) == ("refund", 700.0)
    assert decision["decided_by"] == "person:approver-0"
    assert "suspended refund-limit for this decision, seconded by approver-1" in decision["explanation"]
    assert "legal-threat" in {guard["id"] for guard in decision["guards"]}, "only what was named is suspended"
    entries = http.get("/v1/ledger/entries", params={"case_id": review["case_id"]}).json()["items"]
    kinds = [entry["kind"] for entry in entries]
    assert (kinds.count("review.override_asked"), kinds.count("guards.overridden")) == (1, 1)


@pytest.mark.parametrize(
    ("wish", "status", "pointer"),
    [
        ({"reason": " "}, 422, "/reason"),
        ({"overrides": ["refund-limit", "credit-limit"]}, 422, "/overrides"),
        ({"action": "approve"}, 422, "/overrides"),
        ({"route": {"mode": "ai", **REFUND}, "overrides": ["refund-limit", "legal-threat"]}, 422, "/route"),
    ],
)
def test_a_bad_override_is_refused_and_changes_nothing(
    service: Service, review: dict[str, Any], approvers: list[str], wish: dict[str, Any], status: int, pointer: str
) -> None:
    refused = rule(service, approvers[0], review, **wish)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (status, pointer)
    with service.http() as http:
        fresh = http.get(f"/v1/reviews/{review['id']}").json()
    assert (fresh["override"], fresh["revision"]) == (None, review["revision"])


def test_only_people_of_the_role_may(service: Service, review: dict[str, Any]) -> None:
    without_role = service.make_key("reviews:read", "reviews:rule", person="somebody")
    machine = service.make_key("reviews:read", "reviews:rule", role="policy_approver")
    for key, said in ((without_role, "role policy_approver"), (machine, "by a person")):
        refused = rule(service, key, review)
        assert refused.status_code == 403
        assert said in refused.json()["detail"]


def test_who_asked_and_lost_the_role_since_is_no_first_person(
    service: Service, http: httpx.Client, review: dict[str, Any], approvers: list[str]
) -> None:
    lost = orjson.loads(service.keys("create", "--name", "lost", *SCOPES, "--person", "nadja", "--role", "policy_approver", "--json"))
    assert rule(service, lost["key"], review).json()["override"]["actor"] == "person:nadja"
    service.keys("revoke", lost["id"])
    confirmed = rule(service, approvers[1], review)
    assert (confirmed.status_code, confirmed.json()["override"]["actor"]) == (202, "person:approver-1")
    assert rule(service, approvers[2], review).status_code == 200


def test_another_spelling_of_a_name_is_no_second_person(service: Service) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        service.keys("create", "--name", "again", *SCOPES, "--person", "Approver-0", "--role", "policy_approver", "--json")
    assert b"differs from it by case only" in b" ".join(refused.value.stderr.split())


def test_another_wish_is_no_confirmation(service: Service, review: dict[str, Any], approvers: list[str]) -> None:
    rule(service, approvers[0], review)
    other = rule(service, approvers[1], review, route={"action": "refund", "amount": 7_000.0})
    assert (other.status_code, other.json()["override"]["actor"]) == (202, "person:approver-1")


def test_who_rules_without_the_override_ends_it(service: Service, http: httpx.Client, review: dict[str, Any], approvers: list[str]) -> None:
    rule(service, approvers[0], review)
    ruled = rule(service, approvers[1], review, action="approve", route=None, overrides=[])
    assert ruled.status_code == 200
    assert http.get(f"/v1/reviews/{review['id']}").json()["override"] is None


def test_five_who_confirm_at_once_have_one_effect(
    service: Service, http: httpx.Client, review: dict[str, Any], approvers: list[str]
) -> None:
    rule(service, approvers[0], review)
    with service.http() as any_lead:
        tag = any_lead.get(f"/v1/reviews/{review['id']}").headers["etag"]

    def confirm(own: httpx.Client) -> httpx.Response:
        return own.post(f"/v1/reviews/{review['id']}/ruling", json=WISH, headers={"If-Match": tag})

    answers = sorted(answer.status_code for answer in at_once(service, [confirm] * 5, approvers[1:]))
    assert answers[0] == 200
    assert set(answers[1:]) <= {409, 412}
    entries = http.get("/v1/ledger/entries", params={"case_id": review["case_id"]}).json()["items"]
    assert [entry["kind"] for entry in entries].count("case.decided") == 1


def test_a_message_that_came_between_ends_what_was_asked_without_it(service: Service, http: httpx.Client, approvers: list[str]) -> None:
    first = message(LEGAL)
    review = http.post("/v1/messages", json=first, headers={"Prefer": "wait=20"}).json()["review"]
    rule(service, approvers[0], review)
    http.post("/v1/messages", json=message("Thank you for looking into it.", conversation_id=first["conversation_id"]))
    assert eventually(lambda: http.get(f"/v1/reviews/{review['id']}").json()["amendments"])
    assert rule(service, approvers[1], review).json()["override"]["actor"] == "person:approver-1"
