"""What a case's earlier messages held stays with it: "any news?" after a legal threat is no harmless question."""

from __future__ import annotations

from typing import Any

import pytest

from desk.casework import Asked
from domain.case import Outcome
from domain.facts import Mode
from domain.review import Ruling, RulingAction
from domain.views import Accepted
from tests.desk.house import LEAD, LEGAL, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOW_TO = "How do I export a report as CSV?"


@pytest.fixture
def house(shared_house: House) -> House:
    """The module's."""
    return shared_house


async def threatened(house: House, conversation: str) -> Accepted:
    """A case with a legal threat, which a lead has let go on."""
    accepted = await house.post(LEGAL, conversation)
    row = await house.views.review((await house.case(accepted)).case["review_id"])
    assert row is not None
    ruling = Ruling(action=RulingAction.APPROVE, actor=LEAD.actor, ruled_at=house.clock.now())
    await house.reviews.rule(row.review["id"], ruling, LEAD, row.review["revision"], "req_1")
    assert await house.floor.settled(accepted.case_id, 1, 20)
    return accepted


async def decided(house: House, text: str, conversation: str) -> dict[str, Any]:
    """The decision on a further message."""
    row = await house.case(await house.post(text, conversation))
    assert row.decision is not None
    return row.decision


def guards(decision: dict[str, Any]) -> set[str]:
    return {guard["id"] for guard in decision["verdict"]["guards"]}


async def asked(house: House, accepted: Accepted) -> Asked:
    """A wish for the case as it stands."""
    return Asked(LEAD, (await house.case(accepted)).case["revision"], "req_2")


async def test_a_harmless_question_in_a_case_with_a_legal_threat_stays_with_its_people(house: House) -> None:
    await threatened(house, "stands")
    for text in ("Any news?", HOW_TO):
        decision = await decided(house, text, "stands")
        assert {"legal-threat-stands"} == guards(decision) & {"legal-threat", "legal-threat-stands"}
        assert decision["route"]["mode"] == Mode.HUMAN
        assert decision["verdict"]["review"] is None


async def test_what_somebody_has_resolved_is_over(house: House) -> None:
    accepted = await threatened(house, "over")
    await house.casework.resolve(accepted.case_id, await asked(house, accepted), Outcome.SOLVED, None)
    decision = await decided(house, HOW_TO, "over")
    assert "legal-threat-stands" not in guards(decision)


async def test_a_case_that_a_person_opens_again_is_as_it_was(house: House) -> None:
    accepted = await threatened(house, "again")
    await house.casework.resolve(accepted.case_id, await asked(house, accepted), Outcome.SOLVED, None)
    await house.casework.reopen(accepted.case_id, await asked(house, accepted))
    assert "legal-threat-stands" in guards(await decided(house, HOW_TO, "again"))
