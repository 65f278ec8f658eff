"""What a page's lock asks of the server: to stay, to end the session, and to go on with the password of the same person."""

from __future__ import annotations

import httpx
import pytest

from tests.console.conftest import PASSWORD, Browser, browser_of, signed_in
from tests.service import Service


@pytest.fixture
def ines(service: Service, admin: Browser) -> Browser:
    """A browser of its own, of the admin."""
    return signed_in(service, "ines")


def ask(browser: Browser, what: str, **form: str) -> httpx.Response:
    """As the script of a page does."""
    origin = {"Origin": str(browser.http.base_url).rstrip("/")}
    return browser.http.post(f"/sign-in/{what}", data=form, headers=origin, follow_redirects=False)


def unlock(browser: Browser, password: str, person: str = "ines") -> httpx.Response:
    """With somebody's password."""
    return ask(browser, "unlock", person=person, email=f"{person}@halyard.example", password=password)


def test_a_locked_page_goes_on_with_its_person_s_password(ines: Browser) -> None:
    assert ask(ines, "stay", person="ines").status_code == 204
    assert ask(ines, "lock").status_code == 204
    assert ask(ines, "lock").status_code == 204
    assert ask(ines, "stay", person="ines").status_code == 401
    assert ines.open("/inbox").url.path == "/sign-in"
    wrong = unlock(ines, "not this one, surely")
    assert (wrong.status_code, wrong.text) == (401, "This is not the password of who was here.")
    assert unlock(ines, PASSWORD).status_code == 204
    assert ines.open("/inbox").url.path == "/inbox"


def test_a_page_of_one_person_is_not_opened_by_another(service: Service, ines: Browser) -> None:
    service.make_account("pia", PASSWORD, "lead")
    ask(ines, "lock")
    form = {"person": "ines", "email": "pia@halyard.example", "password": PASSWORD}
    assert ask(ines, "unlock", **form).status_code == 401
    assert ines.open("/inbox").url.path == "/sign-in"
    pia = signed_in(service, "pia")
    assert ask(pia, "stay", person="ines").status_code == 401


def test_unlocking_ends_the_session_that_the_page_had(ines: Browser) -> None:
    before = ines.open("/account").text.count("/account/sessions/")
    assert unlock(ines, PASSWORD).status_code == 204
    assert ines.open("/account").text.count("/account/sessions/") == before


def test_guessing_at_a_lock_waits_as_guessing_at_the_door_does(service: Service, admin: Browser) -> None:
    service.make_account("gus", PASSWORD, "auditor")
    browser = browser_of(service)
    codes = {unlock(browser, f"guess number {number}", "gus").status_code for number in range(10)}
    assert codes == {401}
    assert unlock(browser, PASSWORD, "gus").status_code == 429


@pytest.mark.parametrize("what", ["stay", "lock", "unlock"])
def test_another_site_can_neither_lock_nor_unlock(ines: Browser, what: str) -> None:
    form = {"person": "ines", "email": "ines@halyard.example", "password": PASSWORD}
    assert ines.http.post(f"/sign-in/{what}", data=form, headers={"Origin": "https://evil.example"}).status_code == 403
    assert ines.open("/inbox").url.path == "/inbox"


@pytest.mark.parametrize("header", ["X-By-Itself", "HX-Request"])
def test_a_script_is_told_of_the_end_without_a_page_that_would_take_the_place_of_what_was_written(ines: Browser, header: str) -> None:
    by_script = {header: "true"}
    assert ines.http.get("/inbox", headers=by_script).status_code == 200
    ask(ines, "lock")
    told = ines.http.get("/inbox", headers=by_script)
    assert (told.status_code, told.headers["hx-trigger"], told.content) == (204, "maitred:signed-out", b"")


def test_every_page_of_somebody_carries_its_lock(ines: Browser) -> None:
    for path in ("/inbox", "/account", "/settings"):
        page = ines.open(path).text
        assert page.count('<dialog id="lock"') == 1
        assert 'data-idle="1800"' in page
    assert "<dialog" not in browser_of_nobody(ines).open("/sign-in").text


def browser_of_nobody(browser: Browser) -> Browser:
    """On the same service, without a cookie."""
    return Browser(httpx.Client(base_url=browser.http.base_url, follow_redirects=True, timeout=60))
