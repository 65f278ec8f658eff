"""Cases as people look back on them: the story, the record of a decision, and its proof."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.service import Service, eventually, message

LEGAL = "Our lawyers will sue you over last week's outage."
MANY = 52


@pytest.fixture(scope="module")
def case(service: Service) -> str:
    """A case that was decided at once."""
    with service.http() as http:
        return http.post(
            "/v1/messages", json=message("How do I share a dashboard with a colleague?"), headers={"Prefer": "wait=20"}
        ).json()["id"]


@pytest.fixture(scope="module")
def ruled(service: Service) -> str:
    """A case that waited for a lead."""
    with service.http() as http:
        found = http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=20"}).json()
        review = http.get(f"/v1/reviews/{found['review']['id']}")
        ruling = {"action": "approve", "reason": "The contract says so."}
        http.post(f"/v1/reviews/{found['review']['id']}/ruling", json=ruling, headers={"If-Match": review.headers["etag"]})
        return found["id"]


@pytest.fixture(scope="module")
def many(service: Service) -> list[str]:
    """More cases than a page shows, of one channel, resolved so that they burden nobody."""
    with service.http() as http, ThreadPoolExecutor(6) as hands:

        def whole(number: int) -> str:
            sent = message("How do I export a report?", channel="paging", external_id=f"p-{number}", conversation_id=f"p-{number}")
            found = http.post("/v1/messages", json=sent, headers={"Prefer": "wait=30"}).json()["id"]
            assert eventually(lambda: bool(http.get(f"/v1/cases/{found}").json()["handover"]))  # the last that is written of it
            read = http.get(f"/v1/cases/{found}")
            ended = http.post(f"/v1/cases/{found}/resolve", json={"outcome": "answered"}, headers={"If-Match": read.headers["etag"]})
            assert ended.status_code == 200, ended.text
            return found

        return list(hands.map(whole, range(MANY)))


@pytest.fixture(scope="module")
def auditor(service: Service, admin: Browser) -> Browser:
    service.make_account("anna", PASSWORD, "auditor")
    return signed_in(service, "anna")


@pytest.fixture(scope="module")
def owner(service: Service, admin: Browser) -> Browser:
    """Somebody who reads cases and not the ledger."""
    service.make_account("paul", PASSWORD, "policy_owner")
    return signed_in(service, "paul")


def test_a_case_tells_its_story_with_what_each_part_took(auditor: Browser, case: str) -> None:
    assert f"/cases/{case}" in auditor.open("/cases").text
    auditor.open(f"/cases/{case}")
    for said in ("Message 1 came in by email.", "Decided:", "A strategic client is never left to a bot.", "How do I share a dashboard"):
        assert said in auditor.text
    for part in ("Value estimated", "Knowledge base", "Route proposed", "router@", "Policy asked, twice"):
        assert part in auditor.text
    assert re.search(r"/audit/\d+", auditor.text)


def test_a_wait_for_a_person_stands_between_its_question_and_its_answer(auditor: Browser, ruled: str) -> None:
    text = auditor.open(f"/cases/{ruled}").text.partition('id="story"')[2]
    places = [text.index(said) for said in ("Stopped for a lead", "Waited for a lead.", "The contract says so.", "Decided:")]
    assert places == sorted(places)


def test_whoever_may_not_read_the_ledger_has_the_story_in_words_alone(owner: Browser, ruled: str) -> None:
    owner.open(f"/cases/{ruled}")
    assert "Waited for a lead." in owner.text
    assert "/audit" not in owner.text
    assert "text digest" not in owner.text
    owner.open(f"/cases/{ruled}/decision")
    assert "legal-threat" in owner.text
    assert "It is opened by the seat of an auditor." in owner.text
    assert "data-proof" not in owner.text


def test_the_record_holds_rules_facts_passes_prompts_and_proof(auditor: Browser, ruled: str) -> None:
    def proven() -> bool:
        return "data-proof" in auditor.open(f"/cases/{ruled}/decision").text

    assert eventually(proven)
    for said in ('"legal" in message.signals', "Offered to the router", "and 17 that are forbidden", "router@1#", "contract.annual_value"):
        assert said in auditor.text
    assert "hc" not in re.findall(r"Decided by</dt><dd>(\S+)", auditor.text)
    digests = re.findall(r"sha256:[0-9a-f]{64}", auditor.text)
    assert f'data-expects-facts="{digests[0]}"' in auditor.text
    path = re.search(r'data-proof="(/audit/\d+/proof\?size=\d+)"', auditor.text)
    assert path is not None
    told = auditor.http.get(path[1]).json()
    assert digests[0] in told["body"]
    assert told["checkpoint"]["root"] in auditor.text


def test_a_replay_shows_both_digests(auditor: Browser, case: str) -> None:
    auditor.open(f"/cases/{case}/decision")
    auditor.send("/replay")
    assert "bit for bit the same" in auditor.text
    replayed = auditor.text[auditor.text.index('id="replayed"') :]
    digests = re.findall(r"<code>(sha256:[0-9a-f]{64})</code>", replayed)
    assert digests[0] == digests[1]
    assert auditor.page.url.fragment == "replayed"
    assert "bit for bit the same" in auditor.open(str(auditor.page.url)).text


@pytest.mark.parametrize("form", ["replay", "acknowledge", "nonsense/replay"])
def test_the_address_of_a_form_leads_back_to_its_page(auditor: Browser, case: str, form: str) -> None:
    auditor.open(f"/cases/{case}/{form}")
    assert (auditor.page.status_code, auditor.page.url.path) == ((404, f"/cases/{case}/{form}") if "/" in form else (200, f"/cases/{case}"))


def test_evidence_is_dated_with_year_and_seconds(auditor: Browser, case: str) -> None:
    for path in (f"/cases/{case}/print", f"/cases/{case}/decision", f"/audit?case={case}"):
        assert re.search(r"\d+ [A-Z][a-z]{2} 20\d\d, \d\d:\d\d:\d\d UTC", auditor.open(path).text)
        assert not re.search(r"\d+ [A-Z][a-z]{2}, \d\d:\d\d", auditor.text)


def test_a_record_on_paper_has_everything_open(auditor: Browser, ruled: str) -> None:
    auditor.open(f"/cases/{ruled}/print")
    assert "<details>" not in auditor.page.text
    assert "<form" not in auditor.page.text[auditor.page.text.index("<main") : auditor.page.text.index("</main>")]
    for said in ("Waited for a lead.", LEGAL, "Handover note", "maitred ledger --verify", "client.regulated"):
        assert said in auditor.text


def test_a_turn_that_was_not_decided_has_no_record(auditor: Browser, case: str) -> None:
    assert auditor.open(f"/cases/{case}/decision?turn=7").status_code == 404
    assert auditor.open(f"/cases/{case}/decision?turn=x").status_code == 422
    origin = {"Origin": str(auditor.http.base_url)}
    for turn in ("-1", "0", "x", "00000001999999999999", "9" * 5_000):
        assert auditor.http.post(f"/cases/{case}/replay", data={"turn": turn}, headers=origin).status_code == 422


def test_cases_are_narrowed_and_nothing_is_said_to_fit(auditor: Browser, case: str) -> None:
    assert case in auditor.open("/cases?client=northwind&tier=strategic").text
    assert case in auditor.open("/cases?words=NORTHWIND+bank+email").text
    assert "No case fits." in auditor.open("/cases?words=northwind+nonsense").text
    assert "No case fits." in auditor.open("/cases?words=%25").text
    assert "No case fits." in auditor.open("/cases?client=nobody").text
    assert case in auditor.open("/cases?status=nonsense&before=nonsense&after=2026|").text


def test_the_first_answer_is_told_by_itself(service: Service, auditor: Browser, case: str) -> None:
    def row(one: str) -> str:
        auditor.open(f"/cases?words={one}")
        return auditor.text.partition("<tbody>")[2]

    assert "running" in row(case)
    with service.http() as http:
        person = http.get(f"/v1/cases/{case}")
        http.post(f"/v1/cases/{case}/acknowledge", headers={"If-Match": person.headers["etag"]})
        assert http.get(f"/v1/cases/{case}").json()["decision"]["sla"]["ack_state"] == "met"
    assert "running" not in row(case)
    assert "kept" in row(case)
    assert "How do I share a dashboard" in row(case)
    assert re.search(r"First answer</dt><dd>within 15 min:\s+kept", auditor.open(f"/cases/{case}").text)


def test_every_case_stands_on_one_page_in_both_directions(auditor: Browser, many: list[str]) -> None:
    def shown() -> list[str]:
        return [one for one in re.findall(r'<td><a href="/cases/(case_\w+)"', auditor.page.text) if one in many]

    def way(name: str) -> str:
        found = re.search(rf'<a href="([^"]+)" rel="{name}"', auditor.page.text)
        return found[1].replace("&amp;", "&") if found else ""

    auditor.open("/cases?words=paging")
    first, older = shown(), way("next")
    assert (len(first), way("prev")) == (50, "")
    auditor.open(older)
    second, newer = shown(), way("prev")
    assert sorted(first + second) == sorted(many)
    assert way("next") == ""
    auditor.open(newer)
    assert shown() == first
    assert (way("prev"), way("next")) == ("", older)


def test_who_belongs_to_one_region_reads_nothing_of_another(service: Service, admin: Browser, case: str) -> None:
    service.make_account("uma", PASSWORD, "auditor", region="us")
    other = signed_in(service, "uma")
    for path in (f"/cases/{case}", f"/cases/{case}/decision", f"/cases/{case}/print", f"/audit?case={case}", "/audit", "/cases", "/inbox"):
        assert "Northwind" not in other.open(path).text
    assert other.open(f"/cases/{case}/decision").status_code == 404
    assert "No entry fits." in other.open(f"/audit?case={case}").text
    with service.http() as http:
        index = http.get("/v1/ledger/entries", params={"case_id": case}).json()["items"][0]["index"]
    assert other.open(f"/audit/{index}").status_code == 404
    assert other.open(f"/audit/{index}/proof").status_code == 404
    assert case not in other.open("/audit/export").text
    with service.http(service.make_key("ledger:read", region="us")) as http:
        assert http.get("/v1/ledger/entries", params={"case_id": case}).json()["items"] == []
        assert http.get(f"/v1/ledger/entries/{index}/proof").status_code == 404
