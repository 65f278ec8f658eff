"""The dashboard shows what was counted."""

from __future__ import annotations

import re

import pytest

from tests.console.conftest import PASSWORD, Browser, browser_of, signed_in
from tests.service import Service, message

CHARTS = (
    "Promises by tier",
    "Who answers",
    "Time to decide, by stage",
    "Decisions over time",
    "Decisions by version",
    "Guards that fired most",
)


@pytest.fixture(scope="module")
def decided(service: Service) -> int:
    """Some decisions of an American client's and of Northwind's, and how many there are."""
    with service.http() as http:
        found = http.get("/v1/clients", params={"region": "us", "tier": "silver", "limit": 1}).json()["items"]
        for sender in ({"email": "cto@northwind.example"}, {"email": found[0]["contacts"][0]["email"]}):
            sent = message("How do I share a dashboard with a colleague?", sender=sender)
            http.post("/v1/messages", json=sent, headers={"Prefer": "wait=20"})
    return 2


@pytest.fixture(scope="module")
def reader(service: Service, admin: Browser) -> Browser:
    service.make_account("dora", PASSWORD, "engineer")
    return signed_in(service, "dora")


def tile(browser: Browser, name: str) -> str:
    """The number of a tile."""
    found = re.search(rf"<dt>{re.escape(name)}</dt><dd><strong>([^<]*)</strong>", browser.page.text)
    assert found is not None
    return found[1]


def test_every_chart_names_itself_and_has_its_table(reader: Browser, decided: int) -> None:
    page = reader.open("/dashboard").text
    pictures = re.findall(r'<svg role="img" aria-labelledby="(\S+) (\S+)"', page)
    assert len(pictures) == len(CHARTS) == len({one for pair in pictures for one in pair}) / 2
    for title in CHARTS:
        assert f">{title}</title>" in page
        assert f'<caption class="unseen">{title}</caption>' in page


def test_window_tier_and_region_stand_in_the_address_and_narrow_what_is_counted(reader: Browser, decided: int) -> None:
    reader.open("/dashboard?window=24h")
    every = int(tile(reader, "Decisions"))
    assert every >= decided
    reader.open("/dashboard?window=24h&region=us")
    american = int(tile(reader, "Decisions"))
    assert 1 <= american < every
    assert '<option value="us" selected>' in reader.page.text
    reader.open("/dashboard?window=30d&tier=strategic&region=us")
    assert int(tile(reader, "Decisions")) < every


def test_who_belongs_to_one_region_sees_its_figures_alone(service: Service, reader: Browser, decided: int) -> None:
    reader.open("/dashboard?region=us")
    american = tile(reader, "Decisions")
    service.make_account("uwe", PASSWORD, "lead", region="us")
    other = signed_in(service, "uwe")
    other.open("/dashboard?region=eu")
    assert tile(other, "Decisions") == american
    assert 'name="region"' not in other.page.text


def test_tiles_of_who_answers_are_all_decisions_and_promises_say_how_many_are_settled(reader: Browser, decided: int) -> None:
    reader.open("/dashboard?window=24h")
    counts = [
        re.search(rf"<dt>{name}</dt>.*?([0-9,]+) of ([0-9,]+)</span>", reader.page.text)
        for name in ("AI alone", "Person with a draft", "Person")
    ]
    told = [(int(one[1].replace(",", "")), int(one[2].replace(",", ""))) for one in counts if one]
    assert sum(count for count, _all in told) == int(tile(reader, "Decisions").replace(",", "")) == told[0][1]
    assert re.search(r"<dt>Promises kept</dt>.*?[0-9,]+ of [0-9,]+ are settled", reader.page.text)


def test_a_window_without_anything_says_what_brings_it(reader: Browser) -> None:
    reader.open("/dashboard?tier=no-such-tier")
    assert "Nothing came in for this choice." in reader.text
    assert tile(reader, "Decisions") == "0"
    assert reader.open("/dashboard?window=nonsense&region=moon").status_code == 200


def test_who_is_not_signed_in_is_asked_to(service: Service) -> None:
    for path in ("/dashboard", "/clients", "/clients/northwind"):
        assert browser_of(service).open(path).url.path == "/sign-in"
