"""Clients when not everybody answers: what is known is said, and who did not answer is named."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from desk import clients
from desk.clients import Clients, ClientSearch
from domain.access import ApiKey, Scope
from domain.client import ClientProfile
from domain.errors import NotFound, ToolFailed
from domain.known_client import KnownClient, ValueMoment
from domain.value import Rates
from tests.recorded import world
from tools.case_history import EmbeddedCaseHistory
from tools.crm import EmbeddedCrm
from tools.telemetry import EmbeddedTelemetry

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
READER = ApiKey(id="key_1", name="reader", scopes=(Scope.CASES_READ,), actor="key:reader")
EUROPEAN = READER.model_copy(update={"region": "eu"})
AMERICAN = READER.model_copy(update={"region": "us"})
KNOWN = KnownClient(
    id="northwind",
    name="Northwind",
    region="eu",
    tier="strategic",
    last_case="case_1",
    last_case_at=NOW,
    cases=3,
    cases_open=1,
    cases_30d=2,
)


class Silent(EmbeddedCrm):
    """A CRM that is down, or does not come to an end."""

    def __init__(self, hangs: bool = False) -> None:
        super().__init__([])
        self._hangs = hangs

    async def profile(self, client_id: str) -> ClientProfile | None:
        """Fail."""
        await self._fail()

    async def clients(self, **search: Any) -> list[ClientProfile]:
        """Fail."""
        await self._fail()
        return []

    async def _fail(self) -> None:
        if self._hangs:
            await asyncio.sleep(60)
        raise ToolFailed("crm does not work: ConnectError", tool="crm", reason="unavailable")


class Liar(EmbeddedCrm):
    """A CRM that answers with whatever it has, whoever asks for which region."""

    async def clients(self, **search: Any) -> list[ClientProfile]:
        """Everybody."""
        return await super().clients(limit=400)


class Records:
    """Our own store, with one client in it or none."""

    def __init__(self, known: KnownClient | None = None) -> None:
        self._known = known

    async def known(self, client_id: str, region: str | None, now: datetime) -> KnownClient | None:
        return self._known if self._known and region in (None, self._known.region) and client_id == self._known.id else None

    async def recent(self, region: str | None, text: str, tier: str, now: datetime, limit: int) -> list[KnownClient]:
        return [self._known] if self._known and region in (None, self._known.region) else []

    async def values(self, client_id: str, region: str | None, limit: int) -> list[ValueMoment]:
        return []


class Clock:
    def now(self) -> datetime:
        return NOW


def desk_with(crm: EmbeddedCrm, known: KnownClient | None = None) -> Clients:
    return Clients(crm, EmbeddedTelemetry(world().telemetry), EmbeddedCaseHistory(world().cases), Records(known), Clock(), Rates())


async def test_without_the_crm_a_client_is_what_our_cases_know() -> None:
    found = await desk_with(Silent(), KNOWN).one("northwind", EUROPEAN)
    assert (found["name"], found["region"], found["tier"], found["value"], found["contacts"]) == ("Northwind", "eu", "strategic", None, [])
    assert found["attributes"]["name"]["source"] == "maitred:case_1"
    assert found["attributes"]["cases.open"]["value"] == 1
    assert "product.calls_24h" in found["attributes"]
    assert [one for one in found["sources"] if not one["ok"]] == [{"source": "crm", "ok": False, "error": "tool-failed"}]


async def test_the_value_is_that_of_the_cases_in_the_houses_currency() -> None:
    desk, rates = desk_with(EmbeddedCrm(world().clients)), Rates(currency="USD", worth={"EUR": 1.25})
    own = (await desk.one("northwind", READER))["value"]
    compared = (await replace(desk, rates=rates).one("northwind", READER))["value"]
    assert (own["at_stake"]["currency"], compared["at_stake"]["currency"]) == ("EUR", "USD")
    assert float(compared["at_stake"]["amount"]) == pytest.approx(1.25 * float(own["at_stake"]["amount"]))


async def test_a_crm_that_hangs_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "PATIENCE_S", 0.01)
    desk = desk_with(Silent(hangs=True), KNOWN)
    assert (await desk.one("northwind", READER))["sources"][0]["error"] == "timeout"
    with pytest.raises(ToolFailed, match="does not answer in time"):
        await desk.some(ClientSearch(), READER)


async def test_what_only_a_silent_crm_could_know_is_no_client_that_is_not_there() -> None:
    with pytest.raises(ToolFailed):
        await desk_with(Silent()).one("northwind", READER)
    with pytest.raises(NotFound):
        await desk_with(EmbeddedCrm(world().clients)).one("nobody", READER)


async def test_another_regions_client_is_not_there_whoever_answers() -> None:
    for desk in (desk_with(EmbeddedCrm(world().clients), KNOWN), desk_with(EmbeddedCrm([]), KNOWN)):
        with pytest.raises(NotFound):
            await desk.one("northwind", AMERICAN)
    assert await desk_with(Silent(), KNOWN).recent(ClientSearch(), AMERICAN) == []
    found = await desk_with(Liar(world().clients)).some(ClientSearch(), AMERICAN)
    assert {one["region"] for one in found} == {"us"}


async def test_a_key_of_one_client_finds_that_one() -> None:
    own = READER.model_copy(update={"client_id": "northwind"})
    desk = desk_with(EmbeddedCrm(world().clients))
    assert [one["id"] for one in await desk.some(ClientSearch(), own)] == ["northwind"]
    assert await desk.some(ClientSearch(text="somebody else"), own) == []
    assert await desk.some(ClientSearch(after="northwind"), own) == []
    with pytest.raises(NotFound):
        await desk.one(next(one.id for one in world().clients if one.id != "northwind"), own)


async def test_a_client_of_the_crm_without_a_case_has_no_cases_to_count() -> None:
    found = await desk_with(EmbeddedCrm(world().clients)).one("northwind", READER)
    assert "cases.open" not in found["attributes"]
    assert found["value_history"] == []
    assert found["contacts_from"]["source"] == "crm:client/northwind"
