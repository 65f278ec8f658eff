"""The life of a case where moments matter: what ends, moves or amends it between two steps of a run, and what the clocks make of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from desk.casework import Asked
from domain.case import Outcome, TurnStatus
from domain.errors import Conflict, StaleObject
from domain.review import Ruling, RulingAction
from domain.views import Accepted
from tests.desk.house import LEAD, LEGAL, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIMPLE = "How do I share a dashboard with a colleague?"
WORSE = "Now our whole production is down, nobody can work, we lose money every minute!"


@pytest.fixture
def house(shared_house: House) -> House:
    """The module's."""
    return shared_house


async def asked(house: House, accepted: Accepted, note: str = "") -> Asked:
    """A move of the lead on the case as it is now."""
    return Asked(LEAD, (await house.case(accepted)).case["revision"], "req_2", note)


def approval(house: House) -> Ruling:
    """A lead's yes."""
    return Ruling(action=RulingAction.APPROVE, actor=LEAD.actor, ruled_at=house.clock.now())


async def quiet(house: House) -> None:
    """Until no run is under way."""
    for _ in range(200):
        if house.floor.running == 0:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("a run does not end")


async def pass_time(house: House) -> None:
    """Do all that is due."""
    while await house.clocks.tick():
        await quiet(house)


async def review_of(house: House, accepted: Accepted) -> dict[str, Any]:
    """The case's review."""
    review = (await house.case(accepted)).review
    assert review is not None
    return review


