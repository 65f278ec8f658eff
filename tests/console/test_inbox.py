"""The inbox, used as a lead does: by pages and forms, without a script."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.service import Service, eventually, message

LEGAL = "Our attorneys have been told to bring an action against you before the court."


@pytest.fixture(scope="module")
def lead(service: Service, admin: Browser) -> Browser:
    service.make_account("lena", PASSWORD, "lead", role="policy_approver")
    return signed_in(service, "lena")


@pytest.fixture(scope="module")
def rival(service: Service, admin: Browser) -> Browser:
    service.make_account("rolf", PASSWORD, "lead", role="policy_approver")
    return signed_in(service, "rolf")


def waiting(service: Service, text: str = LEGAL) -> str:
    """The id of a fresh review."""
    with service.http() as http:
        return http.post("/v1/messages", json=message(text), headers={"Prefer": "wait=20"}).json()["review"]["id"]


def case_of(service: Service, review: str) -> dict[str, Any]:
    """The case behind a review, by the API."""
    with service.http() as http:
        return http.get(http.get(f"/v1/reviews/{review}").json()["links"]["case"]).json()


def test_a_row_says_what_decides_and_leads_to_the_review(service: Service, lead: Browser) -> None:
    word = uuid.uuid4().hex[:8]
    review = waiting(service, f"{LEGAL} Reference {word}.")
    lead.open("/inbox")
    assert f'href="/inbox/{review}' in lead.page.text
    for said in ("Northwind Bank", "strategic", "€2.1M", f"Reference {word}", "eu-senior"):
        assert said in lead.text
    lead.open(f"/inbox/{review}")
    for said in ("A legal threat is answered by a person only.", "message.signals", "account manager", "What the client is worth"):
        assert said in lead.text


def test_a_search_finds_by_text_client_and_case_and_says_when_nothing_fits(service: Service, lead: Browser) -> None:
    word = uuid.uuid4().hex[:8]
    review = waiting(service, f"{LEGAL} It is about 100%_{word}.")
    for query in (f"100%25_{word}", f"northwind {word}", case_of(service, review)["id"]):
        lead.open(f"/inbox?q={query}")
        assert lead.page.text.count("<li><a") + lead.page.text.count("<li>\n") >= 1
        assert f"/inbox/{review}" in lead.page.text
    lead.open(f"/inbox?q=nobody+{word}")
    assert "No review fits." in lead.text


def test_an_approval_is_told_when_the_case_has_gone_on(service: Service, lead: Browser) -> None:
    review = waiting(service)
    lead.open(f"/inbox/{review}")
    lead.send("/ruling", ruling="approve")
    assert (lead.page.status_code, lead.page.url.path) == (200, f"/inbox/{review}")
    assert "lena approved. It went to eu-senior: a person answers." in " ".join(lead.text.split())
    assert case_of(service, review)["decision"]["decided_by"] == "person:lena"


def test_what_a_guard_forbids_is_said_beside_what_was_written(service: Service, lead: Browser) -> None:
    review = waiting(service)
    lead.open(f"/inbox/{review}")
    lead.send("/ruling", ruling="edit", mode="ai", reason="They are in a hurry.")
    assert lead.page.status_code == 422
    assert "legal-threat: A legal threat is answered by a person only." in lead.text
    assert "They are in a hurry." in lead.text
    lead.send("/ruling", ruling="edit", mode="human", pool="eu-senior", reason="They are in a hurry.")
    assert "lena edited and approved." in lead.text


def test_two_leads_do_not_rule_twice(service: Service, lead: Browser, rival: Browser) -> None:
    review = waiting(service)
    lead.open(f"/inbox/{review}")
    rival.open(f"/inbox/{review}")
    lead.send("/claim")
    assert "You have this review until" in lead.text
    rival.send("/ruling", ruling="approve")
    assert rival.page.status_code == 409
    assert "lena" in rival.text
    assert "Approve this route" not in rival.text
    lead.send("/release")
    rival.open(f"/inbox/{review}")
    rival.send("/ruling", ruling="reject", reason="Not like this.")
    assert "rolf rejected." in rival.text


def test_a_ruling_on_an_older_page_shows_what_changed_and_keeps_the_text(service: Service, lead: Browser) -> None:
    text = message(LEGAL)
    with service.http() as http:
        review = http.post("/v1/messages", json=text, headers={"Prefer": "wait=20"}).json()["review"]["id"]
        lead.open(f"/inbox/{review}")
        later = message("Now our whole production is down as well!", conversation_id=text["conversation_id"])
        http.post("/v1/messages", json=later)
        assert eventually(lambda: http.get(f"/v1/reviews/{review}").json()["amendments"])
    lead.send("/ruling", ruling="ask", question="Which lawyers?")
    assert lead.page.status_code == 412
    assert "changed since you opened it" in lead.text
    assert "Which lawyers?" in lead.text


def test_an_override_needs_a_second_person(service: Service, lead: Browser, rival: Browser) -> None:
    review = waiting(service)
    wish = {
        "mode": "human",
        "pool": "eu-senior",
        "action": "refund",
        "amount": "700",
        "overrides": "refund-limit",
        "reason": "We owe them.",
    }
    lead.open(f"/inbox/{review}")
    lead.send("/ruling", ruling="edit", **wish)
    assert "lena wants human in eu-senior" in " ".join(lead.text.split())
    assert "Confirm it" not in lead.text
    rival.open(f"/inbox/{review}")
    rival.send("/confirm", reason="I saw the invoices.")
    assert "lena edited and approved. It went to eu-senior: a person answers, refund 700" in " ".join(rival.text.split())


def test_an_override_without_a_reason_is_refused_and_its_tick_is_kept(service: Service, lead: Browser) -> None:
    lead.open(f"/inbox/{waiting(service)}")
    lead.send("/ruling", ruling="edit", mode="human", pool="eu-senior", action="refund", amount="700", overrides="refund-limit")
    assert lead.page.status_code == 422
    assert "reason must not be empty" in lead.text
    assert 'value="refund-limit" checked' in lead.page.text


def test_an_amount_goes_with_money_alone(service: Service, lead: Browser) -> None:
    review = waiting(service)
    lead.open(f"/inbox/{review}")
    lead.send("/ruling", ruling="edit", mode="human", pool="eu-senior", action="reply", amount="700", reason="No money.")
    assert case_of(service, review)["decision"]["route"]["amount"] == 0


def test_a_guard_is_offered_to_who_may_suspend_it(service: Service, admin: Browser) -> None:
    service.make_account("nina", PASSWORD, "lead")
    assert "Suspend a guard" not in signed_in(service, "nina").open(f"/inbox/{waiting(service)}").text


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202egnp.exe\u2066", "x" * 60_000, "{{ 7 * 7 }} {% raw %}"], ids=range(4))
def test_what_strangers_write_is_inert_and_can_be_read(service: Service, lead: Browser, text: str) -> None:
    review = waiting(service, f"{LEGAL} {text}")
    for path in ("/inbox", f"/inbox/{review}"):
        lead.open(path)
        assert lead.page.status_code == 200
        assert "<script" not in lead.page.text
        assert "\u202e" not in lead.page.text
    assert text[:20].replace("\u202e", "[U+202E]").replace("\u2066", "[U+2066]") in lead.text


def test_an_unknown_review_is_a_page(lead: Browser) -> None:
    lead.open("/inbox/rev_unknown")
    assert lead.page.status_code == 404
    assert "There is no such review." in lead.text
