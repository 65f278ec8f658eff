"""The inbox's list, used as a lead does: by pages and forms, without a script."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable, Iterator
from html import unescape
from typing import Any

import asyncpg
import pytest

from bench.seeding import seed
from runtime.embedded_places import socket_folder
from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.service import Service, eventually, message

LEGAL = "Our attorneys have been told to bring an action against you before the court."
ROW = re.compile(r'<li id="(rev_[^"]+)"')
MORE = re.compile(r'<p id="more" class="note"><a href="([^"]+)">([^<]+)')
SEEDED = 205
driver: Any = asyncpg  # its annotations are partial


@pytest.fixture(scope="module")
def lead(service: Service, admin: Browser) -> Browser:
    service.make_account("lena", PASSWORD, "lead")
    return signed_in(service, "lena")


@pytest.fixture(scope="module")
def rival(service: Service, admin: Browser) -> Browser:
    service.make_account("rolf", PASSWORD, "lead")
    return signed_in(service, "rolf")


@pytest.fixture(scope="module")
def many(service: Service) -> Iterator[str]:
    """A word that stands in more reviews than one page shows; they are gone afterwards."""
    word = uuid.uuid4().hex[:8]
    in_database(service, lambda connection: seed(connection, waiting(service, f"{LEGAL} Reference {word}."), SEEDED))
    yield word
    gone = "delete from reviews where id like 'rev_seed%'; delete from cases where review_id like 'rev_seed%'"
    in_database(service, lambda connection: connection.execute(gone))


def in_database(service: Service, do: Callable[[Any], Awaitable[Any]]) -> None:
    """Something done in the service's database."""

    async def go() -> None:
        connection = await driver.connect(f"postgresql://postgres@/maitred?host={socket_folder(service.home)}")
        try:
            await do(connection)
        finally:
            await connection.close()

    asyncio.run(go())


def waiting(service: Service, text: str = LEGAL) -> str:
    """The id of a fresh review."""
    with service.http() as http:
        return http.post("/v1/messages", json=message(text), headers={"Prefer": "wait=20"}).json()["review"]["id"]


def rows(browser: Browser) -> list[str]:
    """The reviews of the page, in order."""
    return ROW.findall(browser.page.text)


def tick(browser: Browser, act: str, *reviews: str, **more: str) -> str:
    """The page after one thing was done to the rows, as the browser has them on its page."""
    boxes = dict(re.findall(r'name="chosen" value="((\S+) \d+)"', browser.page.text))
    values = [value for value, review in boxes.items() if review in reviews]
    assert len(values) == len(reviews)
    origin = {"Origin": str(browser.http.base_url).rstrip("/")}
    browser.page = browser.http.post("/inbox/bulk", data={"act": act, "chosen": values, "back": "", **more}, headers=origin)
    return " ".join(browser.text.split())


def test_a_row_says_what_decides_and_leads_to_the_review(service: Service, lead: Browser) -> None:
    word = uuid.uuid4().hex[:8]
    review = waiting(service, f"{LEGAL} Reference {word}.")
    lead.open(f"/inbox?q={word}")
    assert rows(lead) == [review]
    assert f'href="/inbox/{review}?q={word}"' in lead.page.text
    for said in ("Northwind Bank", "strategic", "€2.1M", f"Reference {word}", "eu-senior", "% sure"):
        assert said in lead.text
    assert re.search(r'<time class="due (late|soon|fine)" datetime="[^"]+" data-due=', lead.page.text)


def test_a_search_finds_by_text_client_case_and_later_messages_and_says_when_nothing_fits(service: Service, lead: Browser) -> None:
    word, later = uuid.uuid4().hex[:8], uuid.uuid4().hex[:8]
    first = message(f"{LEGAL} It is about 100%_{word}.")
    with service.http() as http:
        review = http.post("/v1/messages", json=first, headers={"Prefer": "wait=20"}).json()["review"]["id"]
        http.post("/v1/messages", json=message(f"And about {later}!", conversation_id=first["conversation_id"]))
        assert eventually(lambda: http.get(f"/v1/reviews/{review}").json()["amendments"])
        case = http.get(f"/v1/reviews/{review}").json()["case_id"]
    for query in (f"100%25_{word}", f"NORTHWIND {word.upper()}", case, later):
        lead.open(f"/inbox?q={query}")
        assert rows(lead) == [review], query
    for query in (f"100_{word}", f"nobody {word}"):
        lead.open(f"/inbox?q={query}")
        assert "No review fits." in lead.text
    asked = f"ids=rev_nothing,{review}&after=x"
    fit = [
        lead.http.get(f"/live/fits?{asked}&q={query}").json() for query in (word, "nobody", f"{word}&view=claimed", f"{word}&tier=premium")
    ]
    assert fit == [[review], [], [], []], "new rows are counted by the same words"