@pytest.mark.parametrize("text", [SIMPLE, LEGAL], ids=["that would decide", "that would stop for a person"])
async def test_a_run_that_was_under_way_when_its_case_was_resolved_has_no_effect(
    house: House, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()
    load = house.deps.roster.load

    async def slow_load() -> Any:
        reached.set()
        await go_on.wait()
        return await load()

    monkeypatch.setattr(house.deps.roster, "load", slow_load)
    accepted = await house.accept(text)
    await reached.wait()
    await house.casework.resolve(accepted.case_id, await asked(house, accepted), Outcome.DUPLICATE, None)
    go_on.set()
    await quiet(house)
    assert (await house.case(accepted)).case["status"] == "resolved"
    assert [await house.count(table, accepted.case_id) for table in ("decisions", "reviews", "assignments", "timers")] == [0, 0, 0, 0]
    assert await house.kinds(accepted.case_id) == ["message.received", "case.resolved"]
    assert accepted.case_id not in await house.queue.stranded(0.0)


async def test_a_case_that_was_resolved_under_review_is_never_decided_by_the_parked_run(house: House) -> None:
    accepted = await house.post(LEGAL)
    review = await review_of(house, accepted)
    await house.reviews.claim(review["id"], LEAD)
    await house.casework.resolve(accepted.case_id, await asked(house, accepted), Outcome.SOLVED, 4)
    closed = await review_of(house, accepted)
    assert (closed["status"], closed["claimed_by"], closed["closing"]["actor"]) == ("closed", None, LEAD.actor)
    with pytest.raises(Conflict, match="resolved elsewhere") as refused:
        await house.reviews.rule(review["id"], approval(house), LEAD, closed["revision"], "req_3")
    assert refused.value.fields["closing"]["actor"] == LEAD.actor
    assert await house.count("timers", accepted.case_id) == 0
    house.floor.start(accepted.case_id)
    await quiet(house)
    assert await house.queue.status(accepted.case_id, 1) is TurnStatus.DONE
    assert await house.count("decisions", accepted.case_id) == 0
    assert await house.kinds(accepted.case_id) == ["message.received", "review.opened", "review.claimed", "review.closed", "case.resolved"]


async def test_a_reply_that_was_on_its_way_reopens_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()
    write = house.deps.reply.write

    async def slow_write(*given: Any) -> Any:
        reached.set()
        await go_on.wait()
        return await write(*given)

    monkeypatch.setattr(house.deps.reply, "write", slow_write)
    accepted = await house.accept("How do I export a dashboard as PDF?", email="stranger@nowhere.example")
    await reached.wait()
    await house.casework.resolve(accepted.case_id, await asked(house, accepted), Outcome.DUPLICATE, None)
    go_on.set()
    await quiet(house)
    row = await house.case(accepted)
    assert (row.case["status"], row.assignment, row.case["reply"]["sent"]) == ("resolved", None, True)


async def test_a_case_that_was_just_ruled_on_cannot_be_resolved_before_its_decision_is_stored(house: House) -> None:
    accepted = await house.post(LEGAL)
    review = await review_of(house, accepted)
    go_on = asyncio.Event()

    class Late:
        async def work(self, case_id: str, first: object = None) -> bool:
            await go_on.wait()
            return await house.worker.work(case_id)

    house.floor.employ(Late())
    try:
        ruled = asyncio.create_task(house.reviews.rule(review["id"], approval(house), LEAD, review["revision"], "req_2"))
        while (await house.case(accepted)).case["status"] != "routing":
            await asyncio.sleep(0.02)
        with pytest.raises(Conflict, match="being stored"):
            await house.casework.resolve(accepted.case_id, await asked(house, accepted), Outcome.SOLVED, None)
        go_on.set()
        await ruled
    finally:
        house.floor.employ(house.worker)
    assert (await house.case(accepted)).case["status"] == "assigned"


async def test_a_message_after_that_begins_anew_on_the_thread_of_the_parked_run(house: House) -> None:
    accepted = await house.post(LEGAL, "conversation-1")
    await house.casework.resolve(accepted.case_id, await asked(house, accepted), Outcome.SOLVED, None)
    again = await house.post(SIMPLE, "conversation-1")
    assert (again.case_id, again.turn) == (accepted.case_id, 2)
    await quiet(house)
    row = await house.case(accepted)
    decided = row.decision or row.review
    assert decided is not None
    assert (decided["turn"], row.case["outcome"], row.case["acknowledged_at"]) == (2, None, None)


async def test_a_case_that_was_never_decided_is_routed_after_all_when_it_is_reopened(house: House) -> None:
    accepted = await house.post(LEGAL)
    first = await review_of(house, accepted)
    await house.casework.resolve(accepted.case_id, await asked(house, accepted), Outcome.SOLVED, None)
    await house.casework.reopen(accepted.case_id, await asked(house, accepted))
    assert await house.floor.settled(accepted.case_id, 2, 20)
    second = await review_of(house, accepted)
    assert (second["id"] != first["id"], second["turn"], second["status"]) == (True, 2, "open")
    await house.reviews.rule(second["id"], approval(house), LEAD, second["revision"], "req_3")
    assert (await house.case(accepted)).case["status"] == "assigned"
    assert await house.count("decisions", accepted.case_id) == 1


async def test_promises_of_a_reopened_case_begin_again_with_their_timers(house: House) -> None:
    accepted = await house.post(SIMPLE)
    await quiet(house)
    steps, before = await house.count("timers", accepted.case_id), (await house.case(accepted)).case
    await house.casework.resolve(accepted.case_id, await asked(house, accepted), Outcome.ANSWERED, None)
    assert await house.count("timers", accepted.case_id) == 0
    house.clock.advance(days=20)
    await house.casework.reopen(accepted.case_id, await asked(house, accepted))
    after = (await house.case(accepted)).case
    assert after["ack_due_at"] > before["ack_due_at"]
    assert (after["status"], after["acknowledged_at"], after["resolved_at"]) == ("assigned", None, None)
    assert after["assignee"]
    assert await house.count("timers", accepted.case_id) == steps
    house.clock.advance(days=60)
    await pass_time(house)
    assert (await house.kinds(accepted.case_id)).count("sla.step_due") == steps


async def test_a_case_that_the_ai_answered_goes_to_a_person_when_it_is_reopened(house: House) -> None:
    accepted = await house.post("How do I export a dashboard as PDF?", email="stranger@nowhere.example")
    await quiet(house)
    row = await house.case(accepted)
    assert row.decision is not None
    assert (row.case["status"], row.decision["route"]["mode"], row.assignment) == ("answered", "ai", None)
    await house.casework.resolve(accepted.case_id, await asked(house, accepted), Outcome.ANSWERED, None)
    await house.casework.reopen(accepted.case_id, await asked(house, accepted))
    row = await house.case(accepted)
    assert row.assignment is not None
    assert (row.case["route"]["mode"], row.case["route"]["assignee"]) == ("human", row.assignment["person"])


async def test_an_acknowledged_case_is_not_told_to_be_late(house: House) -> None:
    accepted = await house.post(SIMPLE)
    await quiet(house)
    steps = await house.count("timers", accepted.case_id)
    await house.casework.acknowledge(accepted.case_id, await asked(house, accepted))
    assert 0 < await house.count("timers", accepted.case_id) < steps
    house.clock.advance(days=60)
    await pass_time(house)
    async with house.stores.database.connection() as connection:
        told = await connection.fetch("select data from events where case_id = $1 and kind = 'sla.step_due'", accepted.case_id)
    assert {row[0]["promise"] for row in told} == {"resolve"}


async def test_a_claim_that_ran_out_takes_nothing_from_the_lead_who_still_has_the_fresh_review(house: House) -> None:
    accepted = await house.post(LEGAL)
    review = await review_of(house, accepted)
    await house.reviews.claim(review["id"], LEAD)
    revision = (await review_of(house, accepted))["revision"]
    house.clock.advance(minutes=4)
    await house.reviews.claim(review["id"], LEAD)
    house.clock.advance(minutes=6)
    await house.reviews.rule(review["id"], approval(house), LEAD, revision, "req_2")
    assert (await review_of(house, accepted))["status"] == "ruled"
    kinds = await house.kinds(accepted.case_id)
    assert (kinds.count("review.claimed"), kinds.count("review.ruled")) == (1, 1)


async def test_a_lead_whose_claim_ran_out_hears_who_holds_the_review_now(house: House) -> None:
    accepted = await house.post(LEGAL)
    review = await review_of(house, accepted)
    await house.reviews.claim(review["id"], LEAD)
    revision = (await review_of(house, accepted))["revision"]
    house.clock.advance(minutes=6)
    other = LEAD.model_copy(update={"actor": "person:lead-2"})
    await house.reviews.claim(review["id"], other)
    with pytest.raises(Conflict) as refused:
        await house.reviews.rule(review["id"], approval(house), LEAD, revision, "req_2")
    assert refused.value.fields["holder"] == "person:lead-2"
    with pytest.raises(Conflict):
        await house.reviews.release(review["id"], LEAD)
    await house.reviews.release(review["id"], other)
    with pytest.raises(StaleObject):
        await house.reviews.rule(review["id"], approval(house), LEAD, revision, "req_2")


async def test_a_ruling_that_comes_too_late_hears_the_recorded_outcome(house: House) -> None:
    accepted = await house.post(LEGAL)
    review = await review_of(house, accepted)
    for _ in range(2):
        house.clock.advance(hours=9)
        await pass_time(house)
    expired = await review_of(house, accepted)
    with pytest.raises(Conflict, match="in time") as refused:
        await house.reviews.rule(review["id"], approval(house), LEAD, expired["revision"], "req_2")
    assert (refused.value.fields["ruling"]["actor"], refused.value.fields["ruling"]["action"]) == ("policy", "reject")


async def test_expiry_and_ruling_at_the_same_moment_have_one_effect(house: House) -> None:
    accepted = await house.post(LEGAL)
    house.clock.advance(hours=9)
    await pass_time(house)
    review = await review_of(house, accepted)
    house.clock.advance(hours=9)
    ruled = house.reviews.rule(review["id"], approval(house), LEAD, review["revision"], "req_2")
    outcomes = await asyncio.gather(ruled, house.clocks.tick(), house.clocks.tick(), return_exceptions=True)
    assert all(isinstance(one, str | int | Conflict | StaleObject) for one in outcomes)
    assert await house.floor.decided(accepted.case_id, 1, 20)
    kinds = await house.kinds(accepted.case_id)
    assert kinds.count("review.ruled") + kinds.count("review.expired") == 1
    assert kinds.count("case.decided") == 1


async def test_people_are_exactly_as_busy_as_their_reservations(house: House) -> None:
    accepted = await house.post(SIMPLE)
    await quiet(house)
    for verb in ("decline", "transfer", "accept"):
        move = getattr(house.casework, verb)
        wanted = ({"assignee": await colleague(house, accepted)},) if verb == "transfer" else ()
        await move(accepted.case_id, await asked(house, accepted), *wanted)
    async with house.stores.database.connection() as connection:
        rows = await connection.fetch(
            "select open, (select count(*) from assignments where person_id = people.id and ended_at is null) as held from people"
        )
    assert [row["open"] for row in rows] == [row["held"] for row in rows]
    assert sum(row["open"] for row in rows) >= 1


async def colleague(house: House, accepted: Accepted) -> str:
    """Somebody else of the pool that the case is in."""
    assignment = (await house.case(accepted)).assignment
    assert assignment is not None
    async with house.stores.database.connection() as connection:
        return await connection.fetchval(
            "select id from people where $1 = any(pools) and id <> $2 order by id limit 1", assignment["pool"], assignment["person"]
        )
