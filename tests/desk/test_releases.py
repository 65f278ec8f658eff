"""Rollouts from shadow to active and back: who may move them, from where, and what is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from desk.casework import Asked
from domain.errors import Conflict, Forbidden, InvalidInput, MaitredError, NotFound, PreconditionRequired, StaleObject
from domain.policy_life import CanaryStep, Metric, RolloutGate, Stage
from policies.approvals.approval import APPROVAL_DAYS
from policies.rollouts.rollout import Plan
from tests.desk.policy_house import ANN, APPROVE, OLE, READER, WRITE, person, worded
from tests.desk.release_house import ReleaseHouse, open_release_house

SHADOW = Plan(stage=Stage.SHADOW)
ACTIVE = Plan(stage=Stage.ACTIVE)


def canary(percent: float) -> Plan:
    return Plan(stage=Stage.CANARY, percent=percent)


@pytest_asyncio.fixture
async def house(database_url: str) -> AsyncIterator[ReleaseHouse]:
    async with open_release_house(database_url) as opened:
        yield opened


async def test_a_version_goes_from_shadow_through_a_growing_canary_to_active_and_each_step_is_told(house: ReleaseHouse) -> None:
    version = await house.approved(2)
    salts: set[str] = set()
    for plan, stage in ((SHADOW, "shadow"), (canary(5), "canary"), (canary(50), "canary")):
        release = await house.roll_out(version, plan)
        salts.add(release.salt)
        assert (release.candidate, release.stage, release.started_by) == (version.digest, stage, ANN.actor)
        assert await house.stages() == {1: "active", 2: stage}
        async with house.releases.store.transaction() as tx:
            stands = await tx.policies.version(house.name, 2)
        assert stands is not None
        assert (stands.stage, stands.reason) == (stage, "")
        await house.check()
    assert len(salts) == 1
    first = release.active
    release = await house.roll_out(version, ACTIVE)
    assert (release.active, release.previous, release.candidate, release.percent) == (version.digest, first, None, 0)
    assert await house.stages() == {1: "retired", 2: "active"}
    rollout = ["policy.rollout_started", "policy.rollout_moved", "policy.rollout_moved", "policy.activated"]
    assert await house.kinds() == rollout
    await house.check()


async def test_an_approved_version_can_be_made_active_at_once_and_gone_back_from_one_by_one(house: ReleaseHouse) -> None:
    for number in (2, 3):
        await house.roll_out(await house.approved(number), ACTIVE)
    assert await house.stages() == {1: "retired", 2: "retired", 3: "active"}
    await house.roll_back()
    assert await house.stages() == {1: "retired", 2: "active", 3: "retired"}
    await house.roll_back()
    assert await house.stages() == {1: "active", 2: "retired", 3: "retired"}
    with pytest.raises(Conflict, match="nothing to go back to"):
        await house.roll_back()
    await house.roll_back(to=3)
    assert await house.stages() == {1: "retired", 2: "retired", 3: "active"}
    await house.check()


async def test_a_rollback_drops_a_canary_for_good_and_leaves_a_shadow_approved(house: ReleaseHouse) -> None:
    version = await house.approved(2)
    await house.roll_out(version, SHADOW)
    await house.roll_back()
    assert await house.stages() == {1: "active", 2: "approved"}
    await house.roll_out(version, canary(10))
    release = await house.roll_back()
    assert (release.candidate, release.percent, release.stage) == (None, 0, None)
    assert await house.stages() == {1: "active", 2: "retired"}
    with pytest.raises(Conflict, match=r"Version 2 is retired; only an approved version can be rolled out"):
        await house.roll_out(version, SHADOW)
    with pytest.raises(Conflict, match="was active once"):
        await house.roll_back(to=2)
    await house.check()


async def test_a_rollback_that_names_a_candidate_somebody_else_dropped_says_what_stands_and_changes_nothing(house: ReleaseHouse) -> None:
    await house.roll_out(await house.approved(2), ACTIVE)
    await house.roll_out(await house.approved(3), canary(10))
    by = Asked(OLE, None, "req_2", "It harmed somebody.")
    assert (await house.releases.roll_back(house.name, None, by, candidate=3)).candidate is None
    stands = await house.release()
    with pytest.raises(Conflict, match="Version 3 is not being rolled out any more: version 2 decides"):
        await house.releases.roll_back(house.name, None, by, candidate=3)
    with pytest.raises(Conflict, match="Version 3 is not being rolled out any more"):
        await house.releases.roll_back(house.name, 1, by, candidate=3)
    with pytest.raises(NotFound):
        await house.releases.roll_back(house.name, None, by, candidate=99)
    assert await house.release() == stands
    await house.roll_out(await house.approved(4), ACTIVE)
    with pytest.raises(Conflict, match="version 4 decides"):
        await house.releases.roll_back(house.name, None, by, candidate=4)


async def test_a_canary_whose_approvals_expired_is_approved_where_it_stands_and_goes_on(house: ReleaseHouse) -> None:
    await house.roll_out(await house.approved(2), canary(10))
    house.policy.clock.advance(days=APPROVAL_DAYS, seconds=1)
    with pytest.raises(Conflict, match="0 of 1 approvals are there"):
        await house.roll_out(2, canary(50))
    assert "0 of 1 approvals are there" in (await house.policy.policies.one(house.name, 2, OLE)).missing[0]
    with pytest.raises(Forbidden, match="You wrote version 2"):
        await house.policy.approve(2, ANN)
    judged = await house.policy.approve(2, OLE)
    assert (judged.version.stage, judged.missing) == (Stage.CANARY, ())
    assert (await house.policy.entries("policy.approved"))[-1]["stage"] == "canary"
    with pytest.raises(Conflict, match="You approved version 2 before"):
        await house.policy.approve(2, OLE)
    assert (await house.roll_out(2, ACTIVE)).candidate is None
    with pytest.raises(Conflict, match="Version 2 is active; only what is in review, in shadow or in canary can be approved"):
        await house.policy.approve(2, OLE)
    await house.check()


async def test_naming_a_version_drops_the_candidate_as_well(house: ReleaseHouse) -> None:
    await house.roll_out(await house.approved(2), ACTIVE)
    await house.roll_out(await house.approved(3), canary(10))
    await house.roll_back(to=1)
    assert await house.stages() == {1: "active", 2: "retired", 3: "retired"}
    await house.check()


async def refused(house: ReleaseHouse, kind: type[MaitredError], sentence: str, number: int, plan: Plan, asked: Asked) -> None:
    before = (await house.release(), await house.stages(), await house.kinds())
    with pytest.raises(kind, match=sentence):
        await house.releases.roll_out(house.name, number, plan, asked)
    assert (await house.release(), await house.stages(), await house.kinds()) == before


async def test_what_cannot_be_rolled_out_is_refused_with_a_sentence_and_changes_nothing(house: ReleaseHouse) -> None:
    version, draft = await house.approved(2), await house.policy.drafted(worded(3))
    asked = await house.asked()
    blind, stale = Asked(ANN, None, "req_1"), Asked(ANN, asked.revision + 7 if asked.revision else 7, "req_1")
    past = Plan(stage=Stage.ACTIVE, starts_at=house.policy.clock.now() - timedelta(minutes=1))
    shrinking = Plan(stage=Stage.CANARY, steps=(CanaryStep(percent=50), CanaryStep(percent=5)))
    stranger = Plan(stage=Stage.CANARY, percent=5, gates=(RolloutGate(metric=Metric.REVIEWS, tier="diamond"),))
    for kind, sentence, number, plan, by in (
        (PreconditionRequired, "needs If-Match", 2, SHADOW, blind),
        (StaleObject, "changed since you read it", 2, SHADOW, stale),
        (Forbidden, "may not roll out", 2, SHADOW, await house.asked(READER)),
        (Forbidden, "may not roll out", 2, SHADOW, await house.asked(person("pat", scopes=(APPROVE,)))),
        (NotFound, "no policies for this key", 2, SHADOW, await house.asked(ANN.model_copy(update={"region": "us"}))),
        (Conflict, f"Version {draft.version} is draft; only an approved version", draft.version, SHADOW, asked),
        (Conflict, "Version 1 is active", 1, SHADOW, asked),
        (NotFound, "There is no policy starter@9", 9, SHADOW, asked),
        (InvalidInput, "needs a share", 2, Plan(stage=Stage.CANARY), asked),
        (InvalidInput, "Only a canary has a share", 2, Plan(stage=Stage.SHADOW, percent=5), asked),
        (InvalidInput, "larger share than the one before", 2, shrinking, asked),
        (InvalidInput, "cannot start in the past", 2, past, asked),
        (InvalidInput, "a tier that the version does not have", 2, stranger, asked),
    ):
        await refused(house, kind, sentence, number, plan, by)
    with pytest.raises(NotFound, match="decides no live traffic"):
        await house.releases.roll_back("nothing", None, Asked(OLE, None, "req_1"))
    await house.roll_out(version, canary(10))
    other = await house.approved(4)
    for sentence, number, plan in (
        ("A rollout of another version runs", other.version, SHADOW),
        ("only grows", 2, canary(5)),
        ("goes on, not back", 2, SHADOW),
    ):
        await refused(house, Conflict, sentence, number, plan, await house.asked())
    await house.check()


async def test_approvals_that_expired_roll_nothing_out_and_move_nothing_on_but_a_rollback_needs_none(house: ReleaseHouse) -> None:
    version, waiting = await house.approved(2), await house.approved(3)
    await house.roll_out(version, canary(5))
    house.policy.clock.advance(days=8)
    for number in (version.version, waiting.version):
        with pytest.raises(Conflict, match=r"0 of 1 approvals are there"):
            await house.roll_out(number, canary(10))
    await house.roll_back()
    assert (await house.stages())[2] == "retired"


async def test_an_approver_rolls_back_in_one_call_without_having_read_anything_and_a_writer_does_not(house: ReleaseHouse) -> None:
    await house.roll_out(await house.approved(2), canary(5))
    with pytest.raises(Forbidden):
        await house.roll_back(key=person("wim", scopes=(WRITE,)))
    with pytest.raises(StaleObject):
        await house.releases.roll_back(house.name, None, Asked(OLE, 99, "req_1"))
    assert (await house.roll_back(key=person("pat", scopes=(APPROVE,)))).candidate is None


async def later(house: ReleaseHouse) -> Plan:
    return Plan(stage=Stage.CANARY, percent=10, starts_at=await house.database.time() + timedelta(hours=1))


async def test_a_rollout_begins_at_its_time_by_the_databases_clock_once_whoever_looks(house: ReleaseHouse) -> None:
    version = await house.approved(2)
    release = await house.roll_out(version, await later(house))
    assert (release.started_at, release.candidate) == (None, version.digest)
    assert await house.stages() == {1: "active", 2: "approved"}
    assert await house.releases.begin_due() == 0
    await house.due_now()
    assert sum(await asyncio.gather(*(house.releases.begin_due() for _ in range(6)))) == 1
    assert await house.stages() == {1: "active", 2: "canary"}
    assert await house.kinds() == ["policy.rollout_planned", "policy.rollout_started"]
    await house.check()


async def test_a_planned_activation_can_be_planned_anew_and_dropped(house: ReleaseHouse) -> None:
    version = await house.approved(2)
    await house.roll_out(version, await later(house))
    sooner = Plan(stage=Stage.ACTIVE, starts_at=await house.database.time() + timedelta(minutes=30))
    assert (await house.roll_out(version, sooner)).stage is Stage.ACTIVE
    await house.due_now()
    assert await house.releases.begin_due() == 1
    assert await house.stages() == {1: "retired", 2: "active"}
    await house.roll_out(await house.approved(3), await later(house))
    await house.roll_back()
    assert await house.stages() == {1: "retired", 2: "active", 3: "approved"}
    await house.check()


async def test_a_rollout_whose_approvals_fell_before_its_time_waits_for_a_person_and_says_so_once(house: ReleaseHouse) -> None:
    version = await house.approved(2)
    await house.roll_out(version, await later(house))
    house.policy.clock.advance(days=8)
    await house.due_now()
    assert [await house.releases.begin_due() for _ in range(3)] == [1, 0, 0]
    release = await house.release()
    assert release.started_at is None
    assert "0 of 1 approvals are there" in (release.held_because or "")
    assert await house.kinds() == ["policy.rollout_planned", "policy.rollout_held"]
    assert await house.stages() == {1: "active", 2: "approved"}
    await house.check()
