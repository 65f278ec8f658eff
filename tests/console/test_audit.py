"""The ledger as auditors read it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import orjson
import pytest

from console.rendering import templates
from desk.ledger import Checked
from runtime.ledger_key import LedgerKey
from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.service import Service, eventually, message


@pytest.fixture(scope="module")
def case(service: Service) -> str:
    """A case that was decided at once."""
    with service.http() as http:
        return http.post("/v1/messages", json=message("How do I rename a report?"), headers={"Prefer": "wait=20"}).json()["id"]


@pytest.fixture(scope="module")
def auditor(service: Service, admin: Browser) -> Browser:
    service.make_account("aldo", PASSWORD, "auditor")
    return signed_in(service, "aldo")


def shown(browser: Browser) -> list[int]:
    """The indexes on the page, from top to bottom."""
    return [int(index) for index in re.findall(r'<td><a href="/audit/(\d+)"', browser.page.text)]


def test_the_ledger_is_chosen_by_case_and_kind(auditor: Browser, case: str) -> None:
    auditor.open(f"/audit?case={case}")
    assert "message.received" in auditor.text
    assert "case.decided" in auditor.text
    assert len(shown(auditor)) > 2
    auditor.open(f"/audit?case={case}&kind=case.decided")
    assert len(shown(auditor)) == 1
    assert '<option value="case.decided" selected>Case decided</option>' in auditor.page.text
    assert "No entry fits." in auditor.open("/audit?since=2999-01-01T00:00").text
    for path in ("/audit?since=yesterday", "/audit/export?until=2026-13-01"):
        assert auditor.open(path).status_code == 422
        assert "is no time. Write it as 2026-11-25T14:00" in auditor.text


@pytest.mark.parametrize("doubt", ["The tree does not have the root of its checkpoint.", ""])
def test_a_ledger_that_is_not_the_signed_one_any_more_says_so_above_its_entries(doubt: str) -> None:
    made = LedgerKey(bytes(32)).checkpoint(3, bytes(32), datetime(2026, 11, 23, 8, tzinfo=UTC))
    checked = Checked(made.at, made, signed=True, proven=(1, 2, 3), unsealed=(), faults={}, doubt=doubt)
    page = templates().from_string('{% import "ledger_parts.html" as ledger with context %}{{ ledger.checked_badge(checked) }}')
    told = page.render(checked=checked)
    assert ("so nothing more is sealed." in told, "3 entries verified" in told) == (bool(doubt), not doubt)
    assert doubt in told
    assert checked.holds is not bool(doubt)


def test_somebody_is_found_by_their_name_with_and_without_what_they_are(auditor: Browser) -> None:
    for name in ("person:ines", "ines", "Ines Duarte", "ines duarte"):
        auditor.open(f"/audit?actor={name}&kind=account.created")
        assert len(shown(auditor)) == 1, name
    assert not auditor.open("/audit?actor=nobody").text.count("<td>")


def test_words_that_only_the_page_says_lead_to_the_kind(auditor: Browser) -> None:
    auditor.open("/audit?q=account+made")
    assert "Entries of a kind that is called so: " in auditor.text
    assert '<a href="/audit?kind=account.created">Account made</a>' in auditor.page.text


def test_entries_come_newest_or_oldest_first(auditor: Browser, case: str) -> None:
    auditor.open(f"/audit?case={case}")
    newest = shown(auditor)
    auditor.open(f"/audit?case={case}&order=oldest")
    assert shown(auditor) == newest[::-1] == sorted(newest)
    auditor.open(f"/audit?case={case}&before={newest[1]}")
    assert shown(auditor) == newest[2:]
    auditor.open(f"/audit?case={case}&after={newest[2]}")
    assert shown(auditor) == newest[:2]
    newer = re.search(r'<a href="([^"]+)">Older entries', auditor.page.text)
    assert newer is not None
    assert newer[1] == f"/audit?case={case}&amp;before={newest[1]}"


def test_an_entry_is_found_by_its_words(auditor: Browser, case: str) -> None:
    assert eventually(lambda: auditor.open(f"/audit?q={case}+case.decided&kind=case.decided") and len(shown(auditor)) == 1)
    assert "No entry fits." in auditor.open(f"/audit?q={case}+nonsense").text
    for odd in ("%22", "-", "%26%7C!()", "a%27b%5C", "or"):
        assert auditor.open(f"/audit?q={odd}").status_code == 200


def test_what_is_shown_was_verified_against_a_signed_root(auditor: Browser, case: str) -> None:
    def verified() -> bool:
        count = len(shown(auditor)) if auditor.open(f"/audit?case={case}") else 0
        return count > 2 and f"{count} entries verified" in auditor.text

    assert eventually(verified)
    assert "against the signed root over" in auditor.text


def test_an_entry_has_a_page_with_its_bytes_and_its_proof(auditor: Browser, case: str) -> None:
    auditor.open(f"/audit?case={case}&kind=case.decided")
    index = shown(auditor)[0]
    assert eventually(lambda: "data-proof" in auditor.open(f"/audit/{index}").text)
    told = auditor.http.get(f"/audit/{index}/proof").json()
    assert orjson.loads(told["body"])["case_id"] == case
    assert told["leaf_hash"] in auditor.text
    assert auditor.open("/audit/checkpoint").json()["size"] >= told["size"]
    assert "maitred ledger verify ledger.jsonl" in auditor.open("/audit").text
    assert auditor.open("/audit/99999999").status_code == 404


def test_an_export_holds_the_entries_of_the_filters_as_lines(service: Service, auditor: Browser, case: str) -> None:
    exported = auditor.open(f"/audit/export?case={case}")
    assert exported.headers["content-disposition"] == 'attachment; filename="ledger.jsonl"'
    with service.http() as http:
        listed = http.get("/v1/ledger/entries", params={"case_id": case}).json()["items"]
    lines = [orjson.loads(line) for line in exported.content.splitlines()]
    assert [{name: value for name, value in line.items() if name != "position"} for line in lines] == listed


def test_a_page_for_others_is_neither_shown_nor_open(service: Service, admin: Browser) -> None:
    service.make_account("petra", PASSWORD, "policy_owner")
    owner = signed_in(service, "petra")
    for path in ("/audit", "/audit/1", "/audit/1/proof", "/audit/export", "/audit/checkpoint"):
        assert owner.open(path).status_code == 403
    assert "This is for whoever reads the ledger and the settings. The seat auditor or admin opens it" in owner.open("/audit").text
    assert ">Audit<" not in owner.open("/cases").text
    assert owner.open("/cases/case_unknown").status_code == 404
