"""Rollouts over HTTP with two workers behind one port: who decides for whom, how soon on every worker, and what is refused."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from policies.rollouts.release import in_share
from policies.rules import shipped
from tests.service import Service, eventually, message, reachable, serving

NAME = "vip-support"
HERE = f"/v1/policies/{NAME}"
WITHIN_S = 2.0
LEGAL = "Our lawyers will sue you over last week's outage."
AGREE_AFTER = 16
"""So many answers in a row, each on a connection of its own: with two workers behind one port, both have been asked by then."""


@dataclass
class People:
    """A service with two workers, somebody who writes policies and somebody who approves them."""

    service: Service
    ann: httpx.Client
    ole: httpx.Client
    anew: httpx.Client
    """With a connection of its own for each request, so that either worker may take it."""

    def approved(self, note: str) -> int:
        """A version that says the same in other words, and may be rolled out."""
        text = shipped().replace("description: ", f"description: {note} ", 1)
        drafted = self.ann.post(f"{HERE}/versions", json={"text": text})
        assert drafted.status_code == 201, drafted.text
        number = drafted.json()["version"]
        at = f"{HERE}/versions/{number}"
        self.move(self.ann, f"{at}/submit", {"reason": "Please look."}, at)
        seen = self.ann.get(at).json()
        accepts = seen["needs"]["unproved"]
        self.move(self.ole, f"{at}/approve", {"reason": "Looks right.", "accepts": accepts}, at)
        assert self.ann.get(at).json()["stage"] == "approved"
        return number

    def move(self, who: httpx.Client, path: str, body: dict[str, Any], seen: str) -> httpx.Response:
        """Change what stands now."""
        answer = who.post(path, json=body, headers={"If-Match": self.ann.get(seen).headers["etag"]})
        assert answer.status_code == 200, answer.text
        return answer

    def roll_out(self, version: int, stage: str, **more: Any) -> dict[str, Any]:
        """Begin, or go on with, a rollout of what stands now."""
        return self.move(self.ann, f"{HERE}/rollout", {"version": version, "stage": stage, **more}, f"{HERE}/rollout").json()

    def roll_back(self, **more: Any) -> dict[str, Any]:
        """One call."""
        answer = self.ole.post(f"{HERE}/rollback", json={"reason": "It harmed somebody.", **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def deciding(self) -> int:
        """The version that some worker decides by."""
        return self.anew.post("/v1/decide", json={"facts": {}}).json()["policy"]["version"]

    def all_offer(self, percent: float) -> None:
        """Wait until every worker has heard of the candidate and its share."""
        agreed = 0
        deadline = time.monotonic() + 30
        while agreed < AGREE_AFTER:
            candidate = self.anew.get("/readyz").json()["release"]["candidate"]
            agreed = agreed + 1 if candidate is not None and candidate["percent"] == percent else 0
            assert time.monotonic() < deadline, f"not every worker offers the candidate to {percent} %"

    def all_decide_by(self, version: int) -> float:
        """Seconds until every worker decides by a version."""
        began = last_other = time.monotonic()
        agreed = 0
        while agreed < AGREE_AFTER:
            asked = time.monotonic()
            agreed = agreed + 1 if self.deciding() == version else 0
            last_other = last_other if agreed else asked
            assert asked - began < 30, f"not every worker decides by version {version}"
        return last_other - began


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    with serving(reachable(tmp_path_factory.mktemp("rollouts")), MAITRED_WORKERS="2") as service:
        ann, ole = service.make_key("policies:write", "cases:read", person="ann"), service.make_key("policies:approve", person="ole")
        anew = httpx.Client(
            base_url=service.base_url,
            headers={"Authorization": f"Bearer {service.key}"},
            timeout=40,
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        with service.http(ann) as writer, service.http(ole) as approver, anew:
            yield People(service, writer, approver, anew)


def test_a_fresh_service_has_a_release_of_its_seed(people: People) -> None:
    answer = people.ann.get(f"{HERE}/rollout")
    release = answer.json()
    assert (release["versions"], release["stage"], release["candidate"]) == ({"active": 1, "previous": None, "candidate": None}, None, None)
    assert answer.headers["etag"] == f'"r{release["revision"]}"'
    ready = httpx.get(f"{people.service.base_url}/readyz").json()
    assert ready["release"]["active"] == {"version": 1, "digest": release["active"]}
    assert ready["release"]["refused"] == []


def test_every_worker_serves_an_activation_and_a_rollback_within_two_seconds(people: People) -> None:
    version, took = people.approved("Soon active."), list[float]()
    people.roll_out(version, "active")
    took.append(people.all_decide_by(version))
    for active in (1, version, 1):
        people.roll_back(to=active)
        took.append(people.all_decide_by(active))
    assert sorted(took)[-2] < WITHIN_S, took


def decision_of(people: People, email: str) -> dict[str, Any]:
    with people.service.http() as http:
        sent = message("How do I share a dashboard?", sender={"email": email})
        return http.post("/v1/messages", json=sent, headers={"Prefer": "wait=20"}).json()["decision"]


def test_a_canary_decides_for_its_clients_alone_and_says_so(people: People) -> None:
    version = people.approved("Tried on some.")
    release = people.roll_out(version, "canary", percent=50)
    with people.service.http() as http:
        clients = {one["id"] for one in http.get("/v1/cases").json()["items"] if one.get("client")} or {"northwind"}
    assert clients
    inside = in_share(NAME, release["salt"], "northwind", 50)
    expected = (version, "canary") if inside else (1, "active")
    people.all_offer(50)
    for _ in range(4):
        policy = decision_of(people, "cto@northwind.example")["policy"]
        assert (policy["version"], policy["stage"]) == expected
        policy = decision_of(people, f"{uuid.uuid4().hex}@nowhere.example")["policy"]
        assert (policy["version"], policy["stage"]) == (1, "active")
    people.roll_out(version, "canary", percent=100)
    people.all_offer(100)
    policy = decision_of(people, "cto@northwind.example")["policy"]
    assert (policy["version"], policy["stage"]) == (version, "canary")
    people.roll_back()


def test_a_case_that_waits_under_a_version_that_decides_no_more_is_shown_with_both_and_ruled_as_it_was_routed(people: People) -> None:
    version = people.approved("Left while a case waits.")
    people.roll_out(version, "active")
    people.all_decide_by(version)
    with people.service.http() as http:
        case = http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"}).json()
        assert case["status"] == "awaiting_review"
        assert people.roll_back(to=1)["waiting_total"] >= 1
        shown = people.ann.get(f"{HERE}/rollout").json()
        mine = next(one for one in shown["waiting"] if one["case_id"] == case["id"])
        assert (mine["decided"]["policy"]["version"], mine["active"]["policy"]["version"]) == (version, 1)
        assert mine["decided"]["route"] == mine["active"]["route"]
        review = http.get(f"/v1/reviews/{mine['review_id']}")
        ruled = http.post(
            f"/v1/reviews/{mine['review_id']}/ruling", json={"action": "approve"}, headers={"If-Match": review.headers["etag"]}
        )
        policy = ruled.json()["decision"]["policy"]
        assert (policy["version"], policy["stage"]) == (version, "active")
        replayed = http.post(f"/v1/cases/{case['id']}/replay", json={}).json()
        assert replayed["identical"], replayed["changes"]
    assert case["id"] not in {one["case_id"] for one in people.ann.get(f"{HERE}/rollout").json()["waiting"]}


def test_a_planned_rollout_begins_by_itself_at_its_time(people: People) -> None:
    version = people.approved("At its time.")
    at = time.time() + 6
    starts_at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1e6):06d}Z"
    planned = people.roll_out(version, "active", starts_at=starts_at)
    assert (planned["versions"]["active"], planned["started_at"]) == (1, None)
    assert people.deciding() == 1
    assert eventually(lambda: people.ann.get(f"{HERE}/rollout").json()["versions"]["active"] == version, 30)
    assert time.time() >= at
    people.all_decide_by(version)
    people.roll_back(to=1)
    kinds = [one["kind"] for one in people.ann.get(f"{HERE}/history", params={"limit": 200}).json()["items"]]
    assert "policy.rollout_planned" in kinds


Refused = tuple[int, str, dict[str, Any], dict[str, str] | None]
REFUSED: list[Refused] = [
    (404, "/v1/policies/nothing/rollout", {"version": 1, "stage": "shadow"}, {"If-Match": '"r1"'}),
    (404, f"{HERE}/rollout", {"version": 999, "stage": "shadow"}, {"If-Match": '"r1"'}),
    (409, f"{HERE}/rollout", {"version": 1, "stage": "shadow"}, {}),
    (412, f"{HERE}/rollout", {"version": 1, "stage": "shadow"}, {"If-Match": '"r99999"'}),
    (428, f"{HERE}/rollout", {"version": 1, "stage": "shadow"}, None),
    (422, f"{HERE}/rollout", {"version": 1, "stage": "retired"}, {}),
    (422, f"{HERE}/rollout", {"version": "1", "stage": "shadow"}, {}),
    (422, f"{HERE}/rollout", {"version": 1, "stage": "canary", "percent": 101}, {}),
    (422, f"{HERE}/rollout", {"version": 1, "stage": "canary", "percent": "5"}, {}),
    (422, f"{HERE}/rollout", {"version": 1, "stage": "canary", "percent": 5, "colour": "red"}, {}),
    (422, f"{HERE}/rollout", {"version": 1, "stage": "canary", "gates": [{"metric": "smiles"}]}, {}),
    (422, f"{HERE}/rollout", {"version": 1, "stage": "active", "starts_at": "tomorrow"}, {}),
    (422, f"{HERE}/rollout", {"stage": "shadow"}, {}),
]


@pytest.mark.parametrize(("status", "path", "body", "header"), REFUSED)
def test_a_rollout_that_cannot_be_is_refused_with_a_sentence_and_changes_nothing(
    people: People, status: int, path: str, body: dict[str, Any], header: dict[str, str] | None
) -> None:
    before = people.ann.get(f"{HERE}/rollout")
    fresh = {"If-Match": before.headers["etag"]}
    answer = people.ann.post(path, json=body, headers=None if header is None else {**fresh, **header})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    if status == 412:
        assert answer.json()["current"]["revision"] == before.json()["revision"]
    assert people.ann.get(f"{HERE}/rollout").json() == before.json()


def test_each_call_needs_its_scope_and_a_rollback_a_reason(people: People) -> None:
    now = {"If-Match": people.ann.get(f"{HERE}/rollout").headers["etag"]}
    assert people.ole.post(f"{HERE}/rollout", json={"version": 1, "stage": "shadow"}, headers=now).status_code == 403
    assert people.ann.post(f"{HERE}/rollback", json={"reason": "x"}).status_code == 403
    assert people.ole.post(f"{HERE}/rollback", json={}).status_code == 422
    assert people.ole.post(f"{HERE}/rollback", json={"reason": "x", "to": 999}).status_code == 404
    late = people.ole.post(f"{HERE}/rollback", json={"reason": "x", "candidate": 1})
    assert (late.status_code, "Version 1 is not being rolled out any more" in late.json()["detail"]) == (409, True)
    assert httpx.get(f"{people.service.base_url}{HERE}/rollout").status_code == 401
    with people.service.http(people.service.make_key("ledger:read")) as stranger:
        assert stranger.get(f"{HERE}/rollout").status_code == 403


def test_a_rollback_that_is_sent_twice_with_one_key_happens_once(people: People) -> None:
    version = people.approved("Left once.")
    people.roll_out(version, "active")
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = people.ole.post(f"{HERE}/rollback", json={"reason": "Stop."}, headers=key)
    again = people.ole.post(f"{HERE}/rollback", json={"reason": "Stop."}, headers=key)
    assert (first.status_code, again.status_code, again.headers["idempotency-replayed"]) == (200, 200, "true")
    assert first.content == again.content
    assert people.ann.get(f"{HERE}/rollout").json()["versions"]["active"] == 1
