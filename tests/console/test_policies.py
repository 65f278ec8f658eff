"""Policies as their owners see them: from a draft to the version that decides, and back, by forms."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import orjson
import pytest

from policies.rules import shipped
from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.service import Service

NAME = "vip-support"
YAML = {"Content-Type": "application/yaml"}


def drafted(service: Service, author: str, text: str) -> int:
    """A version by somebody, over the API."""
    headers = {"Authorization": f"Bearer {service.make_key('policies:write', person=author)}"}
    with httpx.Client(base_url=service.base_url, headers=headers, timeout=120) as http:
        return http.post(f"/v1/policies/{NAME}/versions", content=text, headers=YAML).json()["version"]


def reworded(words: str) -> str:
    """The shipped policy with the reason of one guard of the legal department in other words."""
    return shipped().replace("A legal threat is answered by a person only.", words, 1)


def said(browser: Browser) -> str:
    """The words of the page alone."""
    return " ".join(re.sub("<[^>]+>", " ", browser.text).split())


def said_of(browser: Browser, path: str) -> str:
    """The words of another page."""
    browser.open(path)
    return said(browser)


@pytest.fixture(scope="module")
def draft(service: Service) -> int:
    """A version with one guard's reason in other words, drafted by somebody else than those who approve."""
    return drafted(service, "author", reworded("A legal threat is answered by a person."))


@pytest.fixture(scope="module")
def owner(service: Service, admin: Browser) -> Browser:
    service.make_account("olga", PASSWORD, "policy_owner", role="legal")
    return signed_in(service, "olga")


def test_the_policy_that_decides_is_shown_with_its_story(owner: Browser) -> None:
    owner.open("/policies")
    assert owner.page.url.path == f"/policies/{NAME}"
    assert "Decides Version 1 for everybody" in said(owner)
    assert "Version 1 decides from the first start on." in owner.text
    assert f"/policies/{NAME}" in owner.open("/policies?every=1").text


def test_a_version_goes_from_draft_to_active_and_one_button_goes_back(owner: Browser, draft: int) -> None:
    path = f"/policies/{NAME}/{draft}"
    owner.open(path)
    assert "A legal threat is answered by a person." in owner.text
    owner.send("/submit", reason="Shorter.")
    assert "The owners of what changes: legal." in said(owner)
    stale = owner.page
    owner.send("/approve", reason="Fine.")
    assert ">approved</span>" in owner.page.text
    owner.page = stale
    owner.send("/approve", reason="Fine, I think.")
    assert owner.page.status_code == 412
    owner.open(f"{path}/rollout")
    owner.send("/rollout", stage="canary", percent="a lot", reason="Slowly, please.")
    assert owner.page.status_code == 422
    assert "percent must be a number from 0 to 100" in said(owner)
    assert "Slowly, please." in owner.text
    owner.send("/rollout", stage="shadow", starts_at="2020-01-01T08:00", reason="Look first.")
    assert "A rollout cannot start in the past." in said(owner)
    owner.send("/rollout", stage="shadow", starts_at="", reason="Look first.")
    assert f"Shadow Version {draft} looks on, without effect" in said(owner)
    assert "routes that the active version forbids" in owner.text
    shown = owner.page
    owner.send("/rollback", reason="Enough seen.")
    owner.page = shown
    owner.send("/rollback", reason="A second click.")
    assert owner.page.status_code == 412
    assert "A second click." in owner.text
    assert "Decides Version 1 for everybody" in said(owner)
    assert "was taken back. “Enough seen.”" in owner.text


def test_a_rollout_is_planned_for_later_and_planned_anew(owner: Browser, draft: int) -> None:
    owner.open(f"/policies/{NAME}/{draft}/rollout")
    owner.send("/rollout", stage="canary", pace="hand", percent="5", starts_at="2999-01-01T08:00", reason="After the holidays.")
    assert f"Planned Version {draft} begins" in said(owner)
    owner.open(f"/policies/{NAME}/{draft}/rollout")
    owner.send("/rollout", stage="shadow", starts_at="2999-02-01T08:00", reason="Later still.")
    assert "begins 1 Feb 2999, 08:00 UTC" in said(owner)
    owner.send("/rollback", reason="Not at all.")
    assert "Decides Version 1 for everybody" in said(owner)


