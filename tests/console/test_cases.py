"""Cases and the ledger as people look back on them."""

from __future__ import annotations

import re

import pytest

from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.service import Service, message


@pytest.fixture(scope="module")
def case(service: Service) -> str:
    """A case that was decided at once."""
    with service.http() as http:
        return http.post(
            "/v1/messages", json=message("How do I share a dashboard with a colleague?"), headers={"Prefer": "wait=20"}
        ).json()["id"]


@pytest.fixture(scope="module")
def auditor(service: Service, admin: Browser) -> Browser:
    service.make_account("anna", PASSWORD, "auditor")
    return signed_in(service, "anna")


def test_a_case_tells_its_story_and_why_it_went_there(auditor: Browser, case: str) -> None:
    assert f"/cases/{case}" in auditor.open("/cases").text
    auditor.open(f"/cases/{case}")
    for said in ("Message 1 came in by email.", "Decided:", "A strategic client is never left to a bot.", "How do I share a dashboard"):
        assert said in auditor.text
    assert 'tier.id == "strategic"' in auditor.text


def test_a_replay_shows_both_digests(auditor: Browser, case: str) -> None:
    auditor.open(f"/cases/{case}")
    auditor.send("/replay")
    assert "bit for bit the same" in auditor.text
    digests = re.findall(r"<code>(sha256:[0-9a-f]{64})</code>", auditor.text)
    assert digests[0] == digests[1]


def test_cases_are_narrowed_and_nothing_is_said_to_fit(auditor: Browser, case: str) -> None:
    assert case in auditor.open("/cases?client=northwind&tier=strategic").text
    assert "No case fits." in auditor.open("/cases?client=nobody").text
    assert case in auditor.open("/cases?status=nonsense").text


def test_the_ledger_is_chosen_by_case_and_kind(auditor: Browser, case: str) -> None:
    auditor.open(f"/audit?case={case}")
    assert "message.received" in auditor.text
    assert "case.decided" in auditor.text
    rows = auditor.open(f"/audit?case={case}&kind=case.decided").text.count("<tr>") - 1
    assert rows == 1
    assert "No entry fits." in auditor.open("/audit?since=2999-01-01T00:00").text


def test_a_page_for_others_is_neither_shown_nor_open(service: Service, auditor: Browser) -> None:
    service.make_account("paul", PASSWORD, "policy_owner")
    owner = signed_in(service, "paul")
    assert owner.open("/audit").status_code == 403
    assert ">Audit<" not in owner.open("/cases").text
    assert owner.open("/cases/case_unknown").status_code == 404


def test_who_belongs_to_one_region_reads_nothing_of_another(service: Service, admin: Browser, case: str) -> None:
    service.make_account("uma", PASSWORD, "auditor", region="us")
    other = signed_in(service, "uma")
    for path in (f"/cases/{case}", f"/audit?case={case}", "/audit", "/cases", "/inbox"):
        assert "Northwind" not in other.open(path).text
    assert "No entry fits." in other.open(f"/audit?case={case}").text
    with service.http(service.make_key("ledger:read", region="us")) as http:
        assert http.get("/v1/ledger/entries", params={"case_id": case}).json()["items"] == []
