"""A review's forms in a browser: open at every width, kept over a lost connection, and refused in place."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.console.browser.conftest import Sight, Stage
from tests.console.browser.test_flows import waiting

WIDTHS: dict[str, ViewportSize] = {
    "wide": {"width": 1440, "height": 900},
    "narrow": {"width": 390, "height": 844},
    "zoomed": {"width": 320, "height": 256},
}
FORMS = ("edit", "reassign", "ask", "reject")


@pytest.fixture(scope="module")
def review(stage: Stage) -> str:
    """One that nobody rules on."""
    return waiting(stage)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_form_is_without_fault_and_takes_the_cursor(sight: Sight, review: str, width: str) -> None:
    page = sight.page
    page.set_viewport_size(WIDTHS[width])
    sight.open(f"/inbox/{review}")
    for form in FORMS:
        page.locator(f"summary[data-act={form}]").click()
        expect(page.locator(f"#{form} select, #{form} textarea").first).to_be_focused()
        expect(page.locator("details.act[open]")).to_have_count(1)
        assert sight.violations() == []
        assert sight.wide_parts() == []
    sight.press("Escape")
    expect(page.locator("summary[data-act=reject]")).to_be_focused()
    expect(page.locator("details.act[open]")).to_have_count(0)


def test_a_word_without_end_breaks_inside_the_review(sight: Sight, stage: Stage) -> None:
    for width in WIDTHS.values():
        sight.page.set_viewport_size(width)
        sight.open(f"/inbox/{stage.hostile}")
        beyond = "(one) => one.scrollWidth - one.clientWidth"
        assert sight.page.locator(".dossier").evaluate(beyond) <= 0


def test_what_is_typed_without_a_connection_is_kept_and_sent_when_it_is_back(sight: Sight, review: str) -> None:
    page = sight.page
    sight.open(f"/inbox/{review}")
    sight.press("x")
    page.context.set_offline(True)
    page.locator("#reject [name=reason]").fill("They asked for a person.")
    expect(page.locator("#status")).to_contain_text("What you write is kept in this browser")
    with page.expect_response(re.compile("/draft$")) as sent:
        page.context.set_offline(False)
    assert sent.value.status == 204
    page.evaluate("localStorage.clear()")
    sight.open(f"/inbox/{review}")
    expect(page.locator("#reject [name=reason]")).to_have_value("They asked for a person.")
    expect(page.locator(".banner.draft")).to_contain_text("Your draft")


def test_what_only_this_browser_has_comes_back_when_the_page_does(sight: Sight, review: str) -> None:
    page = sight.page
    sight.open(f"/inbox/{review}")
    sight.press("m")
    page.context.set_offline(True)
    page.locator("#ask [name=question]").fill("Which invoice?")
    page.context.set_offline(False)
    with page.expect_response(re.compile("/draft$")) as sent:
        sight.open(f"/inbox/{review}")
    assert sent.value.status == 204
    expect(page.locator("#ask [name=question]")).to_have_value("Which invoice?")
    expect(page.locator("#ask [name=question]:visible, .banner.draft [data-draft-of=ask]").first).to_be_visible()


def test_a_refusal_is_said_in_place_with_the_form_as_it_was(sight: Sight, review: str) -> None:
    page = sight.page
    sight.open(f"/inbox/{review}")
    sight.press("e")
    page.evaluate("document.querySelector('#edit option[value=ai]').disabled = false")
    page.locator("#edit [name=mode]").select_option("ai")
    page.locator("#edit [name=reason]").fill("They are in a hurry.")
    page.locator("#edit .send .primary").click()
    expect(page.locator("#detail .fault")).to_contain_text("A legal threat is answered by a person only.")
    expect(page.locator("#detail .fault")).to_be_focused()
    expect(page.locator("#edit [name=reason]")).to_have_value("They are in a hurry.")
    expect(page.locator("#edit")).to_be_visible()
    assert sight.at() == f"/inbox/{review}"