@pytest.mark.parametrize("sort", ["urgency", "value", "newest", "oldest"])
def test_a_list_is_cut_and_goes_on_where_it_was_cut(many: str, lead: Browser, sort: str) -> None:
    lead.open(f"/inbox?q={many}&sort={sort}")
    found, steps = rows(lead), 0
    while (more := MORE.search(lead.page.text)) and "Show the next" in more[2]:
        assert len(rows(lead)) == 100
        lead.open(unescape(more[1]))
        found += rows(lead)
        steps += 1
    assert steps == 2
    assert len(found) == len(set(found)) == SEEDED + 1
    assert "Back to the first" in lead.text
    seeded = [one for one in found if "seed" in one]
    by_time = sorted(seeded)
    orders = {"urgency": by_time, "newest": by_time, "oldest": by_time[::-1], "value": sorted(seeded, key=stake, reverse=True)}
    assert seeded == orders[sort]


def stake(review: str) -> int:
    """What the seeding put at stake."""
    return int(review.removeprefix("rev_seed")) * 7919 % 3_000_000


def test_filters_narrow_the_list_and_stay_in_the_address(many: str, service: Service, lead: Browser) -> None:
    lead.open(f"/inbox?q={many}&tier=gold")
    assert len(rows(lead)) == SEEDED // 4
    assert all('class="tier gold"' in row for row in lead.page.text.split('<li id="rev_seed')[1:])
    assert f'href="/inbox/{rows(lead)[0]}?tier=gold&amp;q={many}"' in lead.page.text
    lead.open(f"/inbox?q={many}&pool=frankfurt-vip")
    assert rows(lead) == []
    lead.open(f"/inbox?q={many}&view=mine")
    assert rows(lead) == []


def test_mine_and_nobodys_follow_claims(service: Service, lead: Browser, rival: Browser) -> None:
    word = uuid.uuid4().hex[:8]
    first, second = (waiting(service, f"{LEGAL} Reference {word}.") for _ in range(2))
    lead.open(f"/inbox?q={word}")
    tick(lead, "claim", first)
    expected = {"waiting": {first, second}, "unclaimed": {second}, "mine": {first}, "claimed": {first}, "ruled": set[str]()}
    for view, reviews in expected.items():
        lead.open(f"/inbox?q={word}&view={view}")
        assert set(rows(lead)) == reviews, view
    rival.open(f"/inbox?q={word}&view=mine")
    assert rows(rival) == []
    rival.open(f"/inbox?q={word}")
    assert "Lena has it" in rival.text
    assert "you have it" in lead.open(f"/inbox?q={word}").text


@pytest.mark.parametrize(
    "query",
    [
        "after=!!",
        "after=eyJhIjoxfQ",
        "after=WzEsMiwzXQ",
        "after=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwxLjAsImEiXQ",
        "view=everything",
        "sort=luck",
    ],
)
def test_an_address_that_no_page_makes_is_refused_in_words(lead: Browser, query: str) -> None:
    lead.open(f"/inbox?{query}")
    assert lead.page.status_code == 422
    assert "address" in lead.text


def test_many_are_done_at_once_and_each_says_what_became_of_it(service: Service, lead: Browser, rival: Browser) -> None:
    word = uuid.uuid4().hex[:8]
    held, changed, free = (waiting(service, f"{LEGAL} Reference {word}.") for _ in range(3))
    rival.open(f"/inbox?q={word}")
    lead.open(f"/inbox?q={word}")
    tick(rival, "claim", held)
    rival.open(f"/inbox?q={word}")
    tick(rival, "claim", changed)
    rival.open(f"/inbox?q={word}")
    tick(rival, "release", changed)
    page = tick(lead, "approve", held, changed, free)
    assert "2 of 3 were refused; the others are done." in page
    assert "Rolf holds this review until" in page
    assert "It changed since you saw its row" in page
    with service.http() as http:
        status = {one: http.get(f"/v1/reviews/{one}").json()["status"] for one in (held, changed, free)}
    assert status == {held: "claimed", changed: "open", free: "ruled"}
    lead.open(f"/inbox?view=ruled&q={word}")
    assert re.search(r"Lena approved\. \d+ \w+", lead.text)


