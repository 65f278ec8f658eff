"""Moves of a case from its page: what is possible stands there, what is refused is said there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.service import Service, eventually, message


@pytest.fixture(scope="module")
def lead(service: Service, admin: Browser) -> Browser:
    service.make_account("carla", PASSWORD, "lead")
    return signed_in(service, "carla")


def posted(service: Service) -> dict[str, Any]:
    """A case of Northwind's as it stands once a person has it with all that was written for them, so that nothing but tests moves it."""
    with service.http() as http:
        case = http.post("/v1/messages", json=message("How do I share a dashboard with a colleague?"), headers={"Prefer": "wait=20"}).json()
    assert eventually(lambda: bool(standing(service, case)["handover"]))
    return standing(service, case)


def standing(service: Service, case: dict[str, Any]) -> dict[str, Any]:
    with service.http() as http:
        return http.get(f"/v1/cases/{case['id']}").json()


def offered(browser: Browser) -> list[str]:
    """The moves that the page has forms for."""
    return re.findall(r'<form method="post" action="/cases/\w+/(\w+)" class="stack">', browser.page.text)


def test_a_case_goes_from_its_page_to_its_end_and_back(service: Service, lead: Browser) -> None:
    case = posted(service)
    lead.open(f"/cases/{case['id']}")
    assert offered(lead) == ["accept", "decline", "acknowledge", "transfer", "resolve"]
    lead.send("/acknowledge", note="Called back.")
    assert standing(service, case)["acknowledged_at"]
    assert "The client heard from us." in lead.text
    assert offered(lead) == ["accept", "decline", "transfer", "resolve"]
    lead.send("/accept")
    assert standing(service, case)["assignment"]["accepted_at"]
    assert offered(lead) == ["transfer", "resolve"]
    lead.send("/resolve", outcome="solved", csat="5", note="It runs again.")
    assert {**standing(service, case)["outcome"], "at": ""} == {
        "outcome": "solved",
        "csat": 5,
        "notes": "It runs again.",
        "by": "person:carla",
        "at": "",
    }
    assert offered(lead) == ["reopen"]
    lead.send("/reopen", note="It stopped again.")
    assert standing(service, case)["status"] == "assigned"
    assert "acknowledge" in offered(lead)


def test_whom_a_case_is_reserved_for_says_so_themselves(service: Service, admin: Browser) -> None:
    case = posted(service)
    person = case["assignment"]["person"]
    service.make_account(person, PASSWORD, "lead")
    browser = signed_in(service, person)
    browser.open(f"/cases/{case['id']}")
    assert "Decline it" in browser.text
    assert "Decline for" not in browser.text
    browser.send("/decline", note="On holiday.")
    following = standing(service, case)["assignment"]
    assert following is None or following["person"] != person


def test_a_transfer_offers_what_the_envelope_allows_and_says_why_it_refuses_the_rest(service: Service, lead: Browser) -> None:
    case = posted(service)
    held = case["assignment"]
    lead.open(f"/cases/{case['id']}")
    targets = re.findall(r'<option value="([^"|]+)\|([^"]+)"', lead.page.text)
    assert targets
    assert (held["pool"], held["person"]) not in targets
    assert re.search(r'<optgroup label="forbidden" disabled>.*?us-core', lead.page.text)
    lead.send("/transfer", to="us-core", note="They are awake now.")
    assert lead.page.status_code == 422
    assert "Policy forbids this route." in lead.text
    assert "They are awake now.</textarea>" in lead.text
    assert standing(service, case)["assignment"]["person"] == held["person"]
    pool, person = next(one for one in targets if one[0] == held["pool"])
    lead.send("/transfer", to=f"{pool}|{person}", note="They know this client.")
    assert standing(service, case)["assignment"]["person"] == person


def test_a_page_that_is_old_moves_nothing_and_keeps_what_was_written(service: Service, lead: Browser) -> None:
    case = posted(service)
    lead.open(f"/cases/{case['id']}")
    with service.http() as http:
        http.post(f"/v1/cases/{case['id']}/acknowledge", headers={"If-Match": http.get(f"/v1/cases/{case['id']}").headers["etag"]})
    lead.send("/resolve", outcome="workaround", note="Restarted it.")
    assert lead.page.status_code == 412
    assert "The case changed since you opened it, so nothing was done." in lead.text
    assert standing(service, case)["status"] == "assigned"
    assert '<option value="workaround" selected>' in lead.page.text
    assert lead.http.get(f"/cases/{case['id']}/resolve").url.path == f"/cases/{case['id']}"
    lead.send("/resolve", outcome="workaround", note="Restarted it.")
    assert standing(service, case)["status"] == "resolved"


def test_a_form_without_its_choice_says_which(service: Service, lead: Browser) -> None:
    case = posted(service)
    lead.open(f"/cases/{case['id']}")
    for action, fields, said in (
        ("/resolve", {"outcome": ""}, "Choose how the case ended."),
        ("/resolve", {"outcome": "solved", "csat": "6"}, "a number from 1 to 5"),
        ("/transfer", {"to": ""}, "Choose whom the case goes to."),
        ("/transfer", {"to": "no-such-pool"}, "The policy knows no such pool."),
        ("/transfer", {"to": "eu-senior|nobody"}, "Nobody of this name works in the pool."),
    ):
        lead.send(action, **fields)
        assert lead.page.status_code == 422
        assert said in lead.text
    assert standing(service, case)["status"] == "assigned"


def test_who_may_only_read_has_no_forms_and_moves_nothing(service: Service, admin: Browser) -> None:
    case = posted(service)
    service.make_account("conrad", PASSWORD, "auditor")
    auditor = signed_in(service, "conrad")
    auditor.open(f"/cases/{case['id']}")
    assert offered(auditor) == []
    origin = {"Origin": str(auditor.http.base_url)}
    for move in ("acknowledge", "accept", "decline", "transfer", "resolve", "reopen"):
        answer = auditor.http.post(
            f"/cases/{case['id']}/{move}", data={"revision": str(case["revision"]), "outcome": "spam"}, headers=origin
        )
        assert answer.status_code == 403
    assert standing(service, case)["revision"] == case["revision"]


def test_nobody_moves_a_case_of_another_region_or_from_another_site(service: Service, admin: Browser) -> None:
    case = posted(service)
    service.make_account("cyrus", PASSWORD, "lead", region="us")
    other = signed_in(service, "cyrus")
    path, sent = f"/cases/{case['id']}/resolve", {"revision": str(case["revision"]), "outcome": "spam"}
    assert other.http.post(path, data=sent, headers={"Origin": str(other.http.base_url)}).status_code == 404
    assert other.http.post(path, data=sent, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert standing(service, case)["status"] == "assigned"
