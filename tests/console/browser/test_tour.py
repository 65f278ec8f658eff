"""The tour: it points at one thing after the other, and passes nothing over that is only on its way."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.console.browser.conftest import STREAM, Sight, Stage, hold
from tests.console.browser.test_flows import waiting
from tests.console.browser.test_review_pane import A_REVIEW, shown


@pytest.fixture(scope="module", autouse=True)
def work(stage: Stage) -> None:
    """At least one review waits."""
    waiting(stage)


def test_the_tour_points_at_things_once(sight: Sight) -> None:
    sight.open("/inbox?tour=1")
    expect(sight.page.locator("#tour-title")).to_have_text("What waits for a person")
    for number in range(1, 7):
        expect(sight.page.locator("#tour-count")).to_have_text(f"{number} / 6")
        expect(sight.page.locator("[data-tour=next]")).to_be_focused()
        sight.press("Enter")
    expect(sight.page.locator("#tour")).to_be_hidden()
    assert sight.page.evaluate("localStorage.getItem('maitred.tour')") == "done"
    assert sight.faults == []


def test_the_tour_opens_the_first_review_to_point_at_its_guards(sight: Sight) -> None:
    page = sight.page
    sight.open("/inbox?tour=1")
    for number in range(1, 7):
        expect(page.locator("#tour-count")).to_have_text(f"{number} / 6")
        if number == 4:
            expect(page.locator(".guards.pointed-at")).to_be_visible()
            assert shown(page) == page.locator("#rows > li").first.get_attribute("id")
        page.locator("[data-tour=next]").click()
    expect(page.locator("#tour")).to_be_hidden()


def test_the_tour_passes_nothing_over_while_the_stream_and_the_review_are_on_their_way(sight: Sight) -> None:
    page, stream, review = sight.page, hold(sight.page, STREAM), hold(sight.page, A_REVIEW)
    sight.open("/inbox?tour=1")
    expect(page.locator("#live")).to_have_text(re.compile("^ *Connecting$"))
    for number in (1, 2, 3):
        expect(page.locator("#tour-count")).to_have_text(f"{number} / 6")
        page.locator("[data-tour=next]").click()
    expect(page.locator("#detail")).to_have_attribute("aria-busy", "true")
    stream.go_on()
    expect(page.locator("#live")).to_have_text(re.compile("^ *Live$"))
    page.evaluate("htmx.ajax('GET', '/clients', {source: document.body, target: 'body', swap: 'none'})")
    expect(page.locator("#tour-count")).to_have_text("3 / 6")
    review.go_on()
    expect(page.locator("#tour-count")).to_have_text("4 / 6")
    expect(page.locator(".guards.pointed-at")).to_be_visible()
