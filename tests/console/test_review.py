"""One review, ruled on as a lead does: by pages and forms, without a script."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import httpx
import pytest

from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.service import Service, eventually, message

LEGAL = "Our attorneys have been told to bring an action against you before the court."
APPROVE = '<button class="primary" data-act="approve">'


@pytest.fixture(scope="module")
def lead(service: Service, admin: Browser) -> Browser:
    service.make_account("mara", PASSWORD, "lead", role="policy_approver")
    return signed_in(service, "mara")


@pytest.fixture(scope="module")
def rival(service: Service, admin: Browser) -> Browser:
    service.make_account("otto", PASSWORD, "lead", role="policy_approver")
    return signed_in(service, "otto")


def waiting(service: Service, text: str = LEGAL, **changes: Any) -> str:
    """The id of a fresh review."""
    with service.http() as http:
        return http.post("/v1/messages", json=message(text, **changes), headers={"Prefer": "wait=20"}).json()["review"]["id"]


def case_of(service: Service, review: str) -> dict[str, Any]:
    """The case behind a review, by the API."""
    with service.http() as http:
        return http.get(http.get(f"/v1/reviews/{review}").json()["links"]["case"]).json()


def told(browser: Browser) -> str:
    """The page's text in one line, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", browser.page.text)).split())


def at_once(*calls: Any) -> list[httpx.Response]:
    """Several browsers at the same moment."""
    with ThreadPoolExecutor(len(calls)) as crowd:
        return [one.result() for one in [crowd.submit(call) for call in calls]]


def keep(browser: Browser, review: str, seen: str = "", **fields: str) -> httpx.Response:
    """A form kept as the script does it."""
    origin = {"Origin": str(browser.http.base_url).rstrip("/")}
    return browser.http.post(f"/inbox/{review}/draft", data={"draft": seen, **fields}, headers=origin)


def test_two_rulings_at_the_same_moment_have_one_outcome_and_the_other_sees_whose_it_was(
    service: Service, lead: Browser, rival: Browser
) -> None:
    review = waiting(service)
    lead.open(f"/inbox/{review}")
    rival.open(f"/inbox/{review}")
    answers = at_once(lambda: lead.send("/ruling", ruling="approve"), lambda: rival.send("/ruling", ruling="reject", reason="No."))
    assert sorted(one.status_code for one in answers) == [200, 409]
    decided_by = case_of(service, review)["decision"]["decided_by"]
    winner, loser = ("mara", rival) if decided_by == "person:mara" else ("otto", lead)
    assert f"{winner.title()} ruled on this review already." in loser.text
    assert f"{winner.title()} {'approved' if winner == 'mara' else 'rejected'}." in told(loser)
    assert APPROVE not in loser.page.text


def test_two_claims_at_the_same_moment_have_one_holder_and_the_other_sees_who(service: Service, lead: Browser, rival: Browser) -> None:
    review = waiting(service)
    lead.open(f"/inbox/{review}")
    rival.open(f"/inbox/{review}")
    answers = at_once(lambda: lead.send("/claim"), lambda: rival.send("/claim"))
    assert sorted(one.status_code for one in answers) == [200, 409]
    holder, other = ("mara", rival) if answers[0].status_code == 200 else ("otto", lead)
    assert f"{holder.title()} has this review for" in told(other)
    assert "You have this review for" in told(lead if holder == "mara" else rival)
    assert APPROVE not in other.page.text


def test_the_page_says_why_the_review_waits_and_what_is_known(service: Service, lead: Browser) -> None:
    lead.open(f"/inbox/{waiting(service)}")
    text = told(lead)
    for said in (
        "A legal threat is answered by a person only.",
        '"legal" in message.signals',
        "message.signals",
        "the router is",
        "account manager",
        "What the client is worth €2.1M at stake",
        "annual revenue",
        "It is about legal",
        "writes in English",
        "Similar cases",
        "Your words for whoever takes over",
    ):
        assert said in text
    assert re.search(r"<details open><summary><strong>A legal threat", lead.page.text)
    assert APPROVE in lead.page.text
    assert re.search(r'<rect x="[0-9.]+" y="1" width="[0-9.]+"', lead.page.text)
    assert 'data-due="' in lead.page.text


def test_a_case_that_ended_here_is_shown_beside_the_next_one_like_it(service: Service, lead: Browser) -> None:
    review = waiting(service, f"{LEGAL} It is about invoice 4711.")
    lead.open(f"/inbox/{review}")
    lead.send("/ruling", ruling="approve")
    case = case_of(service, review)["id"]
    lead.open(f"/inbox/{waiting(service)}")
    assert f'<a href="/cases/{case}">{LEGAL} It is about invoice 4711.</a>' in lead.page.text


