"""The roller on a real desk: forward while every gate passes, back by itself at the first that trips, and one stage at any time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from desk.casework import Asked
from desk.comparisons import SecondOpinions
from desk.recalls import Recalls
from desk.releases import Releases
from desk.roller import ROLLER, Roller
from domain.case import Outcome
from domain.errors import NotFound
from domain.facts import Region
from domain.policy_life import CanaryStep, Metric, Release, RolloutGate, Stage
from domain.rollout_views import RecallQuery
from policies.engine import CompiledPolicy
from policies.rollouts.promotion import Move
from policies.rollouts.rollout import Plan
from runtime.policy_watch import PolicyWatch
from stores.comparisons import PgComparisons
from stores.policy_feed import PgPolicyFeed
from stores.policy_views import PgPolicyViews
from stores.recalls import PgRecallViews
from stores.rollout_outcomes import PgRolloutOutcomes
from tests.approved import approved
from tests.desk.house import LEAD, House
from tests.desk.poison import escalating, failing, forbidding_nothing, harmless

NAME = "vip-support"
HOW_TO = "How do I share a dashboard?"
STEPS = (CanaryStep(percent=50, hold_s=60), CanaryStep(percent=100, hold_s=60))
FORBIDDEN = RolloutGate(metric=Metric.FORBIDDEN, minimum=1)


@dataclass
class Desk:
    """A house with all that moves a rollout; a test says when each looks."""

    house: House
    releases: Releases
    roller: Roller
    opinions: SecondOpinions
    recalls: Recalls
    watch: PolicyWatch

    async def roll_out(self, text: str, percent: float = 100, **plan: Any) -> Release:
        """A canary of a version that nobody has read."""
        async with self.house.stores.database.connection() as connection:
            number = await approved(connection, text)
        before = await self.release()
        asked = Asked(LEAD, before.revision, "req_1", "A test wants it.")
        release = await self.releases.roll_out(NAME, number, Plan(stage=Stage.CANARY, percent=percent, **plan), asked)
        await self.watch.look()
        return release

    async def look(self) -> Move | None:
        """One turn of every chore."""
        while await self.opinions.judge_new():
            pass
        found = await self.roller.look()
        await self.watch.look()
        return found

    async def release(self) -> Release:
        """As it stands."""
        found = await self.roller.outcomes.release(NAME)
        assert found is not None
        return found

    async def stages(self) -> dict[str, str]:
        """Where every version stands, by digest."""
        async with self.house.stores.database.connection() as connection:
            return dict(await connection.fetch("select digest, stage from policy_stages"))

    async def reason(self) -> dict[str, Any]:
        """The last change of a rollout, from the ledger."""
        async with self.house.stores.database.connection() as connection:
            return await connection.fetchval(
                "select convert_from(body, 'UTF8')::jsonb || jsonb_build_object('kind', kind) from ledger_entries "
                "where kind in ('policy.rolled_back', 'policy.activated', 'policy.rollout_moved') order by index desc limit 1"
            )

    async def recalled_by(self) -> list[str]:
        """In whose name cases were recalled, from the ledger."""
        async with self.house.stores.database.connection() as connection:
            rows = await connection.fetch("select actor from ledger_entries where kind = 'policy.case_recalled' order by index")
        return [row["actor"] for row in rows]


@pytest_asyncio.fixture
async def desk(house: House) -> Desk:
    store, shelf, clock = house.stores.database, house.deps.policies, house.clock
    releases = Releases(store, shelf, clock, Region.EU)
    watch = PolicyWatch(shelf, PgPolicyFeed(store), PgPolicyViews(store), store, clock)
    await watch.look()
    roller = Roller(PgRolloutOutcomes(store), releases, shelf, clock)
    recalls = Recalls(store, PgRecallViews(store), shelf, clock)
    return Desk(house, releases, roller, SecondOpinions(PgComparisons(store), shelf), recalls, watch)


async def test_the_first_forbidden_outcome_ends_a_canary_and_recalls_what_it_decided(desk: Desk) -> None:
    rollout = await desk.roll_out(forbidding_nothing())
    accepted = await desk.house.post(HOW_TO)
    assert await desk.look() is Move.ROLL_BACK
    assert (await desk.release()).candidate is None
    assert (await desk.stages())[rollout.candidate or ""] == "retired"
    [recalled] = await desk.recalls.some(RecallQuery(name=NAME))
    assert recalled["case_id"] == accepted.case_id
    assert "routes that the active version forbids: 1 of 1 (100.0 %)" in recalled["because"].lower()
    told = await desk.reason()
    assert (told["kind"], told["actor"]) == ("policy.rolled_back", ROLLER.actor)
    assert "the first one is one too many" in told["data"]["reason"]
    assert await desk.recalled_by() == [ROLLER.actor]


@pytest.mark.parametrize(("poison", "metric"), [(failing, "failed condition"), (escalating, "go to a person alone")])
async def test_errors_and_escalations_end_a_canary_once_they_are_proved(desk: Desk, poison: Any, metric: str) -> None:
    await desk.roll_out(poison(), 50)
    clients = await desk.house.deps.gatherer.crm.clients(limit=200)
    senders = [one.contacts[0].email for one in clients if one.contacts]
    moves: list[Move | None] = []
    for first in range(0, len(senders), 10):
        await asyncio.gather(*(desk.house.post(HOW_TO, email=sender) for sender in senders[first : first + 10]))
        moves.append(await desk.look())
        if moves[-1] is Move.ROLL_BACK:
            break
    assert moves[-1] is Move.ROLL_BACK
    assert metric in (await desk.reason())["data"]["reason"]


async def test_a_canary_whose_gates_pass_goes_from_step_to_step_and_is_activated(desk: Desk) -> None:
    rollout = await desk.roll_out(harmless(), None, gates=(FORBIDDEN,), steps=STEPS)  # type: ignore[arg-type]
    assert (rollout.percent, await desk.look()) == (50, Move.WAIT)
    desk.house.clock.advance(seconds=61)
    assert await desk.look() is Move.WAIT  # nothing was decided, so nothing is known
    await _decide_by_the_candidate(desk)
    assert await desk.look() is Move.PROMOTE
    assert (await desk.release()).percent == 100
    assert await desk.look() is Move.WAIT
    desk.house.clock.advance(seconds=61)
    assert await desk.look() is Move.ACTIVATE
    stands = await desk.release()
    assert (stands.active, stands.candidate) == (rollout.candidate, None)
    assert (await desk.reason())["data"]["reason"].startswith("Routes that the active version forbids: 0 of")


async def test_too_little_data_holds_and_a_person_can_move_it_on(desk: Desk) -> None:
    await desk.roll_out(harmless(), None, steps=STEPS)  # type: ignore[arg-type]
    await _decide_by_the_candidate(desk)
    desk.house.clock.advance(hours=2)
    assert await desk.look() is Move.WAIT
    standing = await desk.roller.standing(NAME)
    assert {one["reading"] for one in standing["gates"]} == {"hold"}
    assert standing["next"]["because"].count("cases are needed") == len(standing["gates"])
    asked = Asked(LEAD, (await desk.release()).revision, "req_1", "Enough for me.")
    await desk.releases.move(NAME, None, Plan(stage=Stage.CANARY, percent=100), asked)
    assert (await desk.release()).percent == 100


async def test_nothing_is_asked_of_the_store_while_no_canary_runs(desk: Desk) -> None:
    await desk.house.stores.database.close()
    assert await desk.roller.look() is None
    assert not await desk.opinions.judge_new()


async def test_workers_that_look_at_once_move_a_canary_once(desk: Desk) -> None:
    await desk.roll_out(harmless(), None, gates=(FORBIDDEN,), steps=STEPS)  # type: ignore[arg-type]
    await _decide_by_the_candidate(desk)
    await desk.opinions.judge_new()
    desk.house.clock.advance(seconds=61)
    before = (await desk.release()).revision
    found = await asyncio.gather(*(replace(desk.roller).look() for _ in range(4)))
    assert found.count(Move.PROMOTE) == 1
    assert (await desk.release()).revision == before + 1


async def test_who_moves_a_rollout_while_the_roller_judges_is_not_overruled(desk: Desk) -> None:
    await desk.roll_out(forbidding_nothing())
    await desk.house.post(HOW_TO)
    await desk.opinions.judge_new()
    judged = desk.roller.outcomes

    @dataclass
    class Slow:
        """Lets a person act between the counting and the move."""

        async def counts(self, release: Release, since: Any) -> Any:
            counts = await judged.counts(release, since)
            await desk.releases.roll_back(NAME, None, Asked(LEAD, None, "req_1", "I saw it first."))
            return counts

        def __getattr__(self, name: str) -> Any:
            return getattr(judged, name)

    slow: Any = Slow()
    assert await replace(desk.roller, outcomes=slow).look() is Move.ROLL_BACK
    told = await desk.reason()
    assert (told["actor"], told["data"]["reason"]) == (LEAD.actor, "I saw it first.")
    assert await desk.recalled_by() == [LEAD.actor]
    assert len(await desk.recalls.some(RecallQuery(name=NAME))) == 1


async def test_in_flight_turns_finish_on_the_version_that_they_were_pinned_to(desk: Desk) -> None:
    rollout = await desk.roll_out(forbidding_nothing())
    await desk.house.post(HOW_TO)
    late = await desk.house.accept(HOW_TO)
    assert await desk.look() is Move.ROLL_BACK
    assert await desk.house.intake.settled(late, 20)
    decision = (await desk.house.case(late)).decision
    assert decision is not None
    assert decision["verdict"]["policy"]["digest"] == rollout.candidate
    await desk.recalls.sweep()
    assert late.case_id in {one["case_id"] for one in await desk.recalls.some(RecallQuery(name=NAME))}
    after = await desk.house.post(HOW_TO)
    [digest] = {(await desk.house.case(after)).decision["verdict"]["policy"]["digest"]}  # type: ignore[index]
    assert digest == (await desk.release()).active


async def test_an_experiment_needs_a_canary_and_shows_both_arms(desk: Desk) -> None:
    with pytest.raises(NotFound, match="No experiment runs"):
        await desk.roller.experiment(NAME)
    await desk.roll_out(harmless(), 50)
    await _decide_by_the_candidate(desk)
    await _decide_by_the_active(desk)
    await desk.house.post(HOW_TO, email="stranger@nowhere.example")
    found = await desk.roller.experiment(NAME)
    escalated = next(one for one in found["metrics"] if one["metric"] == "escalated")
    assert (escalated["arms"]["candidate"]["cases"], escalated["arms"]["active"]["cases"]) == (1, 1)
    assert (escalated["enough_data"], escalated["conclusion"]) == (False, "not enough data")
    assert escalated["cases_needed"] > 100


async def test_an_experiment_tells_of_a_client_who_writes_again_after_the_case_was_resolved(desk: Desk) -> None:
    await desk.roll_out(harmless(), 50)
    first = await desk.house.post(HOW_TO, "chat-1")
    while desk.house.floor.running:
        await asyncio.sleep(0.05)
    revision = (await desk.house.case(first)).case["revision"]
    await desk.house.casework.resolve(first.case_id, Asked(LEAD, revision, "req_1", ""), Outcome.SOLVED, None)
    await desk.house.post(HOW_TO, "chat-1")
    found = await desk.roller.experiment(NAME)
    [reopened] = [one["arms"] for one in found["metrics"] if one["metric"] == "reopened"]
    assert sorted((arm["value"], arm["cases"]) for arm in reopened.values()) == [(0.0, 0), (0.5, 2)]


async def test_a_canary_without_steps_is_only_guarded(desk: Desk) -> None:
    await desk.roll_out(harmless(), 50, gates=(FORBIDDEN,))
    await _decide_by_the_candidate(desk)
    desk.house.clock.advance(days=1)
    assert await desk.look() is Move.WAIT
    assert (await desk.release()).percent == 50
    assert (await desk.release()).step_at is not None
    assert (await desk.release()).updated_at + timedelta(days=1) > desk.house.clock.now() - timedelta(minutes=5)


async def _decide_by_the_candidate(desk: Desk) -> None:
    await _decide_by(desk, desk.house.deps.policies.live.candidate)


async def _decide_by_the_active(desk: Desk) -> None:
    await _decide_by(desk, desk.house.deps.policies.live.active)


async def _decide_by(desk: Desk, version: CompiledPolicy | None) -> None:
    """One case of a client whose bucket the version decides: the salt is drawn, so it is looked for."""
    live = desk.house.deps.policies.live
    assert live.candidate is not None
    world = await desk.house.deps.gatherer.crm.clients(limit=200)
    found = next(one for one in world if one.contacts and live.deciding(one.id) is version)
    accepted = await desk.house.post(HOW_TO, email=found.contacts[0].email)
    row = await desk.house.case(accepted)
    if row.decision is None:  # it waits for a lead
        raise AssertionError(row)
