"""The part of the inbox that a lead looks at stays, whatever they do to a review."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.console.conftest import PASSWORD, Browser, signed_in
from tests.service import Service, message

LEGAL = "Our attorneys have been told to bring an action against you before the court."


@pytest.fixture(scope="module")
def lead(service: Service, admin: Browser) -> Browser:
    service.make_account("thekla", PASSWORD, "lead")
    return signed_in(service, "thekla")


@pytest.fixture(scope="module")
def rival(service: Service, admin: Browser) -> Browser:
    service.make_account("wanda", PASSWORD, "lead")
    return signed_in(service, "wanda")


@pytest.fixture
def word() -> str:
    """Stands in the message of the review that is looked for."""
    return uuid.uuid4().hex[:8]


@pytest.fixture
def review(service: Service, word: str) -> str:
    """A fresh review."""
    with service.http() as http:
        body = message(f"{LEGAL} Reference {word}.")
        return http.post("/v1/messages", json=body, headers={"Prefer": "wait=20"}).json()["review"]["id"]


def test_the_look_stays_in_the_address_through_every_action(lead: Browser, review: str, word: str) -> None:
    here = f"/inbox/{review}?sort=newest&q={word}"
    lead.open(here)
    for action in ("/claim", "/claim", "/release"):
        lead.send(action)
        assert str(lead.page.url).endswith(here), action
    origin = {"Origin": str(lead.http.base_url).rstrip("/")}
    keep = re.findall(rf'formaction="(/inbox/{review}/draft[^"]*)"', lead.page.text)
    assert len(set(keep)) == 1
    lead.page = lead.http.post(keep[0].replace("&amp;", "&"), data={"ruling": "ask", "question": "Which?", "keep": "1"}, headers=origin)
    assert str(lead.page.url).endswith(here)
    lead.send("/draft/discard")
    assert str(lead.page.url).endswith(here)
    lead.send("/ruling", ruling="approve")
    assert str(lead.page.url).endswith(here)
    assert f'href="/inbox?sort=newest&amp;q={word}"' in lead.page.text, "the way back"


def test_what_was_refused_is_said_beside_the_list_that_was_looked_at(lead: Browser, rival: Browser, review: str, word: str) -> None:
    lead.open(f"/inbox/{review}?q={word}")
    rival.open(f"/inbox/{review}")
    rival.send("/claim")
    lead.send("/claim")
    assert lead.page.status_code == 409
    assert re.findall(r'<li id="(rev_\w+)"', lead.page.text) == [review]
    rival.send("/release")
    lead.open(f"/inbox/{review}?q={word}")
    lead.send("/ruling", ruling="edit", mode="ai", reason="They are in a hurry.")
    assert lead.page.status_code == 422
    assert re.findall(r'<li id="(rev_\w+)"', lead.page.text) == [review]
    assert f'<input type="search" name="q" value="{word}"' in lead.page.text