def test_an_approval_is_told_when_the_case_has_gone_on_and_its_note_stands_first_in_the_handover(service: Service, lead: Browser) -> None:
    review = waiting(service)
    lead.open(f"/inbox/{review}")
    lead.send("/ruling", ruling="approve", note="Call them first.\nThen write.")
    assert (lead.page.status_code, lead.page.url.path) == (200, f"/inbox/{review}")
    assert "Mara approved. It went to eu-senior: a person answers" in told(lead)
    assert "From mara Call them first. Then write. The message" in told(lead)
    case = case_of(service, review)
    assert case["decision"]["decided_by"] == "person:mara"
    assert case["handover"]["sections"][0] == {"title": "From mara", "lines": ["Call them first.", "Then write."]}


def test_an_edit_offers_what_the_envelope_allows(service: Service, lead: Browser) -> None:
    lead.open(f"/inbox/{waiting(service)}")
    assert '<option value="ai" disabled>the AI answers (forbidden)</option>' in lead.page.text
    assert '<option value="human" selected>a person answers</option>' in lead.page.text
    assert re.search(r'<optgroup label="forbidden" disabled>.*<option value="us-core">', lead.page.text)
    assert re.search(r'<option value="eu-senior\|[^"]+">[^<]+ · \d+ of \d+ cases · [a-z, ]*', lead.page.text)


def test_a_review_goes_to_the_person_that_the_lead_chose(service: Service, lead: Browser) -> None:
    review = waiting(service)
    lead.open(f"/inbox/{review}")
    chosen = re.search(r'<option value="(eu-senior\|([^"]+))">', lead.page.text)
    assert chosen is not None
    lead.send("/ruling", ruling="reassign", to=chosen[1], reason="They know them.")
    assert "Mara reassigned." in told(lead)
    assert case_of(service, review)["decision"]["route"]["assignee"] == chosen[2]


def test_what_a_guard_forbids_is_said_beside_what_was_written(service: Service, lead: Browser) -> None:
    review = waiting(service)
    lead.open(f"/inbox/{review}")
    lead.send("/ruling", ruling="edit", mode="ai", reason="They are in a hurry.")
    assert lead.page.status_code == 422
    assert "legal-threat: A legal threat is answered by a person only." in lead.text
    assert "They are in a hurry." in lead.text
    lead.send("/ruling", ruling="edit", mode="human", to="eu-senior", reason="They are in a hurry.")
    assert "Mara edited and approved." in told(lead)


def test_whoever_holds_a_review_rules_on_it_alone(service: Service, lead: Browser, rival: Browser) -> None:
    review = waiting(service)
    lead.open(f"/inbox/{review}")
    rival.open(f"/inbox/{review}")
    lead.send("/claim")
    rival.send("/ruling", ruling="approve")
    assert rival.page.status_code == 409
    assert "Mara holds this review until" in rival.text
    lead.send("/release")
    rival.open(f"/inbox/{review}")
    rival.send("/ruling", ruling="reject", reason="Not like this.")
    assert "Otto rejected." in told(rival)
    assert "“Not like this.”" in rival.text


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
    wish = {"mode": "human", "to": "eu-senior", "action": "refund", "amount": "700", "overrides": "refund-limit", "reason": "We owe them."}
    lead.open(f"/inbox/{review}")
    lead.send("/ruling", ruling="edit", **wish)
    assert "Mara wants: a person answers in eu-senior" in told(lead)
    assert "Confirm it" not in lead.text
    rival.open(f"/inbox/{review}")
    rival.send("/confirm", reason="I saw the invoices.")
    assert "Mara edited and approved. It went to eu-senior: a person answers, refund €700" in told(rival)


def test_a_wish_that_waits_for_a_second_person_is_no_draft_any_more(service: Service, lead: Browser) -> None:
    review = waiting(service)
    wish = {"mode": "human", "to": "eu-senior", "action": "refund", "amount": "700", "overrides": "refund-limit", "reason": "We owe them."}
    keep(lead, review, ruling="edit", **wish)
    lead.open(f"/inbox/{review}")
    assert "Your draft, 0 s ago. It stands in: Edit" in told(lead)
    lead.send("/ruling", ruling="edit", **wish)
    assert "Mara wants" in told(lead)
    assert "Your draft" not in told(lead)


