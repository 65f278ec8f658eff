"""The editor of a policy: what is typed is checked, kept whatever is refused, and stored only when somebody saves it."""

from __future__ import annotations

import re
from html import unescape

import pytest

from policies.rules import shipped
from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.service import Service

NEW = "/policies/vip-support/new"
CHECK = "/policies/vip-support/check"
TEXTAREA = re.compile(r'<textarea id="text"[^>]*>\n?(.*?)</textarea>', re.DOTALL)
JUMP = re.compile(r'class="jump" data-line="(\d+)" data-column="(\d+)"')


@pytest.fixture(scope="module")
def writer(service: Service, admin: Browser) -> Browser:
    service.make_account("wera", PASSWORD, "engineer")
    return signed_in(service, "wera")


SLOWER = shipped().replace("{tier: strategic,                   ack: 15m,", "{tier: strategic,                   ack: 20m,", 1)


def checked(writer: Browser, text: str) -> str:
    """What a page that has a script asks for while somebody types."""
    headers = {"Origin": str(writer.http.base_url).rstrip("/"), "HX-Request": "true"}
    answer = writer.http.post(CHECK, data={"text": text, "from": "1"}, headers=headers)
    assert answer.status_code == 200
    return answer.text


def versions(writer: Browser) -> int:
    """How many there are."""
    return len(re.findall(r'<th scope="row"><a href="/policies/vip-support/\d+">', writer.open("/policies/vip-support").text))


def typed(writer: Browser) -> str:
    """The text of the editor."""
    found = TEXTAREA.search(writer.page.text)
    assert found is not None
    return unescape(found[1])


def test_a_fault_has_its_place_and_a_button_that_goes_there(writer: Browser) -> None:
    broken = shipped().replace("client.contract.tier ==", "client.contract.teir ==", 1)
    part = checked(writer, broken)
    assert "<html" not in part
    assert "did you mean `client.contract.tier`?" in unescape(part)
    line, column = JUMP.findall(part)[0]
    assert broken.splitlines()[int(line) - 1][int(column) - 1 :].startswith("client.contract.teir ==")
    assert "Its tests run once it can be read." in part


def test_tests_that_fail_are_counted_and_a_text_without_a_fault_is_told(writer: Browser) -> None:
    part = checked(writer, SLOWER)
    assert "tests fails." in " ".join(part.split())
    assert "ack is 20m, expected 15m" in part
    assert "Version 1 says the same already." in checked(writer, shipped())
    fresh = shipped().replace("A legal threat is answered by a person only.", "Nobody but a person answers a legal threat.", 1)
    assert re.search(r"No fault is found without the provers\. +All \d+ tests pass\.", " ".join(checked(writer, fresh).split()))


@pytest.mark.parametrize(
    "text",
    ["", " ", "policy: [", "- " * 2_000, "policy: vip-support\npolicy: other\n", "a: &x [*x]", "</textarea><script>alert(1)</script>"],
)
def test_whatever_is_typed_is_answered_with_faults_and_never_runs(writer: Browser, text: str) -> None:
    assert JUMP.search(checked(writer, text))
    assert "<script>alert" not in checked(writer, text)


def test_marks_that_cannot_be_seen_are_told_and_stay_what_they_are(writer: Browser) -> None:
    hidden = shipped().replace("A legal threat", "A legal\u202e threat\u200b", 1)
    part = checked(writer, hidden)
    assert "a mark that cannot be seen stands here: U+202E" in part
    assert "\u202e" not in part
    writer.page = writer.http.post(CHECK, data={"text": hidden, "from": "1"}, headers={"Origin": str(writer.http.base_url).rstrip("/")})
    assert typed(writer) == hidden


