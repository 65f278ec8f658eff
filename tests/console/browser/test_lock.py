"""The lock in a browser: it warns, covers every page, and gives back what was written; nothing of it is readable, found or printed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.console.browser.conftest import Sight, look
from tests.console.conftest import PASSWORD
from tests.service import Service, eventually

LOCKED = "() => 'locked' in document.documentElement.dataset"
AGO = "(seconds) => { const now = Date.now; Date.now = () => now() + seconds * 1000; }"
"""The page's clock goes ahead: it has been seen that long ago."""


@pytest.fixture
def own(chromium: Browser, service: Service, admin: object) -> Iterator[BrowserContext]:
    """A session that may be ended, since it is nobody else's."""
    context = chromium.new_context(base_url=service.base_url, viewport={"width": 1440, "height": 900}, timezone_id="Asia/Tokyo")
    context.add_init_script("try { localStorage.setItem('maitred.tour', 'done') } catch {}")
    page = context.new_page()
    page.goto("/sign-in?next=/settings/keys")
    page.fill("#email", "ines@halyard.example")
    page.fill("#password", PASSWORD)
    page.click("main button")
    yield context
    context.close()


def soon(page: Page, question: str) -> bool:
    """Whether it becomes true."""
    return bool(eventually(lambda: page.evaluate(question)))


def test_nobody_there_is_warned_of_then_every_page_locks_and_what_was_written_stays(own: BrowserContext, service: Service) -> None:
    sight = Sight(own.pages[0], service.base_url)
    page, other = sight.page, own.new_page()
    page.fill("#name", "half a sentence")
    other.goto("/account")
    page.evaluate(AGO, 1800 - 90 - 50)
    assert soon(page, "() => document.getElementById('idle').open")
    assert sight.violations() == []
    page.click("#idle [data-stay]")
    assert not page.evaluate("() => document.getElementById('idle').open")
    page.evaluate(AGO, 1800)
    assert soon(page, LOCKED)
    assert soon(other, LOCKED)
    assert sight.violations() == []
    assert "half a sentence" not in page.locator("body").inner_text()
    assert "Ines Duarte" not in page.title()
    assert page.locator("main").is_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert page.locator("#lock").is_visible()
    fresh = own.new_page()
    fresh.goto("/settings/keys")
    assert "/sign-in" in fresh.url
    page.fill("#lock-password", "not this one, surely")
    page.keyboard.press("Enter")
    assert soon(page, "() => document.getElementById('lock-fault').textContent.startsWith('This is not the password')")
    page.fill("#lock-password", PASSWORD)
    page.keyboard.press("Enter")
    assert soon(page, f"() => !({LOCKED})()")
    assert soon(other, f"() => !({LOCKED})()")
    assert page.input_value("#name") == "half a sentence"


def test_signing_out_covers_the_other_pages_and_going_back_shows_none(own: BrowserContext) -> None:
    page, other = own.pages[0], own.new_page()
    other.goto("/account")
    other.click(".who button")
    assert soon(page, LOCKED)
    other.go_back()
    assert eventually(lambda: "/sign-in" in other.url)
    assert "Ines" not in other.locator("body").inner_text()


def test_what_a_page_asks_by_itself_after_the_end_locks_it_and_leaves_it_as_it_is(own: BrowserContext, service: Service) -> None:
    page = own.pages[0]
    page.fill("#name", "half a sentence")
    own.clear_cookies()
    page.evaluate("() => htmx.ajax('GET', '/settings/roles', {target: 'main', push: 'true'})")
    assert soon(page, LOCKED)
    assert page.url.endswith("/settings/keys")
    page.fill("#lock-password", PASSWORD)
    page.keyboard.press("Enter")
    assert soon(page, f"() => !({LOCKED})()")
    assert page.input_value("#name") == "half a sentence"


def test_a_first_sign_in_takes_over_the_clock_of_the_browser(own: BrowserContext, service: Service) -> None:
    sight = look(own, service.base_url)
    sight.open("/account")
    assert sight.page.locator("#zone").input_value() == "Asia/Tokyo"
    assert "As this browser says: Asia/Tokyo" in (sight.page.locator("#zone").text_content() or "")
    assert sight.faults == []
