"""Pages of clients when the CRM is silent or hostile, without a service around them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from console.routes.clients import Look, listed, show
from console.visitors import Visitor, status_of
from desk.clients import Clients
from desk.front import Desk
from domain.account import Account, Seat, Session, Visit
from domain.client import ClientProfile
from domain.errors import ToolFailed
from domain.views import CaseQuery
from tests.desk.test_clients import KNOWN, Silent, desk_with
from tests.recorded import world
from tools.crm import EmbeddedCrm

EVERYTHING = Look(tier="", region="", q="", cursor="")
HOSTILE = '"><img src=x onerror=alert(1)>\u202egnp.exe' + "w" * 100_000


class NoCases:
    """Nobody's."""

    async def some(self, query: CaseQuery) -> list[dict[str, Any]]:
        """None."""
        return []


@dataclass(frozen=True)
class Counter:
    """The two use cases that these pages call."""

    clients: Clients
    cases: NoCases


def visitor() -> Visitor:
    account = Account(id="lena", name="Lena", email="lena@halyard.example", seats=(Seat.AUDITOR,))
    now = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
    return Visitor(account, Session(id="s", person_id="lena", began_at=now, seen_at=now, visit=Visit(agent="", address="")), 1_800)


def counter(crm: EmbeddedCrm, known: bool = False) -> Desk:
    return cast(Desk, Counter(desk_with(crm, KNOWN if known else None), NoCases()))


def hostile() -> ClientProfile:
    """A client whose every text was written by somebody with bad intent."""
    one = next(one for one in world().clients if one.id == "northwind")
    contacts = tuple(contact.model_copy(update={"name": HOSTILE, "title": HOSTILE}) for contact in one.contacts)
    return one.model_copy(update={"name": HOSTILE, "industry": HOSTILE, "flags": (HOSTILE,), "contacts": contacts})


async def test_a_silent_crm_is_named_and_our_own_cases_stand_in() -> None:
    page = bytes((await show("northwind", counter(Silent(), known=True), visitor())).body).decode()
    assert "The CRM does not answer. This page shows what our own cases know of the client." in page
    assert "maitred:cases/northwind" in page
    assert "What the client is worth now is not known without the CRM." in page


async def test_without_the_crm_the_list_is_that_of_the_newest_cases() -> None:
    page = bytes((await listed(counter(Silent(), known=True), visitor(), EVERYTHING)).body).decode()
    assert "The CRM does not answer." in page
    assert 'href="/clients/northwind"' in page
    assert 'href="/cases/case_1"' in page
    empty = bytes((await listed(counter(Silent()), visitor(), EVERYTHING)).body).decode()
    assert "nothing is known of any client until the CRM answers" in empty


async def test_a_crm_without_clients_says_what_would_stand_here() -> None:
    page = bytes((await listed(counter(EmbeddedCrm([])), visitor(), EVERYTHING)).body).decode()
    assert "The CRM knows no client." in page


async def test_what_a_crm_says_is_text_and_nothing_else() -> None:
    desk = counter(EmbeddedCrm([hostile()]))
    for answer in (await show("northwind", desk, visitor()), await listed(desk, visitor(), EVERYTHING)):
        page = bytes(answer.body).decode()
        assert "<img" not in page
        assert "\u202e" not in page
        assert "[U+202E]gnp.exe" in page
        assert len(page) < 100_000


async def test_a_client_that_only_a_silent_crm_could_know_is_no_fault_of_ours() -> None:
    with pytest.raises(ToolFailed) as raised:
        await show("northwind", counter(Silent()), visitor())
    assert status_of(raised.value) == 503
