"""Whole ways through the inbox: by keys alone, by mouse alone, two at once, and while others work."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.console.browser.conftest import Sight, Stage, context_of, look
from tests.console.conftest import PASSWORD, signed_in
from tests.console.conftest import Browser as Forms
from tests.service import message

LEGAL = "Our attorneys have been told to bring an action against you before the court."
"""The machine that tests run on may be busy."""


@pytest.fixture(scope="session")
def colleague(stage: Stage) -> Forms:
    """Another lead."""
    stage.service.make_account("nora", PASSWORD, "lead")
    return signed_in(stage.service, "nora")


@pytest.fixture
def other(chromium: Browser, stage: Stage, colleague: Forms) -> Iterator[Sight]:
    """What the other lead sees, in a browser of their own."""
    context = context_of(chromium, colleague)
    yield look(context, stage.service.base_url)
    context.close()


def waiting(stage: Stage, text: str = LEGAL) -> str:
    """A fresh review."""
    with stage.service.http() as http:
        return http.post("/v1/messages", json=message(text), headers={"Prefer": "wait=25"}).json()["review"]["id"]


def test_a_lead_rules_by_keys_alone(sight: Sight, stage: Stage) -> None:
    word = uuid.uuid4().hex[:8]
    review = waiting(stage, f"{LEGAL} Reference {word}.")
    page = sight.page
    sight.open("/inbox")
    sight.press("/")
    page.keyboard.type(word)
    sight.press("Enter")
    page.wait_for_url(re.compile(f"q={word}"))
    sight.press("j", "Enter")
    page.wait_for_url(re.compile(f"/inbox/{review}"))
    expect(page.locator("#review-title")).to_have_text("Northwind Bank")
    sight.press("c")
    expect(page.locator("#detail")).to_contain_text("You have this review")
    sight.press("m")
    expect(page.locator("#ask textarea[name=question]")).to_be_focused()
    page.keyboard.type("e x a r")
    assert page.locator("#ask textarea[name=question]").input_value() == "e x a r", "no key acts while somebody types"
    sight.press("Escape")
    sight.press("a")
    expect(page.locator("#detail")).to_contain_text("approved")
    with stage.service.http() as http:
        assert http.get(f"/v1/reviews/{review}").json()["ruling"]["action"] == "approve"
    assert sight.faults == []


def test_every_key_is_on_one_sheet_and_the_palette_goes_to_a_case(sight: Sight, stage: Stage) -> None:
    page = sight.page
    sight.open("/inbox")
    sight.press("?")
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("#keys")).to_contain_text("Approve the route")
    sight.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    sight.press("Control+k")
    page.keyboard.type(stage.cases[0])
    expect(page.locator("#palette .found")).to_contain_text(stage.cases[0])
    sight.press("Enter")
    page.wait_for_url(f"**/cases/{stage.cases[0]}")
    assert sight.faults == []


def test_the_palette_opens_nothing_that_was_found_for_another_text(sight: Sight) -> None:
    page = sight.page
    page.route(re.compile(r"/go\?q="), lambda route: route.abort() if "hx-request" in route.request.headers else route.continue_())
    sight.open("/inbox")
    sight.press("Control+k")
    page.keyboard.type("northw ")
    sight.press("Enter")
    page.wait_for_url("**/go?q=northw*")
    expect(page.locator("main .found")).to_contain_text("Northwind Bank")
    page.locator("main input[name=q]").focus()
    sight.press("Enter")
    page.wait_for_url("**/clients/northwind")


def test_a_lead_chooses_another_route_by_mouse_alone(sight: Sight, stage: Stage) -> None:
    word = uuid.uuid4().hex[:8]
    review = waiting(stage, f"{LEGAL} Reference {word}.")
    page = sight.page
    sight.open(f"/inbox?q={word}")
    page.locator(".rows a").first.click()
    page.wait_for_url(re.compile(f"/inbox/{review}"))
    page.locator("summary[data-act=edit]").click()
    forbidden = page.locator("#edit select[name=mode] option[value=ai]")
    assert forbidden.is_disabled(), "what the envelope does not hold cannot be chosen"
    page.locator("#edit select[name=to]").select_option("eu-senior")
    page.locator("#edit textarea[name=reason]").fill("Their counsel knows this desk.")
    page.locator("#edit .send button.primary").click()
    expect(page.locator("#detail")).to_contain_text("edited")
    expect(page.locator(f"#{review}")).to_contain_text("ruled")
    assert sight.faults == []


def test_of_two_who_claim_at_once_one_has_it_and_the_other_reads_who(sight: Sight, other: Sight, stage: Stage) -> None:
    review = waiting(stage)
    for one in (sight, other):
        one.open(f"/inbox/{review}")
    for one in (sight, other):
        one.page.evaluate("setTimeout(() => document.querySelector('button[data-act=claim]').click(), 300)")
    for one in (sight, other):
        expect(one.page.locator("#detail")).to_contain_text(re.compile("(You have|Duarte has|Nora has) this review"))
    said = [one.page.locator("#detail").inner_text() for one in (sight, other)]
    assert sum("You have this review" in text for text in said) == 1
    assert sum(re.search("(Ines Duarte|Nora) has", text) is not None for text in said) == 1


def test_what_others_do_shows_at_once_and_nothing_jumps(sight: Sight, other: Sight, stage: Stage) -> None:
    review = waiting(stage)
    page = sight.page
    sight.open("/inbox")
    expect(page.locator("#live")).to_contain_text("Live")
    first = page.locator(".rows li").first.get_attribute("id")
    other.open(f"/inbox/{review}")
    other.page.locator("button[data-act=claim]").click()
    expect(page.locator(f"#{review}")).to_contain_text("Nora has it")
    waiting(stage)
    expect(page.locator("#fresh")).to_contain_text("new review")
    assert page.locator(".rows li").first.get_attribute("id") == first
    page.locator("#fresh a").click()
    expect(page.locator("#fresh")).to_be_empty()
    assert sight.faults == []


def test_what_a_lead_typed_survives_a_reload_and_another_owner(sight: Sight, other: Sight, stage: Stage) -> None:
    review, word = waiting(stage), uuid.uuid4().hex
    page = sight.page
    sight.open(f"/inbox/{review}")
    sight.press("m")
    page.locator("#ask textarea").fill(f"Which invoice is it? {word}")
    with page.expect_response(re.compile("/draft$")):
        pass
    page.reload()
    sight.press("m")
    expect(page.locator("#ask textarea")).to_have_value(re.compile(word))
    other.open(f"/inbox/{review}")
    expect(other.page.locator("#detail")).to_contain_text("Draft by Ines Duarte")
    assert word in other.page.locator("#ask textarea").input_value()


def test_nothing_that_clients_write_runs_or_hides(sight: Sight, stage: Stage) -> None:
    sight.page.on("dialog", lambda dialog: pytest.fail(f"a script of a client's ran: {dialog.message}"))
    sight.open(f"/inbox/{stage.hostile}")
    shown = sight.page.locator("#detail").inner_text()
    assert "<img src=x onerror=alert(1)>" in shown, "it is read as it was written"
    assert "[U+202E]evil" in shown, "marks that turn text around are shown as what they are"
    assert sight.page.locator("#detail img, #detail b:has-text('Mallory'), #detail i:has-text('h')").count() == 0
    assert sight.wide_parts() == []
    assert sight.faults == []
