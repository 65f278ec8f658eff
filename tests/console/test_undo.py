"""A ruling that is taken back in the console, and one that takes effect though the whole service was killed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml

from policies.rules import shipped
from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.console.test_review import APPROVE, LEGAL, case_of, keep, told, waiting
from tests.service import Service, eventually, message, reachable, serving

GRACE_S = 15


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose policy lets a ruling be taken back, with two leads."""
    home = reachable(tmp_path_factory.mktemp("patient"))
    (home / "failpoints").mkdir()
    policy = home / "patient.yaml"
    rules: dict[str, Any] = {**yaml.safe_load(shipped()), "reviews": {"undo_within_s": GRACE_S}}
    seen = {"when": 'message.intent == "how_to"', "review": {"by": "lead", "within": "30m", "on_expiry": "default"}}
    rules["guards"].append({"id": "seen-first", "owner": "vip-desk", **seen, "because": "A lead sees what the AI would answer."})
    policy.write_text(yaml.safe_dump(rules, sort_keys=False))
    points = {"MAITRED_FAILPOINTS": str(home / "failpoints"), "MAITRED_LEASE_TTL_S": "1.5"}
    with serving(home, MAITRED_WORKERS="2", MAITRED_SAMPLE_DAY="false", MAITRED_POLICY_FILE=str(policy), **points) as running:
        for person in ("mara", "otto"):
            running.make_account(person, PASSWORD, "lead", role="policy_approver")
        yield running


@pytest.fixture(scope="module")
def lead(patient: Service) -> Browser:
    return signed_in(patient, "mara")


@pytest.fixture(scope="module")
def rival(patient: Service) -> Browser:
    return signed_in(patient, "otto")


def handed_over(service: Service, review: str) -> bool:
    """Whether somebody took over; not while a worker is replaced, when connections are cut."""
    try:
        return bool(case_of(service, review)["handover"])
    except httpx.HTTPError:
        return False


def test_a_ruling_is_held_for_all_to_see_and_its_giver_takes_it_back(patient: Service, lead: Browser, rival: Browser) -> None:
    review = waiting(patient)
    keep(lead, review, ruling="edit", reason="They wait.")
    lead.open(f"/inbox/{review}")
    rival.open(f"/inbox/{review}")
    lead.send("/ruling", ruling="approve")
    assert "You approved; it takes effect in" in told(lead)
    rival.send("/ruling", ruling="reject", reason="No.")
    assert rival.page.status_code == 409
    assert "Mara approved; it takes effect in" in told(rival)
    assert ("/undo" in lead.page.text, "/undo" in rival.page.text, APPROVE in rival.page.text) == (True, False, False)
    lead.send("/undo")
    assert APPROVE in lead.page.text
    assert "They wait." in lead.text
    assert case_of(patient, review)["status"] == "awaiting_review"


def test_what_an_approval_would_send_stands_below_what_the_client_wrote(patient: Service, lead: Browser) -> None:
    lead.open(f"/inbox/{waiting(patient, 'How do I share a dashboard with a colleague?')}")
    said = told(lead)
    order = ["What the client wrote", "Answer to the client", "so its words may still differ", "Guards that hold"]
    assert sorted(order, key=said.index) == order
    assert "No ruling of yours waits here" in lead.text, "what the key for taking back says"


def test_a_ruling_that_a_later_message_overtakes_is_told_as_such(patient: Service, lead: Browser) -> None:
    text = message(LEGAL)
    with patient.http() as http:
        review = http.post("/v1/messages", json=text, headers={"Prefer": "wait=20"}).json()["review"]["id"]
        lead.open(f"/inbox/{review}")
        lead.send("/ruling", ruling="approve")
        http.post("/v1/messages", json=message("Our whole production is down as well!", conversation_id=text["conversation_id"]))
    assert eventually(lambda: "did not take effect" in lead.open(f"/inbox/{review}").text, 60)
    assert "Mara approved, but that did not take effect: The review changed before it took effect." in told(lead)
    assert APPROVE in lead.page.text


def test_the_apis_ruling_is_immediate(patient: Service) -> None:
    review = waiting(patient)
    with patient.http() as http:
        etag = http.get(f"/v1/reviews/{review}").headers["ETag"]
        ruled = http.post(f"/v1/reviews/{review}/ruling", json={"action": "approve"}, headers={"If-Match": etag})
    assert (ruled.status_code, ruled.json()["decision"]["decided_by"]) == (200, "person:lead-1")


def test_a_held_ruling_takes_effect_once_though_its_worker_died_in_the_middle_of_it(patient: Service, lead: Browser) -> None:
    review = waiting(patient)
    case = case_of(patient, review)["id"]
    lead.open(f"/inbox/{review}")
    armed = patient.home / "failpoints" / "grace-in-transaction"
    armed.touch()
    lead.send("/ruling", ruling="approve")
    assert eventually(armed.with_suffix(".died").exists, 60)
    assert eventually(lambda: handed_over(patient, review), 60)
    with patient.http() as http:
        kinds = [one["kind"] for one in http.get("/v1/ledger/entries", params={"case_id": case}).json()["items"]]
    assert [kinds.count(kind) for kind in ("review.ruling_held", "review.ruled", "case.decided")] == [1, 1, 1]


def test_a_held_ruling_takes_effect_though_the_whole_service_was_killed(patient: Service, lead: Browser) -> None:
    review = waiting(patient)
    lead.open(f"/inbox/{review}")
    lead.send("/ruling", ruling="approve", note="Call them first.")
    assert "You approved; it takes effect in" in told(lead)
    patient.kill_hard()
    with serving(patient.home, MAITRED_WORKERS="1", MAITRED_SAMPLE_DAY="false") as again:
        assert eventually(lambda: handed_over(again, review), 60)
        case = case_of(again, review)
        assert case["decision"]["decided_by"] == "person:mara"
        assert case["handover"]["sections"][0]["lines"] == ["Call them first."]
