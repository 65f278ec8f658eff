"""The policy routes from outside: a text goes from draft to approval over HTTP, and what is refused is refused as the contract says."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx
import pytest

from policies.rules import STARTER, shipped
from tests.at_once import at_once
from tests.service import Service

YAML = {"Content-Type": "application/yaml"}
BASE = shipped(STARTER)


def worded(name: str, note: str = "") -> str:
    """The starter policy under another name, with another description."""
    text = BASE.replace(f"policy: {STARTER}", f"policy: {name}", 1)
    return re.sub("^description: .*$", f"description: Edition {note or uuid.uuid4().hex[:8]}", text, flags=re.MULTILINE)


def fresh() -> str:
    """A name that nobody uses."""
    return f"t{uuid.uuid4().hex[:12]}"


def drafted(http: httpx.Client, name: str) -> tuple[dict[str, Any], str]:
    """A new version, and its ETag."""
    answer = http.post(f"/v1/policies/{name}/versions", content=worded(name), headers=YAML)
    assert answer.status_code == 201, answer.text
    return answer.json(), answer.headers["etag"]


def moved(http: httpx.Client, version: dict[str, Any], move: str, etag: str, **body: Any) -> httpx.Response:
    """Move a version on."""
    return http.post(f"{version['links']['self']}/{move}", headers={"If-Match": etag}, json=body)


@pytest.fixture(scope="module")
def owner(service: Service) -> str:
    """The key of somebody who approves, owns every guard of the starter policy, and sits on the board."""
    return service.make_key("policies:approve", "policies:write", person="olga", role="review_board")


def test_an_owner_that_nobody_is_is_named(service: Service, http: httpx.Client) -> None:
    name, nobody = fresh(), f"desk-{uuid.uuid4().hex[:8]}"
    text = re.sub("owner: [a-z-]+", f"owner: {nobody}", worded(name), count=1)
    version = http.post(f"/v1/policies/{name}/versions", content=text, headers=YAML)
    submitted = moved(http, version.json(), "submit", version.headers["etag"])
    assert nobody in submitted.json()["unheld_roles"]
    service.make_key("policies:approve", person="new-owner", role=nobody)
    assert nobody not in http.get(version.json()["links"]["self"]).json()["unheld_roles"]


def test_a_text_goes_from_draft_to_approval(service: Service, http: httpx.Client) -> None:
    name = fresh()
    version, etag = drafted(http, name)
    assert (version["version"], version["stage"], version["author"]) == (1, "draft", "person:lead-1")
    answer = moved(http, version, "submit", etag, reason="The first one.")
    needs = answer.json()["needs"]
    assert (answer.status_code, needs["approvals"], needs["board"], needs["base_digest"]) == (200, 2, True, None)
    refused = moved(http, version, "approve", answer.headers["etag"])
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")
    keys = [service.make_key("policies:approve", person=person, role=role) for person, role in (("lea", "legal"), ("root", "x"))]
    with service.http(keys[0]) as lea, service.http(service.make_key("all", person="zoe")) as zoe:
        answer = moved(lea, version, "approve", answer.headers["etag"], accepts=needs["unproved"])
        assert (answer.json()["stage"], [one["actor"] for one in answer.json()["approvals"]]) == ("in_review", ["person:lea"])
        assert any("review board" in sentence for sentence in answer.json()["missing"])
        answer = moved(zoe, version, "approve", answer.headers["etag"], accepts=needs["unproved"], reason="All roles.")
    assert (answer.status_code, answer.json()["stage"], answer.json()["missing"]) == (200, "approved", [])
    history = http.get(f"/v1/policies/{name}/history").json()["items"]
    assert [(one["kind"], one["actor"], one["data"]["reason"]) for one in history] == [
        ("policy.drafted", "person:lead-1", ""),
        ("policy.submitted", "person:lead-1", "The first one."),
        ("policy.approved", "person:lea", ""),
        ("policy.approved", "person:zoe", "All roles."),
    ]


def test_json_and_yaml_are_the_same_text(http: httpx.Client) -> None:
    name = fresh()
    text = worded(name)
    answers = [
        http.post(f"/v1/policies/{name}/versions", json={"text": text, "reason": "As JSON."}),
        *(http.post(f"/v1/policies/{name}/versions", content=text, headers={"Content-Type": kind}) for kind in ("text/yaml", "text/plain")),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.json()["digest"] for answer in answers}) == 1
    assert answers[0].headers["location"] == f"/v1/policies/{name}/versions/1"
    read = http.get(answers[0].headers["location"])
    assert (read.json()["text"], read.headers["etag"]) == (text, answers[0].headers["etag"])


@pytest.mark.parametrize(
    ("body", "kind", "status", "problem"),
    [
        ("policy: [", "text/yaml", 422, "policy-invalid"),
        ("", "text/yaml", 422, "invalid-input"),
        ("{}", "application/json", 422, "invalid-input"),
        ('{"text": "x", "texts": 1}', "application/json", 422, "invalid-input"),
        ('{"text": 7}', "application/json", 422, "invalid-input"),
        ("<policy/>", "application/xml", 415, "unsupported-media-type"),
    ],
)
def test_what_is_no_policy_is_refused(http: httpx.Client, body: str, kind: str, status: int, problem: str) -> None:
    name = fresh()
    answer = http.post(f"/v1/policies/{name}/versions", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{problem}")
    assert http.get(f"/v1/policies/{name}").status_code == 404


def test_each_fault_has_its_place_and_a_sentence(http: httpx.Client) -> None:
    name = fresh()
    text = worded(name).replace("client.contract.tier == ", "client.contract.teir == ", 1)
    answer = http.post(f"/v1/policies/{name}/versions", content=text, headers=YAML)
    fault = answer.json()["errors"][0]
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "teir" in line)
    assert (answer.status_code, fault["line"]) == (422, line)
    assert fault["column"] > 0
    assert "teir" in fault["reason"]


def test_fifty_faults_are_listed_and_the_others_are_counted(http: httpx.Client) -> None:
    name = fresh()
    text = worded(name) + "".join(f"unknown_{number}: 1\n" for number in range(80))
    answer = http.post(f"/v1/policies/{name}/versions", content=text, headers=YAML).json()
    assert (len(answer["errors"]), answer["errors_left_out"]) == (50, 30)
    answer = http.post("/v1/messages", json={f"unknown_{number}": 1 for number in range(80)}).json()
    assert len(answer["errors"]) == 50
    assert answer["errors_left_out"] > 30


def test_every_operation_that_has_a_text_examined_says_that_it_may_be_busy(http: httpx.Client) -> None:
    paths = http.get("/openapi.json").json()["paths"]
    examined = ("/v1/policies/{name}/versions", "/v1/policies/{name}/versions/{version}/submit", "/v1/policies/import")
    assert [path for path in examined if "429" not in paths[path]["post"]["responses"]] == []


def test_a_change_needs_the_state_that_was_read(http: httpx.Client) -> None:
    version, etag = drafted(http, fresh())
    path = f"{version['links']['self']}/submit"
    assert http.post(path).status_code == 428
    stale = http.post(path, headers={"If-Match": '"r99"'})
    assert (stale.status_code, stale.json()["current"]["stage"]) == (412, "draft")
    assert moved(http, version, "submit", etag).status_code == 200
    assert moved(http, version, "submit", etag).status_code == 412


def test_a_rejection_has_a_reason_and_makes_a_draft(http: httpx.Client, service: Service, owner: str) -> None:
    version, etag = drafted(http, fresh())
    etag = moved(http, version, "submit", etag).headers["etag"]
    with service.http(owner) as other:
        assert moved(other, version, "reject", etag).status_code == 422
        blank = moved(other, version, "reject", etag, reason="   ")
        assert (blank.status_code, blank.json()["errors"][0]["pointer"]) == (422, "/reason")
        answer = moved(other, version, "reject", etag, reason="Say who decided it.")
        assert (answer.json()["stage"], answer.json()["reason"]) == ("draft", "Say who decided it.")
        conflict = moved(other, version, "approve", answer.headers["etag"])
        assert (conflict.status_code, conflict.json()["type"]) == (409, "/problems/conflict")


@pytest.mark.parametrize(
    ("scope", "statuses"),
    [
        ("cases:read", (200, 403, 403, 403)),
        ("policies:write", (200, 422, 404, 403)),
        ("policies:approve", (200, 403, 403, 404)),
        ("cases:write", (403, 403, 403, 403)),
    ],
)
def test_scopes_say_who_reads_writes_and_approves(service: Service, scope: str, statuses: tuple[int, ...]) -> None:
    etag = {"If-Match": '"r1"'}
    with service.http(service.make_key(scope)) as caller:
        answers = (
            caller.get("/v1/policies"),
            caller.post("/v1/policies/none/versions", content="policy: none", headers=YAML),
            caller.post("/v1/policies/none/versions/1/submit", headers=etag),
            caller.post("/v1/policies/none/versions/1/approve", headers=etag),
        )
    assert tuple(answer.status_code for answer in answers) == statuses


def test_keys_of_one_client_or_another_region_find_no_policies(service: Service) -> None:
    for bound in ({"client": "northwind"}, {"region": "us"}):
        with service.http(service.make_key("all", **bound)) as caller:
            paths = ("/v1/policies", "/v1/policies/vip-support", "/v1/policies/vip-support/versions/1", "/v1/policies/vip-support/history")
            assert {caller.get(path).status_code for path in paths} == {404}


def test_lists_go_on_where_they_stopped(http: httpx.Client) -> None:
    name = fresh()
    for _ in range(3):
        drafted(http, name)
    page = http.get(f"/v1/policies/{name}/versions", params={"limit": 2}).json()
    rest = http.get(f"/v1/policies/{name}/versions", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert [one["version"] for one in (*page["items"], *rest["items"])] == [3, 2, 1]
    assert rest["next_cursor"] is None
    assert "text" not in page["items"][0]
    first = http.get(f"/v1/policies/{name}/history", params={"limit": 1}).json()
    second = http.get(f"/v1/policies/{name}/history", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert second["items"][0]["index"] > first["items"][0]["index"]
    names: list[str] = []
    cursor: str | None = None
    while True:
        found = http.get("/v1/policies", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        names += [one["name"] for one in found["items"]]
        if (cursor := found["next_cursor"]) is None:
            break
    assert names == sorted(set(names))
    assert {name, "vip-support"} <= set(names)


def test_the_same_text_twenty_times_at_once_is_one_version(service: Service, http: httpx.Client) -> None:
    name = fresh()
    text = worded(name)

    def post(own: httpx.Client) -> httpx.Response:
        return own.post(f"/v1/policies/{name}/versions", content=text, headers=YAML)

    said = at_once(service, [post] * 20)
    assert sorted(answer.status_code for answer in said) == [200] * 19 + [201]
    assert http.get(f"/v1/policies/{name}").json()["versions"] == 1


def test_two_people_who_approve_at_once_and_one_who_rejects_end_in_one_outcome(service: Service, http: httpx.Client, owner: str) -> None:
    version, etag = drafted(http, fresh())
    answer = moved(http, version, "submit", etag)
    etag, accepts = answer.headers["etag"], answer.json()["needs"]["unproved"]
    keys = [owner, service.make_key("policies:approve", person="pia"), service.make_key("policies:approve", person="quin")]
    said = at_once(
        service,
        [
            lambda own: moved(own, version, "approve", etag, accepts=accepts),
            lambda own: moved(own, version, "approve", etag, accepts=accepts),
            lambda own: moved(own, version, "reject", etag, reason="No."),
        ],
        keys,
    )
    assert sorted(one.status_code for one in said) == [200, 412, 412]
    stands = http.get(version["links"]["self"]).json()
    assert (stands["stage"], len(stands["approvals"])) in (("draft", 0), ("in_review", 1))


def test_a_draft_that_is_sent_again_under_its_key_is_answered_again(http: httpx.Client) -> None:
    name = fresh()
    headers = {**YAML, "Idempotency-Key": uuid.uuid4().hex}
    text = worded(name)
    first = http.post(f"/v1/policies/{name}/versions", content=text, headers=headers)
    again = http.post(f"/v1/policies/{name}/versions", content=text, headers=headers)
    assert (first.status_code, again.status_code, again.headers["idempotency-replayed"]) == (201, 201, "true")
    assert again.content == first.content
