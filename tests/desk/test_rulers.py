"""Who may rule: a guard that asks for a review by a role is not answered by anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import yaml

from desk.reviews import Reviews
from domain.access import ApiKey, Scope
from domain.errors import Forbidden
from domain.facts import Region
from domain.review import Ruling, RulingAction
from domain.views import ReviewRow
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped
from policies.shelf import PolicyShelf
from runtime.embedded import StackUrls
from tests.desk.conftest import house_of_a_module
from tests.desk.house import LEAD, LEGAL, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

OUTAGE = "Now our whole production is down, nobody can work, and we lose money every minute!"
RULERS = {"legal-threat": "counsel", "strategic-outage": "incident_manager"}


def person(name: str, *roles: str) -> ApiKey:
    """A lead, who is no admin."""
    return ApiKey(id=f"key_{name}", name=name, scopes=(Scope.REVIEWS_READ, Scope.REVIEWS_RULE), roles=roles, actor=f"person:{name}")


ANYBODY, COUNSEL, CHIEF = person("anybody"), person("counsel", "counsel"), person("chief", "counsel", "incident_manager")


def strict() -> CompiledPolicy:
    """The shipped policy; legal threats are ruled by counsel, and outages of strategic clients, in less time, by an incident manager."""
    document: dict[str, Any] = yaml.safe_load(shipped())
    for guard in document["guards"]:
        if guard["id"] in RULERS:
            guard["review"]["by"] = RULERS[guard["id"]]
    return compile_policy(yaml.safe_dump(document, sort_keys=False))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(stack: StackUrls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with house_of_a_module(stack, tmp_path_factory, policies=PolicyShelf(strict(), Region.EU)) as opened:
        yield opened


async def waiting(house: House, text: str, conversation: str = "") -> ReviewRow:
    """The review that a message of this text opens, or that it is appended to."""
    return await fresh(house, (await house.case(await house.post(text, conversation))).case["review_id"])


async def fresh(house: House, review_id: str) -> ReviewRow:
    """The review as it stands now."""
    row = await house.views.review(review_id)
    assert row is not None
    return row


async def appended(house: House, review_id: str) -> ReviewRow:
    """The review once a later message was appended to it."""
    for _ in range(200):
        if (row := await fresh(house, review_id)).amendments:
            return row
        await asyncio.sleep(0.05)
    raise AssertionError("the message was not appended")


async def rule(reviews: Reviews, row: ReviewRow, key: ApiKey) -> str | None:
    """Approve, having read the review as it stands."""
    ruling = Ruling(action=RulingAction.APPROVE, actor=key.actor, ruled_at=reviews.clock.now())
    return await reviews.rule(row.review["id"], ruling, key, row.review["revision"], "req_1")


async def test_a_lead_without_the_role_can_neither_claim_nor_rule_and_nothing_changes(house: House) -> None:
    row = await waiting(house, LEGAL)
    with pytest.raises(Forbidden, match="by the role counsel, which"):
        await house.reviews.claim(row.review["id"], ANYBODY)
    with pytest.raises(Forbidden, match="by the role counsel, which"):
        await rule(house.reviews, row, ANYBODY)
    assert (await fresh(house, row.review["id"])).review == row.review


async def test_whoever_holds_the_role_rules_and_so_does_an_admin(house: House) -> None:
    for key in (COUNSEL, LEAD):
        row = await waiting(house, LEGAL)
        assert await rule(house.reviews, row, key) == row.case["id"]


async def test_a_gate_that_closes_sooner_takes_nothing_from_the_role_of_another(house: House) -> None:
    row = await waiting(house, f"{LEGAL} {OUTAGE}")
    assert row.review["gate"]["by"] == "incident_manager"
    with pytest.raises(Forbidden, match="counsel and incident_manager"):
        await rule(house.reviews, row, ANYBODY)
    with pytest.raises(Forbidden, match="by the role incident_manager, which"):
        await rule(house.reviews, row, COUNSEL)
    assert await rule(house.reviews, row, CHIEF) == row.case["id"]


async def test_a_later_message_can_ask_for_one_more_role(house: House) -> None:
    first = await waiting(house, LEGAL, "roles")
    await house.accept(OUTAGE, "roles")
    row = await appended(house, first.review["id"])
    with pytest.raises(Forbidden, match="by the role incident_manager, which"):
        await rule(house.reviews, row, COUNSEL)
    assert await rule(house.reviews, row, CHIEF) == row.case["id"]