def test_at_least_one_and_at_most_a_hundred_are_done_at_once(lead: Browser) -> None:
    lead.open("/inbox")
    assert "Tick at least one review." in tick(lead, "claim")
    origin = {"Origin": str(lead.http.base_url).rstrip("/")}
    many = [f"rev_{number} 1" for number in range(101)]
    assert "At most 100 reviews" in lead.http.post("/inbox/bulk", data={"act": "claim", "chosen": many}, headers=origin).text
    for broken in ({"act": "burn", "chosen": ["rev_1 1"]}, {"act": "claim", "chosen": ["rev_1"]}):
        assert lead.http.post("/inbox/bulk", data=broken, headers=origin).status_code == 422


def test_who_may_not_rule_has_no_ticks_and_does_nothing_to_many(service: Service, admin: Browser) -> None:
    review = waiting(service)
    service.make_account("audrey", PASSWORD, "auditor")
    auditor = signed_in(service, "audrey")
    auditor.open("/inbox?sort=newest")
    assert review in rows(auditor)
    assert "checkbox" not in auditor.page.text
    origin = {"Origin": str(auditor.http.base_url).rstrip("/")}
    assert auditor.http.post("/inbox/bulk", data={"act": "claim", "chosen": [f"{review} 1"]}, headers=origin).status_code == 403


def test_another_regions_reviews_are_neither_listed_nor_touched(service: Service, admin: Browser) -> None:
    review = waiting(service)
    service.make_account("umar", PASSWORD, "lead", region="us")
    elsewhere = signed_in(service, "umar")
    elsewhere.open("/inbox")
    assert review not in rows(elsewhere)
    origin = {"Origin": str(elsewhere.http.base_url).rstrip("/")}
    page = elsewhere.http.post("/inbox/bulk", data={"act": "approve", "chosen": [f"{review} 1"]}, headers=origin).text
    assert "refused" in page
    assert "Northwind" not in page
    with service.http() as http:
        assert http.get(f"/v1/reviews/{review}").json()["status"] == "open"


def test_a_view_is_kept_used_and_forgotten_by_its_owner_alone(service: Service, lead: Browser, rival: Browser) -> None:
    name = '<b>gold</b> & "late"'
    lead.open("/inbox?tier=gold&sort=value&view=waiting&pool=")
    lead.send("/inbox/looks", name=name)
    assert str(lead.page.url).endswith("/inbox?sort=value&tier=gold")
    assert "&lt;b&gt;gold&lt;/b&gt;" in lead.page.text
    assert "<b>gold" not in lead.page.text
    assert name not in rival.open("/inbox").text
    lead.open("/inbox")
    assert 'href="/inbox?sort=value&amp;tier=gold"' in lead.page.text
    lead.send("/inbox/looks/forget")
    assert name not in lead.text
    lead.open("/inbox?tier=gold")
    for name in (" ", "gold\u202e", "g" * 61):
        assert lead.send("/inbox/looks", name=name).status_code == 422
        lead.open("/inbox?tier=gold")


def test_a_kept_view_holds_a_look_and_nothing_else_and_they_are_few(service: Service, lead: Browser) -> None:
    origin = {"Origin": str(lead.http.base_url).rstrip("/")}
    kept = {"name": "odd", "query": "?q=a+b&next=//evil.example&after=zzz&view=nothing"}
    page = lead.http.post("/inbox/looks", data=kept, headers=origin)
    assert str(page.url).endswith("/inbox?q=a+b")
    for number in range(20):
        page = lead.http.post("/inbox/looks", data={"name": f"view {number}", "query": ""}, headers=origin)
    assert page.status_code == 409
    assert "You keep 20 views already." in page.text
    for name in ("odd", *(f"view {number}" for number in range(19))):
        lead.http.post("/inbox/looks/forget", data={"name": name}, headers=origin)
    assert "odd" not in lead.open("/inbox?q=a").text.split('class="looks"')[1].split("</nav>")[0]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202egnp.exe\u2066", "x" * 60_000, "{{ 7 * 7 }} {% raw %}"], ids=range(4))
def test_what_strangers_write_is_inert_in_the_list(service: Service, lead: Browser, text: str) -> None:
    review = waiting(service, f"{LEGAL} {text}")
    lead.open("/inbox?sort=newest")
    assert review in rows(lead)
    assert "<script>" not in lead.page.text
    assert "\u202e" not in lead.page.text
    assert len(lead.page.text) < 200_000


def test_an_unknown_review_is_a_page(lead: Browser) -> None:
    lead.open("/inbox/rev_unknown")
    assert lead.page.status_code == 404
    assert "There is no such review." in lead.text
