"""Intake while the CRM is away: whom it would have known is no mere stranger, and a bot alone answers nobody then."""

from __future__ import annotations

import asyncio

import pytest

from domain.errors import ToolFailed
from tests.desk.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "How do I share a dashboard with a colleague?"


@pytest.fixture
def house(shared_house: House) -> House:
    """The module's."""
    return shared_house


async def down(*_: object) -> None:
    """A CRM that says so."""
    raise ToolFailed("crm is down")


async def silent(*_: object) -> None:
    """A CRM that says nothing."""
    await asyncio.sleep(30)


@pytest.mark.parametrize(("crm", "reason"), [(down, "tool-failed"), (silent, "timeout")])
async def test_a_sender_who_could_not_be_looked_up_goes_to_a_person(
    house: House, monkeypatch: pytest.MonkeyPatch, crm: object, reason: str
) -> None:
    monkeypatch.setattr(house.intake.crm, "identify", crm)
    accepted = await house.post(QUESTION)
    decision = (await house.case(accepted)).decision
    assert decision is not None
    assert decision["route"]["mode"] != "ai"
    assert "missing-crm" in [guard["id"] for guard in decision["verdict"]["guards"]]
    assert f"context: crm {reason}" in decision["degraded"]


async def test_a_stranger_whom_the_crm_does_not_know_is_one(house: House) -> None:
    decision = (await house.case(await house.post(QUESTION, email="nobody@elsewhere.example"))).decision
    assert decision is not None
    assert "missing-crm" not in [guard["id"] for guard in decision["verdict"]["guards"]]
    assert decision["degraded"] == []
