"""Simulations in the console: what would change, worst first, with a case behind each decision, and how far it is meanwhile."""

from __future__ import annotations

import re

import pytest

from policies.rules import shipped
from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.console.test_policies import drafted
from tests.service import Service, message

PATH = "/policies/vip-support"


@pytest.fixture(scope="module")
def reader(service: Service, admin: Browser) -> Browser:
    service.make_account("enno", PASSWORD, "engineer")
    return signed_in(service, "enno")


@pytest.fixture(scope="module")
def slower(service: Service) -> int:
    """A version that promises strategic clients a later first answer."""
    text = shipped().replace("{tier: strategic,                   ack: 15m,", "{tier: strategic,                   ack: 20m,", 1)
    return drafted(service, "author", text.replace("tier: strategic, ack: 15m}", "tier: strategic, ack: 20m}", 1))


@pytest.fixture(scope="module")
def case(service: Service) -> str:
    """A strategic client's case, decided by the active version."""
    with service.http() as http:
        body = message("How do I share a dashboard with a colleague?")
        return http.post("/v1/messages", json=body, headers={"Prefer": "wait=20"}).json()["id"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=0", "cases at most must be a whole number from 1 to 20000"),
        ("limit=many", "cases at most must be a whole number"),
        ("source=dreams", "cases must be recorded, sample or tests"),
        ("against=first", "beside version must be the number of a version"),
        ("from=today", "from must be a date and a time"),
        ("from=2026-02-01T00:00&to=2026-01-01T00:00", "from must lie before the end"),
    ],
)
def test_what_cannot_be_simulated_is_said_and_stays_typed(reader: Browser, query: str, said: str) -> None:
    reader.open(f"{PATH}/1/simulate?{query}&run=1")
    assert reader.page.status_code == 422
    assert said in reader.text
    assert f'value="{query.partition("=")[2].partition("&")[0]}"' in reader.page.text or "<select" in reader.page.text


def test_a_changed_decision_leads_to_its_case_worst_first(reader: Browser, slower: int, case: str) -> None:
    reader.open(f"{PATH}/{slower}/simulate?run=1")
    words = " ".join(re.sub("<[^>]+>", " ", reader.text).split())
    assert f'href="/cases/{case}"' in reader.page.text
    assert "a slower promise" in words
    assert "first answer within 15 min → becomes 20 min" in words
    assert "first answer due" not in reader.page.text.partition("Changed decisions")[2].partition("</table>")[0]
    assert "strategic" in words.partition("Tier Tier Changed")[2]


def test_versions_that_say_the_same_change_nothing_over_their_tests(reader: Browser, slower: int) -> None:
    reader.open(f"{PATH}/1/simulate?source=tests&against=1&run=1")
    assert "No decision would be another one" in reader.text
    reader.open(f"{PATH}/{slower}/simulate?source=tests&run=1&limit=90")
    assert "would be other ones" in reader.text


def test_what_goes_wrong_in_a_part_of_a_page_is_told_there(reader: Browser) -> None:
    asked = f"{PATH}/9999/simulate/start?source=recorded"
    part = reader.http.get(asked, headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert (part.status_code, part.text.count('role="alert"'), "<html" in part.text) == (404, 1, False)
    assert reader.http.get(asked).text.count("<html") == 1


def test_a_page_with_a_script_hears_how_far_it_is_and_then_what_came_of_it(reader: Browser, slower: int, case: str) -> None:
    start = reader.open(f"{PATH}/{slower}/simulate/start?source=recorded")
    assert start.headers["hx-push-url"].startswith(f"{PATH}/{slower}/simulate?")
    found = re.search(r'hx-sse:connect="([^"]+)"', start.text)
    assert found is not None
    with reader.http.stream("GET", found[1].replace("&amp;", "&")) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        told = "".join(stream.iter_text())
    events = told.strip().split("\n\n")
    assert "<progress" in events[0]
    assert f'href="/cases/{case}"' in events[-2]
    assert events[-1] == "event: done\ndata: done"


def test_what_is_refused_is_an_event_too(reader: Browser) -> None:
    with reader.http.stream("GET", f"{PATH}/1/simulate/run?limit=0") as stream:
        assert "must be a whole number" in "".join(stream.iter_text())
    assert reader.open(f"{PATH}/999/simulate/run").status_code == 404


def test_a_version_is_held_beside_another_part_by_part_and_line_by_line(reader: Browser, slower: int) -> None:
    reader.open(f"{PATH}/{slower}?against=1")
    assert "SLA row for tier strategic, the first response: 15m → 20m (slower)." in reader.text
    assert 'class="gone"' in reader.page.text
    assert 'class="added"' in reader.page.text
    assert reader.open(f"{PATH}/{slower}?against=999").status_code == 404
