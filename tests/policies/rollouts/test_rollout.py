"""Whatever is tried with a release, in whatever order: one version is active and was approved, one candidate at most, and stages agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.errors import Conflict, InvalidInput
from domain.events import Kind
from domain.policy_life import CanaryStep, Release, Stage
from policies.rollouts.rollout import By, Plan, Transition, begin, candidate_stage, hold, move, roll_back, start

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LIVE = {Stage.SHADOW, Stage.CANARY, Stage.ACTIVE}
plans = st.builds(
    Plan,
    stage=st.sampled_from([Stage.SHADOW, Stage.CANARY, Stage.ACTIVE]),
    percent=st.sampled_from([None, 0.0, 5.0, 10.0, 50.0, 100.0]),
    steps=st.sampled_from([None, (), (CanaryStep(percent=5), CanaryStep(percent=50)), (CanaryStep(percent=50), CanaryStep(percent=5))]),
    starts_at=st.sampled_from([None, None, NOW + timedelta(hours=1), NOW - timedelta(hours=1)]),
)


class ReleaseLife(RuleBasedStateMachine):
    """People who draft, approve, plan, roll out and roll back, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.stages: dict[str, Stage] = {}
        self.approved: set[str] = set()
        self.activations: dict[str, str | None] = {}
        self.release: Release = Release(name="p", active="v1", updated_at=NOW)

    @initialize()
    def a_seed(self) -> None:
        self.stages, self.approved, self.activations = {"v1": Stage.ACTIVE}, {"v1"}, {"v1": None}

    def attempt(self, change: Callable[..., Transition], *given: object) -> None:
        """Carry a change out, unless it is refused."""
        try:
            transition = change(*given)
        except (Conflict, InvalidInput):
            return
        for one in transition.moves:
            assert self.stages[one.digest] is one.before, "a version was not where the transition found it"
            self.stages[one.digest] = one.after
        if transition.activated:
            self.activations[transition.release.active] = transition.release.previous
        self.release = transition.release.model_copy(update={"revision": self.release.revision + 1})

    def version(self, number: int) -> str:
        return sorted(self.stages)[number % len(self.stages)]

    @precondition(lambda self: len(self.stages) < 7)
    @rule()
    def draft(self) -> None:
        self.stages[f"v{len(self.stages) + 1}"] = Stage.DRAFT

    @rule(number=st.integers(0, 20))
    def approve(self, number: int) -> None:
        digest = self.version(number)
        if self.stages[digest] in {Stage.DRAFT, Stage.RETIRED}:
            self.stages[digest] = Stage.APPROVED
            self.approved.add(digest)

    @rule(number=st.integers(0, 20), plan=plans)
    def start(self, number: int, plan: Plan) -> None:
        digest = self.version(number)
        self.attempt(start, self.release, digest, self.stages[digest], plan, By("person:a", NOW), "salt")

    @rule()
    def the_time_comes(self) -> None:
        self.attempt(begin, self.release, NOW + timedelta(hours=1))

    @rule(plan=plans)
    def move(self, plan: Plan) -> None:
        self.attempt(move, self.release, plan, NOW)

    @rule()
    def hold(self) -> None:
        self.attempt(hold, self.release, "Too few cases.")

    @rule(number=st.integers(0, 20), named=st.booleans())
    def roll_back(self, number: int, named: bool) -> None:
        self.attempt(roll_back, self.release, self.activations, self.stages, self.version(number) if named else None)

    @invariant()
    def one_is_active_and_was_approved(self) -> None:
        assert [digest for digest, stage in self.stages.items() if stage is Stage.ACTIVE] == [self.release.active]
        assert self.release.active in self.approved

    @invariant()
    def one_is_a_candidate_at_most_and_stands_where_the_release_says(self) -> None:
        release, tried = self.release, {digest for digest, stage in self.stages.items() if stage in LIVE - {Stage.ACTIVE}}
        assert tried <= {release.candidate}
        assert release.candidate != release.active
        if release.candidate is not None:
            assert self.stages[release.candidate] is candidate_stage(release)
            assert release.candidate in self.approved

    @invariant()
    def the_share_is_a_canarys_and_a_rollback_has_somewhere_to_go(self) -> None:
        release = self.release
        assert (release.percent > 0) == (release.stage is Stage.CANARY)
        assert (release.candidate is None) == (release.stage is None)
        assert release.started_at is None or release.stage in {Stage.SHADOW, Stage.CANARY}
        assert release.previous is None or release.previous in self.activations
        assert release.previous != release.active


TestReleaseLife = ReleaseLife.TestCase
TestReleaseLife.settings = settings(max_examples=1_000, stateful_step_count=25)


def running(**changes: object) -> Release:
    begun = {"name": "p", "active": "v1", "candidate": "v2", "stage": "canary", "percent": 10, "salt": "s", "started_at": NOW}
    return Release.model_validate({**begun, "updated_at": NOW, **changes})


def test_a_canary_grows_and_never_shrinks_and_its_salt_stays() -> None:
    grown = move(running(), Plan(stage=Stage.CANARY, percent=50), NOW)
    assert (grown.kind, grown.release.percent, grown.release.salt, grown.moves) == (Kind.POLICY_ROLLOUT_MOVED, 50, "s", ())
    with pytest.raises(Conflict, match="only grows"):
        move(running(), Plan(stage=Stage.CANARY, percent=5), NOW)
    with pytest.raises(Conflict, match="goes on, not back"):
        move(running(), Plan(stage=Stage.SHADOW), NOW)


def test_a_move_that_keeps_the_share_keeps_when_it_began_and_lets_a_held_rollout_go_on() -> None:
    held = hold(running(step_at=NOW), "Errors.").release
    moved = move(held, Plan(stage=Stage.CANARY, percent=10), NOW + timedelta(hours=1)).release
    assert (held.held_because, moved.held_because, moved.step_at) == ("Errors.", None, NOW)


def test_a_rollback_without_a_name_drops_the_candidate_first_and_then_goes_back_version_by_version() -> None:
    activations, stages = {"v0": None, "v1": "v0"}, {"v0": Stage.RETIRED}
    first = roll_back(running(previous="v0"), activations, stages).release
    assert (first.active, first.candidate, first.stage, first.percent) == ("v1", None, None, 0)
    second = roll_back(first, activations, stages).release
    assert (second.active, second.previous) == ("v0", None)
    with pytest.raises(Conflict, match="nothing to go back to"):
        roll_back(second, activations, stages)
    again = roll_back(second, activations, {"v1": Stage.RETIRED}, "v1").release
    assert (again.active, again.previous) == ("v1", "v0")


def test_a_rollback_goes_only_to_what_was_active_once() -> None:
    with pytest.raises(Conflict, match="was active once"):
        roll_back(running(), {"v1": None}, {"v2": Stage.CANARY}, "v2")
