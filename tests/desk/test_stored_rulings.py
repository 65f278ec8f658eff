"""A ruling that is stored stands, also when a store goes away while its outcome is waited for."""

from __future__ import annotations

import asyncio

import pytest

from domain.case import CaseStatus
from domain.errors import StoreUnavailable
from domain.review import Ruling, RulingAction
from tests.desk.house import LEAD, LEGAL, House

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_store_that_goes_away_after_a_ruling_was_stored_fails_nobody(shared_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house = shared_house
    accepted = await house.post(LEGAL)
    review = (await house.case(accepted)).review
    assert review is not None

    async def away(*_: object) -> bool:
        raise StoreUnavailable("Postgres does not answer.")

    monkeypatch.setattr(house.floor, "decided", away)
    ruling = Ruling(action=RulingAction.APPROVE, actor=LEAD.actor, ruled_at=house.clock.now())
    assert await house.reviews.rule(review["id"], ruling, LEAD, review["revision"], "req_2") == accepted.case_id
    async with asyncio.timeout(20):
        while (await house.case(accepted)).case["status"] in (CaseStatus.ROUTING, CaseStatus.AWAITING_REVIEW):
            await asyncio.sleep(0.05)
    assert (await house.kinds(accepted.case_id)).count("case.decided") == 1