def test_a_ruling_that_comes_too_late_says_so_first_and_shows_what_was_written(service: Service, lead: Browser, rival: Browser) -> None:
    review = waiting(service)
    lead.open(f"/inbox/{review}")
    rival.open(f"/inbox/{review}")
    rival.send("/ruling", ruling="approve")
    lead.send("/ruling", ruling="reject", reason="No client <b>of ours</b>.", note="Call their counsel.")
    assert lead.page.status_code == 409
    said = told(lead)
    order = ["Your ruling came too late and was not taken.", "What you had written", "No client", "Call their counsel.", "approved."]
    assert sorted(order, key=said.index) == order
    assert "No client &lt;b&gt;of ours&lt;/b&gt;." in lead.page.text


def test_an_error_beside_the_list_is_a_part_of_the_page(lead: Browser) -> None:
    part = lead.http.get("/inbox/rev_nothing", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert (part.status_code, part.text.count('<section id="detail"'), "<html" in part.text) == (404, 1, False)
    assert lead.http.get("/inbox/rev_nothing").text.count("<html") == 1


def test_an_override_without_a_reason_is_refused_and_its_tick_is_kept(service: Service, lead: Browser) -> None:
    lead.open(f"/inbox/{waiting(service)}")
    lead.send("/ruling", ruling="edit", mode="human", to="eu-senior", action="refund", amount="700", overrides="refund-limit")
    assert lead.page.status_code == 422
    assert "reason must not be empty" in lead.text
    assert 'value="refund-limit" checked' in lead.page.text


def test_an_amount_goes_with_money_alone(service: Service, lead: Browser) -> None:
    review = waiting(service)
    lead.open(f"/inbox/{review}")
    lead.send("/ruling", ruling="edit", mode="human", to="eu-senior", action="reply", amount="700", reason="No money.")
    assert case_of(service, review)["decision"]["route"]["amount"] == 0


def test_a_guard_is_offered_to_who_may_suspend_it(service: Service, admin: Browser) -> None:
    service.make_account("nina", PASSWORD, "lead")
    assert "Suspend a guard" not in signed_in(service, "nina").open(f"/inbox/{waiting(service)}").text


def test_the_next_holder_finds_what_was_written_and_may_discard_it(service: Service, lead: Browser, rival: Browser) -> None:
    review = waiting(service)
    answer = keep(lead, review, ruling="edit", reason="They wait since Monday.", skills="legal", forged="no field of ours")
    assert (answer.status_code, answer.headers["Draft-Revision"], "Draft-Replaced" in answer.headers) == (204, "1", False)
    rival.open(f"/inbox/{review}")
    assert "Draft by Mara, 0 s ago." in told(rival)
    assert "They wait since Monday." in rival.text
    assert keep(rival, review, seen="1", ruling="edit", reason="Since Tuesday.").status_code == 204
    assert keep(lead, review, seen="1", ruling="edit", reason="Since Monday!").headers["Draft-Replaced"] == "Otto"
    rival.send("/draft/discard")
    assert "Since" not in rival.text


def test_a_draft_is_kept_by_a_button_too_and_goes_with_the_ruling(service: Service, lead: Browser, rival: Browser) -> None:
    review = waiting(service)
    lead.open(f"/inbox/{review}")
    assert keep(lead, review, ruling="ask", question="Which invoice?", keep="1").status_code == 200
    lead.open(f"/inbox/{review}")
    assert "Your draft, 0 s ago." in told(lead)
    assert "Which invoice?" in lead.text
    lead.send("/claim")
    assert keep(rival, review, ruling="ask", question="And mine?").status_code == 409
    lead.send("/ruling", ruling="ask", question="Which invoice?")
    assert keep(lead, review, ruling="ask", question="Too late?").status_code == 409
    assert "Your draft" not in told(lead)


def test_a_script_gets_the_review_alone(service: Service, lead: Browser) -> None:
    part = lead.http.get(f"/inbox/{waiting(service)}", headers={"HX-Request": "true", "HX-Request-Type": "partial"}).text
    assert part.lstrip().startswith("<section")
    assert "<html" not in part
    assert part.count('id="detail"') == 1


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202egnp.exe\u2066", "x" * 60_000, "{{ 7 * 7 }} {% raw %}"], ids=range(4))
def test_what_strangers_write_is_inert_and_can_be_read(service: Service, lead: Browser, text: str) -> None:
    lead.open(f"/inbox/{waiting(service, f'{LEGAL} {text}', sender={'email': 'cto@northwind.example', 'name': text[:200]})}")
    assert lead.page.status_code == 200
    assert "<script>" not in lead.page.text
    assert "\u202e" not in lead.page.text
    assert text[:20].replace("\u202e", "[U+202E]").replace("\u2066", "[U+2066]") in lead.text
