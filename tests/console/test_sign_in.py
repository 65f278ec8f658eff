"""Signing in: the first account by its link, wrong passwords, sessions, and forms that another site sends."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.console.conftest import PASSWORD, Browser, browser_of, signed_in
from tests.service import Service


def test_the_first_account_is_made_once(service: Service, admin: Browser) -> None:
    link = re.search(r"http://\S+(/first-account/\S+)", service.log())
    assert link is not None
    late = browser_of(service)
    assert late.open(link[1]).url.path == "/sign-in"
    answer = late.http.post(
        link[1], data={"id": "eve", "name": "Eve", "email": "eve@x.example", "password": PASSWORD}, headers=ours(service)
    )
    assert answer.status_code == 409
    assert late.open("/first-account/0123456789").status_code == 403


def test_who_is_not_signed_in_comes_back_to_where_they_wanted_to_go(service: Service, admin: Browser) -> None:
    browser = browser_of(service)
    assert browser.open("/inbox?view=ruled").url.path == "/sign-in"
    browser.send("/sign-in", email="INES@halyard.example ", password=PASSWORD)
    assert (browser.page.url.path, browser.page.url.query) == ("/inbox", b"view=ruled")


def test_a_wrong_password_and_an_unknown_e_mail_are_told_alike(service: Service, admin: Browser) -> None:
    said = set[tuple[int, str]]()
    for email in ("ines@halyard.example", "nobody@halyard.example"):
        browser = browser_of(service)
        browser.open("/sign-in")
        browser.send("/sign-in", email=email, password="not this one, surely")
        said.add((browser.page.status_code, re.findall(r'role="alert">([^<]+)', browser.text)[0]))
    assert said == {(401, "E-mail and password do not belong together.")}


def test_too_many_wrong_passwords_wait_even_with_the_right_one(service: Service, admin: Browser) -> None:
    service.make_account("guessed", PASSWORD, "auditor")
    browser = browser_of(service)
    browser.open("/sign-in")
    for number in range(10):
        browser.send("/sign-in", email="guessed@halyard.example", password=f"guess number {number}")
        browser.open("/sign-in")
    browser.send("/sign-in", email="guessed@halyard.example", password=PASSWORD)
    assert browser.page.status_code == 429
    assert "quarter of an hour" in browser.text
    browser.open("/sign-in")
    browser.send("/sign-in", email="guessed@halyard.example", password="another guess")
    admin.open("/settings/accounts/guessed")
    assert re.search(r"locked until .* after too many wrong passwords from 127\.0\.0\.1", " ".join(admin.text.split()))
    admin.send("/unlock")
    assert "locked until" not in admin.text
    admin.open("/audit?kind=account.locked")
    assert admin.text.count("10 wrong passwords for guessed from 127.0.0.1") == 1
    assert "another guess" not in admin.text
    assert "Lets guessed try to sign in again" in admin.open("/audit?kind=account.unlocked").text
    browser.open("/sign-in")
    browser.send("/sign-in", email="guessed@halyard.example", password=PASSWORD)
    assert browser.page.url.path != "/sign-in"


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", ""]
)
def test_a_sign_in_sends_nobody_to_another_site(service: Service, admin: Browser, back: str) -> None:
    with httpx.Client(base_url=service.base_url, timeout=60) as http:
        form = {"email": "ines@halyard.example", "password": PASSWORD, "next": back}
        assert http.post("/sign-in", data=form, headers=ours(service)).headers["location"] == "/"


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {}])
def test_a_form_of_another_site_does_nothing(service: Service, admin: Browser, headers: dict[str, str]) -> None:
    refused = admin.http.post("/sign-out", headers=headers)
    assert refused.status_code == 403
    assert admin.open("/inbox").url.path == "/inbox"


def test_the_cookie_is_for_this_site_and_for_no_script(service: Service, admin: Browser) -> None:
    with httpx.Client(base_url=service.base_url, timeout=60) as http:
        form = {"email": "ines@halyard.example", "password": PASSWORD}
        cookie = http.post("/sign-in", data=form, headers=ours(service)).headers["set-cookie"].lower()
    assert re.match(r"maitred_session_[0-9a-f]{8}=", cookie)
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_session_ends_where_its_owner_says(service: Service, admin: Browser) -> None:
    service.make_account("liam", PASSWORD, "lead")
    here, elsewhere = signed_in(service, "liam"), signed_in(service, "liam")
    listed = here.open("/account").text
    assert listed.count("since") == 2
    other = re.findall(r"/account/sessions/([0-9a-f]+)/end", listed)
    here.send(f"/account/sessions/{other[0]}/end")
    assert elsewhere.open("/inbox").url.path == "/sign-in"
    assert here.open("/inbox").url.path == "/inbox"
    here.send("/sign-out")
    assert here.open("/inbox").url.path == "/sign-in"


def test_another_password_ends_every_session(service: Service, admin: Browser) -> None:
    service.make_account("mona", PASSWORD, "lead")
    browser, other = signed_in(service, "mona"), signed_in(service, "mona")
    browser.open("/account")
    browser.send("/account/password", password="not hers", wanted="quite another pass phrase")
    assert browser.page.status_code == 422
    browser.send("/account/password", password=PASSWORD, wanted="quite another pass phrase")
    assert browser.page.url.path == "/sign-in"
    assert other.open("/inbox").url.path == "/sign-in"


def test_a_seat_hides_and_forbids_and_everybody_begins_where_their_work_is(service: Service, admin: Browser) -> None:
    service.make_account("oskar", PASSWORD, "policy_owner")
    browser = signed_in(service, "oskar")
    assert browser.page.url.path == "/policies/vip-support"
    assert browser.open("/inbox").status_code == 403
    assert '<a href="/policies"' in browser.page.text
    assert '<a href="/inbox"' not in browser.page.text


def test_what_no_page_sends_is_refused(service: Service, admin: Browser) -> None:
    many = "&".join(f"f{number}=1" for number in range(300))
    kinds = {"Content-Type": "application/x-www-form-urlencoded", **ours(service)}
    assert admin.http.post("/sign-in", content=many, headers=kinds).status_code == 422
    assert admin.http.post("/sign-in", json={"email": "x"}, headers=ours(service)).status_code == 422
    assert admin.http.post("/sign-in", content="email=%00a", headers=kinds).status_code in (400, 422)
    assert admin.http.post("/sign-out", headers={"Origin": "http://["}).status_code == 403
    assert admin.open("/inbox?view=bogus").status_code == 422
    assert admin.page.headers["content-type"].startswith("text/html")


def test_somebody_who_is_kept_out_is_out_at_once(service: Service, admin: Browser) -> None:
    service.make_account("vera", PASSWORD, "lead")
    browser = signed_in(service, "vera")
    service.accounts("close", "vera")
    assert browser.open("/inbox").url.path == "/sign-in"
    assert signed_in(service, "vera").page.status_code == 401
    service.accounts("open", "vera")
    assert signed_in(service, "vera").page.url.path == "/inbox"


def test_the_secret_of_the_first_link_stands_in_no_line_of_the_log(service: Service) -> None:
    assert [line for line in service.log().splitlines() if '"event"' in line and re.search("first-account/[0-9a-f]", line)] == []


def test_pages_forbid_what_is_not_theirs(admin: Browser) -> None:
    headers = admin.open("/inbox").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    styles = re.findall(r'href="(/static/[^"]+\.css)"', admin.page.text)
    assert "immutable" in admin.http.get(styles[0]).headers["cache-control"]


def ours(service: Service) -> dict[str, str]:
    """What a browser says of a form that a page of the console sends."""
    return {"Origin": service.base_url}


def test_a_link_that_does_not_count_is_called_so(service: Service, admin: Browser) -> None:
    link = re.search(r"http://\S+(/first-account/\S+)", service.log())
    assert link is not None
    late = browser_of(service)
    assert "That link was used already" in late.open(link[1]).text
    for path in ("/first-account/0123456789", "/join/0123456789"):
        assert (late.open(path).status_code, "<h1>This link does not count</h1>" in late.text) == (403, True)


def test_what_was_refused_is_said_in_the_language_of_who_reads_it(service: Service, admin: Browser) -> None:
    browser = browser_of(service)
    browser.http.headers["Accept-Language"] = "de"
    browser.open("/sign-in")
    browser.send("/sign-in", email="nobody.at.all@halyard.example", password="not this one, surely")
    assert "E-Mail-Adresse und Passwort gehören nicht zusammen." in browser.text
    for path in ("/first-account/0123456789", "/join/0123456789"):
        assert "Dieser Link gilt nicht" in browser.open(path).text


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/nonsense", "text/html,*/*;q=0.8", "text/html"),
        ("/inbox/a/b/c/d", "text/html", "text/html"),
        ("/nonsense", "application/json", "application/problem+json"),
        ("/nonsense", "*/*", "application/problem+json"),
        ("/v1/nonsense", "text/html", "application/problem+json"),
        ("/metrics/nonsense", "text/html", "application/problem+json"),
    ],
)
def test_an_address_that_nobody_has_is_a_page_for_people_alone(service: Service, path: str, accept: str, kind: str) -> None:
    answer = httpx.get(f"{service.base_url}{path}", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (404, kind)