def test_two_who_roll_out_at_once_begin_one_rollout_and_the_other_sees_how_things_stand(
    service: Service, owner: Browser, draft: int
) -> None:
    browsers = [owner, signed_in(service, "olga")]
    for browser in browsers:
        browser.open(f"/policies/{NAME}/{draft}/rollout")

    def roll_out(browser: Browser) -> int:
        return browser.send("/rollout", stage="shadow", reason="Me first.").status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(roll_out, browsers)) == [200, 412]
    loser = next(browser for browser in browsers if browser.page.status_code == 412)
    assert "Somebody changed this since you opened it." in loser.text
    assert "This one looks on as a shadow." in said(loser)
    assert "Me first." in loser.text
    assert "as a canary" not in owner.open("/policies?every=1").text
    owner.open(f"/policies/{NAME}/{draft}/rollout")
    owner.send("/rollout", stage="canary", pace="hand", percent="25")
    assert f"Version {draft} went on as a canary for 25 % of clients." in said(owner)
    assert f"version 1 and version {draft} as a canary for 25 % of clients" in said_of(owner, "/policies?every=1")
    owner.open(f"/policies/{NAME}")
    owner.send("/rollback", reason="Tried.")


def test_an_author_sees_no_button_to_approve(service: Service, owner: Browser) -> None:
    number = drafted(service, "olga", reworded("A legal threat goes to a person."))
    owner.open(f"/policies/{NAME}/{number}")
    owner.send("/submit", reason="Mine.")
    assert "/approve" not in owner.page.text
    assert "You wrote it, so somebody else approves it." in owner.text
    owner.send("/reject", reason="   ")
    assert "A no needs a reason" in owner.text
    owner.send("/reject", reason="I <b>changed</b> my mind.")
    assert ">draft</span>" in owner.page.text
    assert "I <b>changed</b> my mind." in owner.text
    assert "<b>changed</b>" not in owner.page.text


def test_who_may_not_is_offered_nothing(service: Service, admin: Browser, draft: int) -> None:
    service.make_account("lars", PASSWORD, "lead")
    lead = signed_in(service, "lars")
    lead.open(f"/policies/{NAME}/{draft}")
    assert "<textarea" not in lead.page.text
    assert "/new?from=" not in lead.page.text
    assert lead.http.post(f"/policies/{NAME}/rollback", data={"reason": "x"}, headers={"Origin": service.base_url}).status_code == 403
    assert lead.open(f"/policies/{NAME}/{draft}/rollout").status_code == 200
    assert '<form method="post" action="/policies' not in lead.page.text
    for path in ("/policies/nothing", f"/policies/{NAME}/999", f"/policies/{NAME}/999/simulate", "/policies/nothing/history"):
        assert lead.open(path).status_code == 404


def test_who_belongs_to_another_region_finds_no_policy(service: Service, admin: Browser) -> None:
    service.make_account("ugo", PASSWORD, "policy_owner", region="us")
    other = signed_in(service, "ugo")
    tails = ("", "/1", "/1/bundle", "/1/proofs", "/1/rollout", "/1/simulate?run=1", "/new?from=1", "/history", "/recalls", "/standing")
    assert {other.open(f"/policies/{NAME}{tail}").status_code for tail in tails} == {404}


def test_a_history_is_paged_and_an_address_that_nobody_made_is_refused_in_words(owner: Browser) -> None:
    assert "This is the beginning." in owner.open(f"/policies/{NAME}/history").text
    assert "Nothing was done before that." in owner.open(f"/policies/{NAME}/history?before=1").text
    assert owner.open(f"/policies/{NAME}/history?before=x").status_code == 422
    assert "No recalled case waits." in owner.open(f"/policies/{NAME}/recalls").text
    assert "Nobody has marked a recalled case yet." in owner.open(f"/policies/{NAME}/recalls?seen=1").text
    for after in ("x", "2026-11-26T00:00:00|case|1", "2026-11-26T00:00:00Z|case|one"):
        assert owner.open(f"/policies/{NAME}/recalls?after={after}").status_code == 422


def test_a_bundle_goes_out_and_a_changed_one_does_not_come_in(owner: Browser, draft: int) -> None:
    out = owner.http.get(f"/policies/{NAME}/{draft}/bundle")
    assert out.headers["content-disposition"] == f'attachment; filename="{NAME}-{draft}.json"'
    owner.open("/policies?every=1")
    owner.send("/import", bundle=out.text)
    assert owner.page.url.path == f"/policies/{NAME}/{draft}"
    assert "stood here already, so the bundle changed nothing" in owner.text
    changed = orjson.loads(out.content)
    changed["exported_by"] = "somebody else"
    for text, status in ((orjson.dumps(changed).decode(), 422), ("<b>no bundle</b>", 422), ("", 422)):
        owner.open("/policies?every=1")
        owner.send("/import", bundle=text)
        assert owner.page.status_code == status
        assert text in owner.text
        assert "<b>no bundle" not in owner.page.text
        assert owner.text.count("was changed after it was signed") == (1 if "signature" in text else 0)
