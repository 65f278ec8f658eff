"""The editor of a policy in a browser: checks while somebody types, the way to a fault by keys, and a draft that outlives its page."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.console.browser.conftest import Sight
from tests.service import eventually

EDITOR = "/policies/vip-support/new?from=1"
"""The machine that tests run on may be busy."""
RIGHT, WRONG = 'client.contract.tier == "strategic"', 'client.contract.teir == "strategic"'
KEPT = "() => Object.entries(localStorage).filter(([key]) => key.startsWith('maitred:policy:')).map(([, kept]) => kept).join()"


def write(page: Page, old: str, new: str) -> None:
    """Change words of the text, as typing does."""
    text = page.locator("#text")
    assert old in text.input_value()
    text.fill(text.input_value().replace(old, new, 1))


def line_of_cursor(page: Page) -> int:
    """Where the cursor stands in the text that has the focus."""
    return page.evaluate("() => { const one = document.activeElement; return one.value.slice(0, one.selectionStart).split('\\n').length; }")


def test_a_fault_is_found_while_somebody_types_and_keys_lead_to_it(sight: Sight) -> None:
    page = sight.page
    sight.open(EDITOR)
    write(page, RIGHT, WRONG)
    fault = page.locator("#found .jump").first
    expect(fault).to_be_visible()
    line = int(fault.get_attribute("data-line") or 0)
    expect(page.locator(f"#gutter span:nth-child({line})")).to_have_class("marked")
    expect(page.locator("#verdict-said")).to_contain_text("1 fault.")
    assert sight.violations() == []
    fault.focus()
    sight.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    assert line_of_cursor(page) == line
    sight.press("Tab")
    expect(page.locator("#text")).not_to_be_focused()
    write(page, WRONG, RIGHT)
    expect(page.locator("#found")).to_contain_text("Version 1 says the same already.")
    expect(page.locator("#gutter .marked")).to_have_count(0)
    assert sight.faults == []


def test_a_draft_outlives_its_page_until_somebody_throws_it_away(sight: Sight) -> None:
    page = sight.page
    sight.open(EDITOR)
    write(page, "A legal threat is answered by a person only.", "A draft that is kept.")
    page.locator("#reason").fill("Half a thought")
    assert eventually(lambda: "Half a thought" in page.evaluate(KEPT))
    sight.open(EDITOR)
    expect(page.locator("#kept")).to_be_visible()
    assert sight.violations() == []
    page.get_by_role("button", name="Bring it back").click()
    assert "A draft that is kept." in page.locator("#text").input_value()
    expect(page.locator("#reason")).to_have_value("Half a thought")
    expect(page.locator("#verdict")).to_contain_text("No fault is found")
    sight.open(EDITOR)
    page.get_by_role("button", name="Throw it away").click()
    expect(page.locator("#kept")).to_be_hidden()
    sight.open(EDITOR)
    expect(page.locator("#kept")).to_be_hidden()
    assert "A draft that is kept." not in page.locator("#text").input_value()
    assert sight.faults == []


def test_a_reason_that_was_written_before_the_text_is_kept_as_well(sight: Sight) -> None:
    page = sight.page
    sight.open(EDITOR)
    page.locator("#reason").fill("Counsel asked for it")
    assert eventually(lambda: "Counsel asked for it" in page.evaluate(KEPT))
    sight.open(EDITOR)
    expect(page.locator("#kept")).to_be_visible()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.locator("#reason")).to_have_value("Counsel asked for it")
    page.locator("#reason").fill("")
    assert eventually(lambda: page.evaluate(KEPT) == "")
    sight.open(EDITOR)
    expect(page.locator("#kept")).to_be_hidden()
    assert sight.faults == []


def test_a_simulation_shows_how_far_it_is_and_its_address_shows_it_again(sight: Sight) -> None:
    page = sight.page
    sight.open("/policies/vip-support/1/simulate")
    page.select_option("#source", "tests")
    page.select_option("#against", "")
    page.get_by_role("button", name="Simulate").click()
    expect(page.locator("#simulated .lead")).to_contain_text("No decision would be another one", timeout=60_000)
    assert re.search("source=tests.*run=1", page.url)
    page.reload()
    expect(page.locator("#simulated .lead")).to_contain_text("No decision would be another one", timeout=60_000)
    assert sight.violations() == []
    assert sight.faults == []
