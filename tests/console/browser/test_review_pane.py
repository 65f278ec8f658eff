"""The pane beside the list: what it shows is what is ruled on, however slow or broken the way to the next review is."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.console.browser.conftest import Sight, Stage, context_of, hold, look
from tests.console.browser.test_flows import LEGAL, waiting
from tests.console.conftest import PASSWORD, signed_in
from tests.console.conftest import Browser as Forms

A_REVIEW = re.compile("/inbox/rev_")


@pytest.fixture(scope="module")
def rival(stage: Stage) -> Forms:
    """Another lead."""
    stage.service.make_account("thora", PASSWORD, "lead")
    return signed_in(stage.service, "thora")


@pytest.fixture
def two(sight: Sight, stage: Stage) -> tuple[Sight, str, str]:
    """Two reviews in a list of their own, the first of them open."""
    word = uuid.uuid4().hex[:8]
    ids = [waiting(stage, f"{LEGAL} Reference {word}.") for _ in range(2)]
    sight.open(f"/inbox/{ids[0]}?q={word}")
    return sight, ids[0], ids[1]


def shown(page: Page) -> str | None:
    """The review in the pane."""
    return page.locator("#detail").get_attribute("data-review")


def row(page: Page, review: str) -> Locator:
    return page.locator(f"#{review} > a")


def status_of(stage: Stage, review: str) -> str:
    with stage.service.http() as http:
        return http.get(f"/v1/reviews/{review}").json()["status"]


def test_no_key_rules_on_a_review_while_another_is_on_its_way(two: tuple[Sight, str, str], stage: Stage) -> None:
    sight, first, second = two
    page, held = sight.page, hold(sight.page, A_REVIEW)
    row(page, second).focus()
    sight.press("Enter", "a", "c", "x")
    expect(page.locator(f"#{second}")).to_have_class(re.compile("loading"))
    expect(page.locator("#detail")).to_have_attribute("inert", "")
    expect(row(page, first)).to_have_attribute("aria-current", "true")
    expect(row(page, second)).not_to_have_attribute("aria-current", "true")
    assert shown(page) == first
    held.go_on()
    expect(page.locator("#detail")).to_have_attribute("data-review", second)
    expect(row(page, second)).to_have_attribute("aria-current", "true")
    page.unroute(A_REVIEW)
    assert (status_of(stage, first), status_of(stage, second)) == ("open", "open")
    sight.press("a")
    expect(page.locator("#detail")).to_contain_text("approved")
    assert (status_of(stage, first), status_of(stage, second)) == ("open", "ruled")


def test_a_review_that_does_not_load_says_so_and_the_one_that_shows_can_be_ruled_on(two: tuple[Sight, str, str], stage: Stage) -> None:
    sight, first, second = two
    page = sight.page
    page.route(A_REVIEW, lambda route: route.abort())
    row(page, second).click()
    expect(page.locator("#detail .failed")).to_contain_text("did not load")
    expect(row(page, first)).to_have_attribute("aria-current", "true")
    expect(page.locator(".loading")).to_have_count(0)
    assert sight.at() == f"/inbox/{first}"
    page.unroute(A_REVIEW)
    page.locator(".failed a").click()
    expect(page.locator("#detail")).to_have_attribute("data-review", second)
    page.route(A_REVIEW, lambda route: route.abort())
    row(page, first).click()
    expect(page.locator("#detail .failed")).to_be_visible()
    page.unroute(A_REVIEW)
    sight.press("c")
    expect(page.locator("#detail")).to_contain_text("You have this review")
    assert (status_of(stage, first), status_of(stage, second)) == ("open", "claimed")


def test_another_row_waits_for_the_ruling_that_is_on_its_way(two: tuple[Sight, str, str], stage: Stage) -> None:
    sight, first, second = two
    page, held = sight.page, hold(sight.page, re.compile("/ruling"), "POST")
    sight.press("a")
    row(page, second).click()
    expect(page.locator(f"#{second}")).to_have_class(re.compile("loading"))
    assert shown(page) == first
    held.go_on()
    expect(page.locator("#detail")).to_have_attribute("data-review", second)
    assert (status_of(stage, first), status_of(stage, second)) == ("ruled", "open")


def test_the_look_goes_along_when_something_is_done_and_when_a_held_ruling_takes_effect(two: tuple[Sight, str, str]) -> None:
    page, query = two[0].page, urlsplit(two[0].page.url).query
    two[0].press("c")
    expect(page.locator("#detail")).to_contain_text("You have this review")
    expect(page.locator("#detail .back a")).to_have_attribute("href", f"/inbox?{query}")
    with page.expect_request(lambda asked: asked.method == "GET" and "hx-request" in asked.headers) as asked:
        page.locator("#detail").evaluate("(one) => one.insertAdjacentHTML('beforeend', '<p data-until=\"2026-01-01T00:00:00Z\"></p>')")
    assert asked.value.url == page.url
    assert query in page.url


def test_an_error_opens_in_the_pane_and_the_next_row_still_works(two: tuple[Sight, str, str]) -> None:
    sight, first, second = two
    page = sight.page
    page.route(A_REVIEW, lambda route: route.continue_(url=route.request.url.replace("rev_", "rev_0")))
    row(page, second).click()
    expect(page.locator("#detail h2")).to_have_text("There is nothing here")
    expect(page.locator("main, h1")).to_have_count(2)
    page.unroute(A_REVIEW)
    row(page, first).click()
    expect(page.locator("#detail")).to_have_attribute("data-review", first)


def test_an_approval_does_not_pass_over_what_an_open_form_holds(two: tuple[Sight, str, str], stage: Stage) -> None:
    sight, first, _ = two
    page = sight.page
    sight.press("m")
    with page.expect_response(re.compile("/draft$")):
        page.keyboard.type("Which court is it?")
    page.locator("#review-title").click()
    sight.press("a")
    expect(page.locator("#status")).to_have_text("The question is not sent yet: send it or close its form first.")
    assert status_of(stage, first) == "open"
    page.locator("#ask [data-cancel]").click()
    expect(page.locator("summary[data-act=ask]")).to_be_focused()
    sight.press("u")
    expect(page.locator("#status")).to_contain_text("Policy gives no time to take a ruling back")
    page.reload()
    expect(page.locator(".banner.draft")).to_contain_text("It stands in: Ask")
    page.locator(".banner.draft a").click()
    expect(page.locator("#ask textarea")).to_have_value("Which court is it?")
    expect(page.locator("#ask textarea")).to_be_focused()
    sight.press("Escape", "a")
    expect(page.locator("#detail")).to_contain_text("approved")


def test_words_beside_the_forms_go_along_until_a_form_has_its_own(two: tuple[Sight, str, str]) -> None:
    sight, _, _ = two
    page = sight.page
    beside, inside = page.locator("#approve-note"), page.locator("#edit [name=note]")
    for words in ("Call them.", "Call them today."):
        beside.fill(words)
        page.locator("#review-title").click()
        sight.press("e")
        expect(inside).to_have_value(words)
        sight.press("Escape")
    sight.press("e")
    inside.fill("Write to them.")
    sight.press("Escape")
    beside.fill("Call their counsel.")
    page.locator("#review-title").click()
    sight.press("e")
    expect(inside).to_have_value("Write to them.")


@pytest.mark.parametrize("width", [{"width": 1440, "height": 900}, {"width": 390, "height": 844}], ids=["wide", "narrow"])
def test_the_way_to_send_a_form_is_in_view_and_is_the_one_that_stands_out(two: tuple[Sight, str, str], width: ViewportSize) -> None:
    sight, _, _ = two
    page = sight.page
    page.set_viewport_size(width)
    plain = page.locator("#edit .send .primary").evaluate("(one) => getComputedStyle(one).backgroundColor")
    for form in ("edit", "reassign", "ask", "reject"):
        page.locator(f"summary[data-act={form}]").click()
        expect(page.locator(f"#{form} .send button").first).to_be_in_viewport(ratio=1)
        expect(page.locator("#approve button")).to_be_in_viewport(ratio=1)
        assert page.locator("#approve button").evaluate("(one) => getComputedStyle(one).backgroundColor") != plain
        page.evaluate("maitred.status('Something is told.')")
        told, send = page.locator("#status").bounding_box(), page.locator(f"#{form} .send").bounding_box()
        assert told is not None
        assert send is not None
        assert told["y"] + told["height"] < send["y"]


def test_a_hold_warns_before_it_ends_and_says_when_it_has(two: tuple[Sight, str, str]) -> None:
    sight, _, _ = two
    page = sight.page
    sight.press("c")
    hold = page.locator(".hold")
    expect(hold).to_contain_text("You have this review for")
    left = "(one, seconds) => { one.dataset.due = new Date(maitred.now() + seconds * 1000).toISOString(); maitred.tick(); }"
    expect(hold.locator(".warns")).to_be_hidden()
    hold.locator("time").evaluate(left, 20)
    expect(hold.locator(".warns")).to_have_text("Your hold ends soon.")
    hold.locator("time").evaluate(left, -1)
    expect(hold).to_have_text(re.compile(r"^Your hold ran out; claim it again\.\s*Claim it"), use_inner_text=True)


def test_a_ruling_that_comes_too_late_says_so_first_and_gives_back_what_was_written(two: tuple[Sight, str, str], rival: Forms) -> None:
    sight, first, _ = two
    page = sight.page
    sight.press("x")
    page.locator("#reject [name=reason]").fill("They are no client.")
    rival.open(f"/inbox/{first}")
    rival.send("/ruling", ruling="approve")
    page.locator("#reject .danger").click()
    expect(page.locator("#detail .fault")).to_be_focused()
    expect(page.locator("#detail .fault")).to_contain_text("Your ruling came too late and was not taken.")
    expect(page.locator("#detail .fault")).to_be_in_viewport()
    expect(page.locator(".written")).to_contain_text("They are no client.")
    expect(page.locator(".banner.good")).to_have_count(0)


def test_what_was_written_is_shown_once_more_when_somebody_else_ruled(two: tuple[Sight, str, str], rival: Forms) -> None:
    sight, first, _ = two
    page = sight.page
    sight.press("m")
    with page.expect_response(re.compile("/draft$")):
        page.keyboard.type("Which lawyers?")
    rival.open(f"/inbox/{first}")
    rival.send("/ruling", ruling="approve")
    page.locator(".changed a").click()
    expect(page.locator(".written")).to_contain_text("Which lawyers?")


def test_new_reviews_count_that_the_search_lets_through_and_an_empty_list_fills_by_itself(sight: Sight, stage: Stage) -> None:
    page, word = sight.page, uuid.uuid4().hex[:8]
    sight.open(f"/inbox?q={word}")
    expect(page.locator("#live")).to_contain_text("Live")
    expect(page.locator(".list .empty")).to_contain_text("No review fits.")
    with page.expect_response(re.compile("/live/fits")):
        waiting(stage)
    fits = waiting(stage, f"{LEGAL} Reference {word}.")
    expect(page.locator("#rows > li")).to_have_count(1)
    assert page.locator("#rows > li").get_attribute("id") == fits
    expect(page.locator("#fresh")).to_be_empty()
    expect(page.locator(".list .empty")).to_be_hidden()
    page.locator("#rows > li").hover()
    waiting(stage, f"{LEGAL} Reference {word}.")
    expect(page.locator("#fresh")).to_have_text("1 new review")
    expect(page.locator("#rows > li")).to_have_count(1)
    page.locator("#fresh a").click()
    expect(page.locator("#rows > li")).to_have_count(2)
    page.locator("#all").check()
    expect(page.locator("#ticked")).to_have_text("2 chosen")
    page.locator("#rows input").first.uncheck()
    assert page.locator("#all").evaluate("(one) => one.indeterminate")
    assert sight.faults == []


def test_a_field_that_was_made_larger_breaks_nothing_when_the_next_review_comes(two: tuple[Sight, str, str]) -> None:
    sight, _, second = two
    page = sight.page
    page.locator("#approve-note").evaluate("(one) => { one.style.height = '120px'; }")
    row(page, second).click()
    expect(page.locator("#detail")).to_have_attribute("data-review", second)
    assert sight.faults == []


@pytest.fixture
def own(chromium: Browser, stage: Stage, rival: Forms) -> Iterator[Sight]:
    """Another lead's browser, whose session may be ended."""
    person = signed_in(stage.service, "thora")
    context = context_of(chromium, person)
    yield look(context, stage.service.base_url)
    context.close()


def test_the_list_is_live_again_after_the_lock_and_has_caught_up(own: Sight, stage: Stage) -> None:
    page, review = own.page, waiting(stage)
    own.open("/inbox")
    expect(page.locator("#live")).to_contain_text("Live")
    with page.expect_response(lambda answer: "/live" in answer.url and answer.status == 401):
        page.evaluate("document.dispatchEvent(new CustomEvent('maitred:lock'))")
    with stage.service.http() as http:
        http.post(f"/v1/reviews/{review}/claim")
    page.fill("#lock-password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_have_text(re.compile("^ *Live$"))
    expect(page.locator(f"#{review}")).to_contain_text("has it")
    expect(page.locator("#status")).to_be_hidden()
