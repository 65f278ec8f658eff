"""What a client writes while the case waits for a person: never lost, read at once, and never a reason to be less urgent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from agents.triage import TriageAgent
from desk.amendments import Amendments
from domain.decision import Route
from domain.errors import ForbiddenByPolicy, ModelUnavailable, StaleObject, ToolFailed
from domain.facts import Mode
from domain.review import ReviewStatus, Ruling, RulingAction
from domain.views import Accepted
from tests.desk.house import LEAD, LEGAL, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORSE = "Now our whole production is down, nobody can work, and we lose money every minute!"
THANKS = "Thank you, we look forward to your answer."


@pytest.fixture
def house(shared_house: House) -> House:
    """The module's."""
    return shared_house


async def review_of(house: House, accepted: Accepted) -> dict[str, Any]:
    """The case's review, as stored."""
    review = (await house.case(accepted)).review
    assert review is not None
    row = await house.views.review(review["id"])
    assert row is not None
    return {**row.review, "amendments": row.amendments}


async def amended(house: House, accepted: Accepted, count: int) -> dict[str, Any]:
    """The review, once it has this many amendments."""
    for _ in range(200):
        review = await review_of(house, accepted)
        if len(review["amendments"]) >= count:
            return review
        await asyncio.sleep(0.05)
    raise AssertionError("the message was not appended")


def due(review: dict[str, Any], name: str = "due_at") -> datetime:
    """A due time of a review."""
    return datetime.fromisoformat(review[name])


async def test_a_worse_message_raises_the_review_and_a_ruling_on_the_old_text_is_stale(house: House) -> None:
    accepted = await house.post(LEGAL, "worse")
    before, case = await review_of(house, accepted), (await house.case(accepted)).case
    await house.accept(WORSE, "worse")
    after = await amended(house, accepted, 1)
    amendment = after["amendments"][0]
    assert (amendment["turn"], amendment["text"]) == (2, WORSE)
    assert {"severity", "signals"} <= set(amendment["worse"])
    assert "strategic-outage" in amendment["guards"]
    assert due(after) < due(before)
    assert due(after, "sla_due_at") <= due(before, "sla_due_at")
    raised = (await house.case(accepted)).case
    assert raised["priority"] > case["priority"]
    assert await house.count("timers", accepted.case_id) == 1
    ruling = Ruling(action=RulingAction.APPROVE, actor=LEAD.actor, ruled_at=house.clock.now())
    with pytest.raises(StaleObject):
        await house.reviews.rule(before["id"], ruling, LEAD, before["revision"], "req_2")
    await house.reviews.rule(before["id"], ruling, LEAD, after["revision"], "req_2")
    assert await house.floor.settled(accepted.case_id, 2, 20)
    last = (await house.case(accepted)).review
    assert last is not None
    assert last["turn"] == 2
    assert (await house.kinds(accepted.case_id)).count("review.amended") == 1


async def test_guards_that_a_later_message_sets_off_bind_the_ruling_as_well(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*_: object) -> None:
        raise ToolFailed("telemetry down")

    user = "frauke.behrens@northwind.example"
    with monkeypatch.context() as patched:
        patched.setattr(house.deps.gatherer.telemetry, "report", down)
        accepted = await house.post("How do I share a dashboard with a colleague?", "bound", user)
    await house.accept(LEGAL, "bound", user)
    review = await amended(house, accepted, 1)
    approval = Ruling(action=RulingAction.APPROVE, actor=LEAD.actor, ruled_at=house.clock.now())
    with pytest.raises(ForbiddenByPolicy) as refused:
        await house.reviews.rule(review["id"], approval, LEAD, review["revision"], "req_2")
    assert "legal-threat" in [guard["id"] for guard in refused.value.guards]
    edit = approval.model_copy(update={"action": RulingAction.EDIT, "route": Route(mode=Mode.HUMAN, pool="eu-senior")})
    await house.reviews.rule(review["id"], edit, LEAD, review["revision"], "req_2")


