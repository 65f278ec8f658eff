"""The state machine on real servers: one decision per turn, a stop for a person, and a way back from every place."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agents.context_gatherer import ContextGatherer
from agents.triage import TriageAgent
from agents.value_estimator import ValueEstimator
from domain.case import TurnStatus
from domain.errors import ModelUnavailable, StoreUnavailable, ToolFailed
from domain.review import Ruling, RulingAction
from graphs.nodes import decide as decide_node
from graphs.settle import record_decision
from tests.desk.house import LEAD, LEGAL, House, open_house

SIMPLE = "How do I share a dashboard with a colleague?"
EFFECTS = ("decisions", "assignments", "turns")


class Dead:
    """A model that never answers."""

    name, region = "openai/dead", "eu"

    async def ask(self, *_: object) -> None:
        """Fail."""
        raise ModelUnavailable("timeout")


class DeadTool:
    """A tool that is down."""

    async def profile(self, *_: object) -> None:
        """Fail."""
        raise ToolFailed("crm down")

    async def report(self, *_: object) -> None:
        """Fail."""
        raise ToolFailed("telemetry down")


async def done(house: House, case_id: str) -> bool:
    """Whether the first turn comes to its end."""
    for _ in range(600):
        if await house.queue.status(case_id, 1) is TurnStatus.DONE:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_message_becomes_one_decision_with_its_whole_record(house: House) -> None:
    accepted = await house.post(SIMPLE)
    assert await done(house, accepted.case_id)
    record = await house.views.record(accepted.case_id)
    assert record is not None
    assert record["facts"]["message"]["intent"]
    assert record["decision"]["verdict"]["facts_digest"].startswith("sha256:")
    assert [await house.count(table, accepted.case_id) for table in ("decisions", "turns")] == [1, 1]


async def test_a_stop_for_a_person_has_no_effect_before_the_ruling(house: House) -> None:
    accepted = await house.post(LEGAL)
    assert [await house.count(table, accepted.case_id) for table in ("decisions", "assignments", "reviews")] == [0, 0, 1]
    assert await house.kinds(accepted.case_id) == ["message.received", "review.opened"]


@pytest.mark.parametrize("lost", [False, True], ids=["checkpoint kept", "checkpoint lost"])
async def test_a_ruling_takes_the_run_to_its_end_with_or_without_its_checkpoint(house: House, lost: bool) -> None:
    accepted = await house.post(LEGAL)
    review = (await house.case(accepted)).review
    before = (await house.views.review(review["id"])).record["facts"] if review else None  # pyright: ignore[reportOptionalMemberAccess]
    assert review is not None
    if lost:
        await house.stores.redis.call("FLUSHALL")
    ruling = Ruling(action=RulingAction.APPROVE, actor=LEAD.actor, ruled_at=house.clock.now())
    await house.reviews.rule(review["id"], ruling, LEAD, review["revision"], "req_2")
    record = await house.views.record(accepted.case_id)
    assert record is not None
    assert record["facts"] == before
    assert record["decision"]["decided_by"] == LEAD.actor


async def test_a_second_decision_of_a_turn_is_refused_and_the_first_one_stands(house: House) -> None:
    accepted = await house.post(SIMPLE)
    assert await done(house, accepted.case_id)
    record = await house.views.record(accepted.case_id)
    assert record is not None
    first = decide_node.Decision.model_validate(record["decision"])
    turn = decide_node.TurnInput.model_validate(record["turn"])
    other = first.model_copy(update={"id": "dec_other", "explanation": "Another try."})
    counts = [await house.count(table, accepted.case_id) for table in EFFECTS]
    assert await record_decision(house.deps.store, house.deps.policies.active(), turn, other, {}, None) == first
    assert [await house.count(table, accepted.case_id) for table in EFFECTS] == counts
    assert (await house.kinds(accepted.case_id)).count("case.decided") == 1


async def test_two_messages_of_one_conversation_are_decided_in_their_order(house: House) -> None:
    first = await house.accept(SIMPLE, "conversation-1")
    second = await house.accept("And with a whole team?", "conversation-1")
    assert (second.case_id, second.turn) == (first.case_id, 2)
    assert await house.intake.settled(second, 20)
    assert await house.count("decisions", first.case_id) == 2


async def test_a_turn_brings_the_last_messages_along_and_not_the_whole_conversation(house: House) -> None:
    *_, accepted = [await house.post(f"How do I share dashboard number {number}?", "long") for number in range(1, 7)]
    record = await house.views.record(accepted.case_id)
    assert record is not None
    assert [text[-2:] for text in record["turn"]["thread"]] == ["3?", "4?", "5?"]


async def test_a_dead_model_is_stood_in_for_and_named(database_url: str, redis_url: str, tmp_path: Path) -> None:
    dead = TriageAgent(Dead())  # pyright: ignore[reportArgumentType]
    async with open_house(database_url, redis_url, tmp_path, triage=dead) as house:
        decision = (await house.case(await house.post(SIMPLE))).decision
    assert decision is not None
    assert decision["degraded"] == ["triage: timeout"]


async def test_a_dead_tool_is_named_and_policy_asks_a_person_about_a_client_of_weight(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with open_house(database_url, redis_url, tmp_path) as house:
        tools = house.deps.gatherer
        lame = ContextGatherer(tools.crm, DeadTool(), tools.knowledge, tools.history)  # pyright: ignore[reportArgumentType]
        object.__setattr__(house.deps, "gatherer", lame)
        review = (await house.case(await house.post(SIMPLE))).review
        assert review is not None
        row = await house.views.review(review["id"])
    assert row is not None
    assert row.record["facts"]["context"]["missing"] == ["telemetry"]
    assert row.record["context"]["degraded"] == ["context: telemetry tool-failed"]
    assert "missing-context" in [guard["id"] for guard in row.record["routing"]["verdict"]["guards"]]


async def test_a_crm_that_tells_one_agent_and_fails_the_other_is_missing_for_policy(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with open_house(database_url, redis_url, tmp_path) as house:
        unlucky = ValueEstimator(DeadTool())  # pyright: ignore[reportArgumentType]
        object.__setattr__(house.deps, "value", unlucky)
        review = (await house.case(await house.post(SIMPLE))).review
        assert review is not None
        row = await house.views.review(review["id"])
    assert row is not None
    record = row.record
    assert record["context"]["client"]["country"]
    assert record["value"]["degraded"] == ["value: crm down"]
    assert (record["facts"]["context"]["missing"], record["facts"]["context"]["complete"]) == (["crm"], False)
    assert "missing-crm" in [guard["id"] for guard in record["routing"]["verdict"]["guards"]]


async def test_a_run_that_fails_three_times_goes_to_a_person(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(house.deps.roster, "load", broken)
    accepted = await house.accept(SIMPLE)
    for _ in range(3):
        await asyncio.sleep(0.3)
        house.floor.start(accepted.case_id)
    assert await house.floor.decided(accepted.case_id, 1, 20)
    decision = (await house.case(accepted)).decision
    assert decision is not None
    assert (decision["route"]["mode"], decision["verdict"]["source"]) == ("human", "fallback")
    assert "ValueError" in str(decision["degraded"])


async def test_a_store_that_is_away_counts_as_no_failure_of_the_turn(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away() -> None:
        raise StoreUnavailable("Postgres does not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(house.deps.roster, "load", away)
        accepted = await house.accept(SIMPLE)
        await asyncio.sleep(0.5)
    house.floor.start(accepted.case_id)
    assert await house.floor.decided(accepted.case_id, 1, 20)
    decision = (await house.case(accepted)).decision
    assert decision is not None
    assert decision["degraded"] == []