def test_without_a_script_a_button_checks_and_keeps_text_and_reason_and_stores_nothing(writer: Browser) -> None:
    before = versions(writer)
    text = "\n# it begins with an empty line\r\n" + shipped().replace("ack: 15m", "ack: 15 minutes", 1)
    writer.page = writer.http.post(
        CHECK,
        data={"text": text, "from": "1", "reason": 'A "reason" & more'},
        headers={"Origin": str(writer.http.base_url).rstrip("/")},
    )
    assert writer.page.status_code == 200
    assert "<h1>" in writer.page.text
    assert typed(writer) == text.replace("\r\n", "\n")
    assert 'A "reason" & more' in writer.text
    assert JUMP.search(writer.page.text)
    assert versions(writer) == before


def test_a_text_that_is_refused_or_known_stores_nothing_and_is_kept(writer: Browser) -> None:
    before = versions(writer)
    broken = shipped().replace("facts: v1", "facts: v9", 1)
    writer.open(f"{NEW}?from=1")
    writer.send("/new", text=broken, reason="New facts.")
    assert writer.page.status_code == 422
    assert "This text is no policy yet" in writer.text
    assert JUMP.search(writer.page.text)
    assert (typed(writer), "New facts." in writer.text) == (broken, True)
    writer.send("/new", text=SLOWER, reason="Slower.")
    assert "tests fails." in writer.text
    assert "Its tests run once it can be read." not in writer.text
    writer.send("/new", text=shipped().replace("\n", "\r\n"), reason="Again.")
    assert "Version 1 says the same already." in writer.text
    assert versions(writer) == before


@pytest.mark.parametrize("path", ["/new", "/check", "/prove"])
def test_what_is_larger_than_a_request_may_be_is_refused_on_a_page(writer: Browser, path: str) -> None:
    headers = {"Origin": str(writer.http.base_url).rstrip("/"), "Accept": "text/html,application/xhtml+xml"}
    sent = {"text": "x" * 300_000, "from": "1"}
    answer = writer.http.post(f"/policies/vip-support{path}", data=sent, headers=headers)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (413, "text/html")
    assert "larger than the 256 KB" in answer.text
    assert "<h1>That is too long</h1>" in answer.text
    part = writer.http.post(f"/policies/vip-support{path}", data=sent, headers={**headers, "HX-Request": "true"})
    assert (part.status_code, "<html" in part.text, "larger than the 256 KB" in part.text) == (413, False, True)


def test_programs_are_refused_in_json_and_a_long_address_on_a_page(writer: Browser) -> None:
    body = {"text": "x" * 300_000}
    for path, accepts in (("/v1/messages", "text/html"), ("/policies/vip-support/new", "application/json")):
        answer = writer.http.post(path, data=body, headers={"Accept": accepts})
        assert (answer.status_code, answer.json()["status"]) == (413, 413)
    long = writer.http.get(f"/policies?after={'x' * 9_000}", headers={"Accept": "text/html"})
    assert (long.status_code, "This address is longer" in long.text) == (414, True)


def test_a_draft_is_saved_under_its_authors_name_with_the_reason(writer: Browser) -> None:
    writer.open(f"{NEW}?from=1")
    assert typed(writer) == shipped()
    text = typed(writer).replace("A legal threat is answered by a person only.", "People answer legal threats.", 1)
    writer.send("/new", text=text, reason="Plainer words.")
    assert re.fullmatch(r"/policies/vip-support/\d+", writer.page.url.path)
    assert "by Wera" in writer.text
    assert "was drafted. “Plainer words.”" in writer.text
    assert 'data-drafted="vip-support:1"' in writer.page.text


def test_who_does_not_write_policies_has_no_editor(service: Service, admin: Browser) -> None:
    service.make_account("lily", PASSWORD, "lead")
    lead = signed_in(service, "lily")
    assert lead.open(NEW).status_code == 403
    assert lead.http.post(CHECK, data={"text": "x"}, headers={"Origin": service.base_url}).status_code == 403
    assert lead.open("/policies/nothing/new").status_code == 403


def test_an_editor_of_what_is_not_there_is_a_page_that_says_so(writer: Browser) -> None:
    assert writer.open("/policies/nothing/new").status_code == 404
    assert writer.open(f"{NEW}?from=999").status_code == 404
    assert writer.open(f"{NEW}?from=one").status_code == 422