async def test_a_harmless_message_is_appended_and_lowers_nothing(house: House) -> None:
    accepted = await house.post(LEGAL, "harmless")
    before, case = await review_of(house, accepted), (await house.case(accepted)).case
    await house.accept(THANKS, "harmless")
    after = await amended(house, accepted, 1)
    assert after["amendments"][0]["text"] == THANKS
    assert (due(after), due(after, "sla_due_at")) == (due(before), due(before, "sla_due_at"))
    assert (await house.case(accepted)).case["priority"] == case["priority"]
    assert after["revision"] > before["revision"]


async def test_many_messages_at_once_are_each_appended_once_whoever_appends(house: House) -> None:
    accepted = await house.post(LEGAL, "many")
    await asyncio.gather(*(house.accept(f"{THANKS} {number}", "many") for number in range(8)))
    amendments = amending(house)
    await asyncio.gather(*(amendments.append(accepted.case_id) for _ in range(4)))
    review = await amended(house, accepted, 8)
    assert [one["turn"] for one in review["amendments"]] == list(range(2, 10))
    assert (await house.kinds(accepted.case_id)).count("review.amended") == 8


async def test_a_repeat_changes_nothing(house: House) -> None:
    accepted = await house.post(LEGAL, "repeat")
    later = await house.accept(WORSE, "repeat")
    before = await amended(house, accepted, 1)
    amendments = amending(house)
    await amendments.append(accepted.case_id)
    async with house.stores.database.connection() as connection:
        await connection.execute("delete from amendments where case_id = $1", accepted.case_id)
    await amendments.append(accepted.case_id)
    after = await amended(house, accepted, 1)
    assert (after["amendments"][0]["id"], after["amendments"][0]["turn"]) == (before["amendments"][0]["id"], later.turn)
    assert (await house.kinds(accepted.case_id)).count("review.amended") == 1


async def test_the_embedded_model_stands_in_for_one_that_does_not_answer(house: House) -> None:
    class Dead:
        name, region = "openai/dead", "eu"

        async def ask(self, *_: object) -> None:
            raise ModelUnavailable("timeout")

    accepted = await house.post(LEGAL, "dead")
    dead = TriageAgent(Dead())  # pyright: ignore[reportArgumentType]
    amendments = replace(amending(house), triage=dead)
    house.floor.employ(Nobody())
    try:
        await house.accept(WORSE, "dead")
        await amendments.append(accepted.case_id)
    finally:
        house.floor.employ(house.worker)
    review = await amended(house, accepted, 1)
    assert review["amendments"][0]["degraded"] == ["triage: timeout"]
    assert "severity" in review["amendments"][0]["worse"]


async def test_a_message_whose_worker_died_before_it_was_appended_is_found_again(house: House) -> None:
    accepted = await house.post(LEGAL, "died")
    before = await review_of(house, accepted)
    house.floor.employ(Nobody())
    try:
        await house.accept(WORSE, "died")
    finally:
        house.floor.employ(house.worker)
    unamended = await review_of(house, accepted)
    assert unamended["amendments"] == ()
    assert unamended["revision"] > before["revision"]  # who read the review before the message came rules on an old text already now
    assert accepted.case_id in await house.queue.stranded(0.0)
    house.floor.start(accepted.case_id)
    await amended(house, accepted, 1)
    assert accepted.case_id not in await house.queue.stranded(0.0)


async def test_a_review_that_is_over_is_not_amended(house: House) -> None:
    accepted = await house.post(LEGAL, "over")
    review = await review_of(house, accepted)
    async with house.stores.database.transaction() as tx:
        locked = await tx.reviews.locked(review["id"])
        assert locked is not None
        await tx.reviews.save(locked.model_copy(update={"status": ReviewStatus.CLOSED}))
    await house.accept(WORSE, "over")
    await amending(house).append(accepted.case_id)
    assert await house.count("amendments", accepted.case_id) == 0


class Nobody:
    """A worker that dies before it does anything."""

    async def work(self, case_id: str, first: object = None) -> bool:
        """Nothing."""
        del case_id, first
        return True


def amending(house: House) -> Amendments:
    """The house's amendments."""
    return house.worker.amendments
