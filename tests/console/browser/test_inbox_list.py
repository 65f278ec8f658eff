"""The list of the inbox in a browser: what is new is announced, and what is ticked can be sent."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from tests.console.browser.conftest import STREAM, Sight, Stage, hold
from tests.console.browser.test_flows import waiting

LONGER = """() => {
    const rows = document.getElementById("rows"), row = rows.lastElementChild;
    for (let more = 0; more < 120; more += 1) {
        const one = rows.appendChild(row.cloneNode(true));
        one.id = `rev_more${more}`;
        one.querySelector("input").value = `${one.id} 1`;
    }
}"""
"""The list as it is after "Show the next 100"."""


def test_a_new_review_is_announced_although_the_server_did_not_answer_at_first(sight: Sight, stage: Stage) -> None:
    page, asked = sight.page, list[str]()

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.abort()
        else:
            route.continue_()

    page.route(re.compile("/live/fits"), answer)
    sight.open("/inbox")
    expect(page.locator("#live")).to_contain_text("Live")
    review = waiting(stage)
    expect(page.locator("#fresh")).to_contain_text("new review")
    assert len(asked) > 1
    assert review in asked[0]
    assert review in asked[1]


@pytest.mark.parametrize("script", ["hx-sse", "console", "live", "inbox"])
def test_the_stream_opens_whichever_script_comes_late(sight: Sight, script: str) -> None:
    page = sight.page
    page.add_init_script("window.setInterval = () => 0")
    late = hold(page, re.compile(rf"/static/{script}\..*js"))
    page.goto(f"{sight.origin}/inbox", wait_until="commit")
    page.wait_for_timeout(500)
    late.go_on()
    expect(page.locator("#live")).to_have_text(re.compile("^ *Live$"))
    assert sight.faults == []


def test_a_stream_that_takes_long_to_open_is_opened_once(sight: Sight) -> None:
    page, asked = sight.page, list[str]()
    page.on("request", lambda request: asked.append(request.url) if STREAM.search(request.url) else None)
    stream = hold(page, STREAM)
    page.clock.install()
    sight.open("/inbox")
    page.clock.run_for(20_000)
    stream.go_on()
    expect(page.locator("#live")).to_have_text(re.compile("^ *Live$"))
    page.clock.run_for(20_000)
    assert len(asked) == 1


def test_a_stream_that_could_not_be_opened_is_asked_for_again(sight: Sight) -> None:
    page = sight.page
    page.route(STREAM, lambda route: route.abort())
    page.clock.install()
    sight.open("/inbox")
    expect(page.locator("#live")).to_have_text(re.compile("^ *Not live$"))
    page.unroute(STREAM)
    page.clock.run_for(6_000)
    expect(page.locator("#live")).to_have_text(re.compile("^ *Live$"))


def test_all_are_chosen_as_far_as_they_are_done_at_once_and_more_cannot_be_sent(sight: Sight, stage: Stage) -> None:
    page = sight.page
    sight.open("/inbox")
    page.evaluate(LONGER)
    buttons, ticked = page.locator("#bulk button"), page.locator("#ticked")
    page.locator("#all").check()
    expect(ticked).to_have_text("100 chosen")
    expect(page.locator("#rows input:checked")).to_have_count(100)
    expect(page.locator("#rows input").first).to_be_checked()
    page.locator("#rows input:not(:checked)").last.check()
    expect(ticked).to_have_text("101 chosen. At most 100 reviews are done at once. Tick fewer.")
    expect(page.locator("#bulk button:disabled")).to_have_count(buttons.count())
    page.locator("#rows > li").first.evaluate("(row) => row.scrollIntoView({block: 'center'})")
    assert sight.violations() == []
    page.locator("#rows input").first.uncheck()
    expect(ticked).to_have_text("100 chosen")
    expect(page.locator("#bulk button:disabled")).to_have_count(0)
    page.locator("#all").click()
    expect(page.locator("#rows input:checked")).to_have_count(0)
    assert sight.faults == []
