"""Whatever people try in whatever order, no gate is passed that should be shut, and no change is lost.

`MAITRED_FAULTS=long` lives many more lives.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

import desk.policies
from desk.policies import Policies
from desk.releases import Releases
from domain.errors import MaitredError
from domain.facts import Region
from domain.policy_life import Stage
from stores.policy_views import PgPolicyViews
from stores.postgres import Database
from stores.schema import migrate
from tests.desk.house import TestClock
from tests.desk.policy_lives import PEOPLE, VARIANTS, Life, Told, compiled
from tests.desk.policy_memory import MemoryStore, MemoryViews, Texts

LONG = os.environ.get("MAITRED_FAULTS") == "long"
LIVES, LIVES_IN_POSTGRES, STEPS = (5_000, 100, 40) if LONG else (1_000, 10, 12)
AT_ONCE = 200
HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
SETTINGS = settings(stateful_step_count=STEPS, deadline=None, suppress_health_check=HEALTH)

who = st.integers(0, len(PEOPLE) - 1)
writers = st.sampled_from([0, 1, 2, 4, 5, 6])
numbers = st.sampled_from([1, 2, 3, 4, 2, 3, 4, 5])
judges = st.sampled_from([0, 1, 2, 3, 4, 5, 7])
reviews = st.lists(st.tuples(judges, st.sampled_from([True, True, True, True, False])), min_size=1, max_size=4)
variants = st.integers(0, len(VARIANTS) - 1)
stages = st.sampled_from([Stage.SHADOW, Stage.CANARY, Stage.ACTIVE])
behind = st.sampled_from([0, 0, 0, 0, 1])
OPERATIONS = st.one_of(
    st.tuples(st.just("draft"), variants, who),
    st.tuples(st.just("submit"), numbers, who, behind),
    st.tuples(st.just("approve"), numbers, who, st.booleans(), behind),
    st.tuples(st.just("reject"), numbers, who, st.sampled_from(["No.", " "]), behind),
    st.tuples(st.just("roll_out"), numbers, who, stages, behind),
    st.tuples(st.just("roll_back"), who),
)


def life_in_memory() -> tuple[Life, MemoryStore]:
    """A life of its own, without a server."""
    clock = TestClock()
    store = MemoryStore(clock)
    views: Any = MemoryViews(store)
    texts: Any = Texts(views, compiled)
    policies = Policies(views, clock, Region.EU, store, Told())
    return Life(policies, Releases(store, texts, clock, Region.EU), clock, "starter"), store


def life_in(database: Database) -> Life:
    """A life under a name of its own."""
    clock, views = TestClock(), PgPolicyViews(database)
    texts: Any = Texts(views, compiled)
    policies = Policies(views, clock, Region.EU, database, Told())
    return Life(policies, Releases(database, texts, clock, Region.EU), clock, f"p{uuid.uuid4().hex[:12]}")


@pytest.fixture(autouse=True)
def _read_once(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction] - pytest asks for it
    """Every life drafts the same few texts."""
    monkeypatch.setattr(desk.policies, "compile_policy", compiled)


class Lives(RuleBasedStateMachine):
    """People who draft, submit, approve, reject, roll out and roll back, one after another or at the same moment."""

    loop: asyncio.AbstractEventLoop
    life: Life
    store: MemoryStore | None = None

    def start(self) -> None:
        """Version 1 is active."""
        self.life, self.store = life_in_memory()

    def __init__(self) -> None:
        super().__init__()
        self.start()
        self.run(self.life.begin())

    def run(self, what: Coroutine[Any, Any, Any]) -> Any:
        """Wait for it."""
        return self.loop.run_until_complete(what)

    def act(self, operation: tuple[Any, ...]) -> Coroutine[Any, Any, MaitredError | None]:
        """What somebody tries."""
        name, *given = operation
        return getattr(self.life, name)(*given)

    @initialize(
        drafted=st.permutations(range(1, len(VARIANTS))), authors=st.lists(writers, min_size=3, max_size=3), submitted=st.booleans()
    )
    def three_drafts(self, drafted: list[int], authors: list[int], submitted: bool) -> None:
        for number, (variant, author) in enumerate(zip(drafted, authors, strict=False), 2):
            self.run(self.life.draft(variant, author))
            if submitted:
                self.run(self.life.submit(number, author))

    @rule(operation=OPERATIONS)
    def one_after_another(self, operation: tuple[Any, ...]) -> None:
        before = self.store.state.copy() if self.store else None
        refused = self.run(self.act(operation))
        if refused is not None and self.store is not None:
            assert self.store.state == before

    @rule(operations=st.lists(OPERATIONS, min_size=2, max_size=4))
    def at_the_same_moment(self, operations: list[tuple[Any, ...]]) -> None:
        async def together() -> None:
            await asyncio.gather(*(self.act(operation) for operation in operations))

        self.run(together())

    @rule(number=numbers, other=numbers, author=writers, reviewers=reviews, accepts=st.booleans(), stage=stages)
    def a_review_goes_its_way(
        self, number: int, other: int, author: int, reviewers: list[tuple[int, bool]], accepts: bool, stage: Stage
    ) -> None:
        async def review() -> None:
            await self.life.submit(number, author)
            for reviewer, likes_it in reviewers:
                await (self.life.approve(number, reviewer, accepts) if likes_it else self.life.reject(number, reviewer))
            await self.life.roll_out(number, author, stage)
            await self.life.approve(other, reviewers[0][0])

        self.run(review())

    @rule(hours=st.sampled_from([1, 30, 100, 169]))
    def time_passes(self, hours: int) -> None:
        self.life.clock.advance(hours=hours)

    @rule()
    def what_does_not_hold_lapses(self) -> None:
        self.run(self.life.policies.lapse())

    @precondition(lambda self: hasattr(self, "life"))
    @invariant()
    def no_gate_was_passed_and_nothing_lost(self) -> None:
        self.run(self.life.check())


def test_a_thousand_lives_of_a_policy() -> None:
    lives = 0

    class Counted(Lives):
        def start(self) -> None:
            nonlocal lives
            lives += 1
            super().start()

    with asyncio.Runner() as runner:
        Lives.loop = runner.get_loop()
        run_state_machine_as_test(Counted, settings=settings(SETTINGS, max_examples=LIVES))
    assert lives >= 1_000


def test_lives_of_a_policy_in_postgres(database_url: str) -> None:
    with asyncio.Runner() as runner:
        database = Database(database_url, connections=6, patience_s=10)
        runner.run(migrate(database_url))
        runner.run(database.open())

        class Stored(Lives):
            def start(self) -> None:
                self.life, self.store = life_in(database), None

        Stored.loop = runner.get_loop()
        run_state_machine_as_test(
            Stored,
            settings=settings(SETTINGS, max_examples=LIVES_IN_POSTGRES),
        )
        runner.run(database.close())
