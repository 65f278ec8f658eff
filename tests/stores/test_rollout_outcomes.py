"""What each arm of a rollout came to, counted from real rows."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from domain.policy_life import Stage
from domain.rollout_views import Comparison, Count
from runtime.servers import patient_database
from stores.comparisons import PgComparisons
from stores.rollout_outcomes import MOST, PgRolloutOutcomes
from stores.schema import migrate
from tests.stores.arms import ACTIVE, BEGAN, CANDIDATE, Arms, Decided, release

MANY = """
with made as (
    insert into cases (id, channel, conversation_id, region, client_id, status, last_turn, tier, created_at, updated_at)
    select id, 'email', id, 'eu', 'c' || n % 300, 'assigned', 1, 'standard', $2, $2
    from generate_series($3::int, $3 + $4::int - 1) n, concat_ws('-', $1::text, $2::timestamptz, n) id returning id, client_id
), messages as (
    insert into messages (id, case_id, turn, inbound, author, body, sent_at, received_at)
    select id, id, 1, true, jsonb_build_object('identity', jsonb_build_object('client_id', client_id)), '', $2, $2 from made
), turns as (
    insert into turns (case_id, turn, message_id, status, policy_digest, request_id, created_at, updated_at)
    select id, 1, id, 'done', $1, '', $2, $2 from made
)
insert into decisions (id, case_id, turn, facts_digest, policy_digest, tier, mode, pool, body, record, decided_at)
select id, id, 1, '', $1, 'standard', 'human', 'p', ''::bytea, ''::bytea, $2 from made
"""


@pytest_asyncio.fixture
async def arms(database_url: str) -> AsyncIterator[Arms]:
    """A migrated database to write cases into."""
    await migrate(database_url)
    async with patient_database(database_url, 3) as database:
        yield Arms(database)


def share(counts: list[Count], digest: str, metric: str, tier: str | None = None) -> tuple[float, float]:
    """(hits, cases)."""
    found = [one for one in counts if (one.digest, one.metric, one.tier) == (digest, metric, tier)]
    return (found[0].hits, found[0].cases) if found else (0, 0)


def judged(case_id: str, decided_by: str, compared: str, *, forbidden: bool = False, errors: bool = False) -> Comparison:
    return Comparison(
        case_id=case_id,
        turn=1,
        decided_by=decided_by,
        compared=compared,
        stage="canary",
        client_id=None,
        tier="strategic",
        agrees=not forbidden,
        forbidden=forbidden,
        errors=errors,
        differences=(),
    )


async def test_each_arm_is_counted_for_every_tier_and_for_each(arms: Arms) -> None:
    await arms.add(
        Decided(CANDIDATE, faulty=True, mode="human"),
        Decided(CANDIDATE, overruled=True, reviewed=True, tier="strategic", late=True),
        Decided(CANDIDATE, turn_status="waiting", status="awaiting_review", faulty=True, mode="human"),
        Decided(CANDIDATE, status="answered", mode="ai", late=True, at=BEGAN + timedelta(minutes=2)),
        Decided(ACTIVE, mode="human"),
        Decided(ACTIVE, at=BEGAN - timedelta(minutes=1), mode="human"),
    )
    counts = await PgRolloutOutcomes(arms.database).counts(release(), BEGAN)
    assert {metric: share(counts, CANDIDATE, metric) for metric in ("errors", "overruled", "escalations", "reviews", "sla_breaches")} == {
        "errors": (2, 4),
        "overruled": (1, 4),
        "escalations": (2, 4),
        "reviews": (2, 4),
        "sla_breaches": (2, 4),
    }
    assert share(counts, CANDIDATE, "sla_breaches", "strategic") == (1, 1)
    assert share(counts, CANDIDATE, "errors", "strategic") == (0, 1)
    assert share(counts, ACTIVE, "escalations") == (1, 1)


async def test_a_promise_is_settled_once_the_case_is_late_answered_or_resolved(arms: Arms) -> None:
    await arms.add(
        Decided(CANDIDATE),
        Decided(CANDIDATE, first_response_s=60),
        Decided(CANDIDATE, turn_status="waiting", status="awaiting_review"),
        Decided(CANDIDATE, turn_status="waiting", status="awaiting_review", late=True),
        Decided(CANDIDATE, late=True),
        Decided(CANDIDATE, status="answered", mode="ai"),
        Decided(CANDIDATE, status="resolved", first_response_s=60, resolved=True),
        Decided(ACTIVE),
    )
    counts = await PgRolloutOutcomes(arms.database).counts(release(), BEGAN)
    assert (share(counts, CANDIDATE, "sla_breaches"), share(counts, CANDIDATE, "sla_settled")) == ((2, 7), (2, 4))
    assert (share(counts, ACTIVE, "sla_breaches"), share(counts, ACTIVE, "sla_settled")) == ((0, 1), (0, 0))


@pytest.mark.parametrize("status", ["resolved", "closed"])
async def test_whom_the_ai_answered_in_time_was_heard_in_time_also_when_the_case_ended_later(arms: Arms, status: str) -> None:
    ended: dict[str, Any] = {"status": status, "mode": "ai", "resolved": True, "first_response_s": 1_200, "due_s": 600}
    await arms.add(Decided(CANDIDATE, answered_s=5, **ended), Decided(CANDIDATE, **ended))
    outcomes = PgRolloutOutcomes(arms.database)
    assert share(await outcomes.counts(release(), BEGAN), CANDIDATE, "sla_breaches") == (1, 2)
    shares, _ = await outcomes.experiment(ACTIVE, CANDIDATE, BEGAN)
    assert share(shares, CANDIDATE, "sla_attained") == (1, 2)


async def test_cases_of_one_client_are_told_apart_from_cases_of_many(arms: Arms) -> None:
    await arms.add(*(Decided(CANDIDATE, client="northwind", mode="human") for _ in range(3)), *(Decided(CANDIDATE) for _ in range(2)))
    counts = await PgRolloutOutcomes(arms.database).counts(release(), BEGAN)
    [found] = [one for one in counts if one.metric == "escalations" and one.tier is None]
    assert (found.hits, found.cases, found.clients, found.hits2, found.cases2, found.cross) == (3, 5, 3, 9, 11, 9)


async def test_who_could_not_have_been_in_a_canary_counts_in_neither_arm(arms: Arms) -> None:
    _, known_later, *_ = await arms.add(
        Decided(ACTIVE, client=None, mode="human", faulty=True),
        Decided(ACTIVE, identified=False, mode="human"),
        Decided(ACTIVE, client=None, turn_status="waiting", status="awaiting_review", mode="human"),
        Decided(ACTIVE),
        Decided(CANDIDATE),
    )
    await arms.write_again(known_later, 2, Decided(CANDIDATE, mode="human"))
    outcomes = PgRolloutOutcomes(arms.database)
    canary, shadow = [await outcomes.counts(release(stage), BEGAN) for stage in (Stage.CANARY, Stage.SHADOW)]
    assert (share(canary, ACTIVE, "escalations"), share(canary, CANDIDATE, "escalations")) == ((0, 1), (1, 2))
    assert (share(canary, ACTIVE, "errors"), share(shadow, ACTIVE, "errors")) == ((0, 1), (1, 4))
    shares, _ = await outcomes.experiment(ACTIVE, CANDIDATE, BEGAN)
    assert share(shares, ACTIVE, "escalated") == (0, 1)


async def test_forbidden_outcomes_are_those_that_the_stage_is_about(arms: Arms) -> None:
    shadowed, decided = await arms.add(Decided(ACTIVE), Decided(CANDIDATE))
    comparisons = PgComparisons(arms.database)
    await comparisons.put([judged(shadowed, ACTIVE, CANDIDATE, forbidden=True, errors=True), judged(decided, CANDIDATE, ACTIVE)])
    outcomes = PgRolloutOutcomes(arms.database)
    canary, shadow = [await outcomes.counts(release(stage), BEGAN) for stage in (Stage.CANARY, Stage.SHADOW)]
    assert (share(canary, CANDIDATE, "forbidden"), share(shadow, CANDIDATE, "forbidden")) == ((0, 1), (1, 1))
    assert share(shadow, CANDIDATE, "forbidden", "strategic") == (1, 1)
    assert share(shadow, CANDIDATE, "compared_errors") == (1, 1)
    assert await outcomes.agreement(ACTIVE, CANDIDATE, BEGAN) == (0, 1)


async def test_a_decision_is_compared_once(arms: Arms) -> None:
    first, second = await arms.add(Decided(ACTIVE, client="northwind"), Decided(ACTIVE, client=None, at=BEGAN + timedelta(minutes=2)))
    comparisons = PgComparisons(arms.database)
    waiting = await comparisons.uncompared(ACTIVE, CANDIDATE, BEGAN, 10)
    assert [(one.case_id, one.client_id) for one in waiting] == [(first, "northwind"), (second, None)]
    await comparisons.put([judged(first, ACTIVE, CANDIDATE)])
    await comparisons.put([judged(first, ACTIVE, CANDIDATE, forbidden=True)])
    assert [one.case_id for one in await comparisons.uncompared(ACTIVE, CANDIDATE, BEGAN, 10)] == [second]
    assert await PgRolloutOutcomes(arms.database).agreement(ACTIVE, CANDIDATE, BEGAN) == (1, 1)


async def test_one_worker_at_a_time_does_a_chore(arms: Arms) -> None:
    comparisons = PgComparisons(arms.database)
    async with (
        comparisons.turn_of("comparisons") as first,
        comparisons.turn_of("comparisons") as second,
        comparisons.turn_of("roller") as other,
    ):
        assert (first, second, other) == (True, False, True)
    async with comparisons.turn_of("comparisons") as again:
        assert again


async def test_an_experiment_measures_what_became_of_the_cases(arms: Arms) -> None:
    await arms.add(
        Decided(CANDIDATE, first_response_s=60, csat=5),
        Decided(CANDIDATE, first_response_s=180, csat=3, reopened=True),
        Decided(CANDIDATE, late=True, mode="human", ruling="approve"),
        Decided(CANDIDATE, mode="human", ruling="edit", proposed="ai"),
        Decided(CANDIDATE, mode="ai", transferred_to="hybrid"),
        Decided(CANDIDATE, mode="hybrid", transferred_to="hybrid"),
        Decided(CANDIDATE, mode="hybrid", transferred_to="human"),
    )
    shares, means = await PgRolloutOutcomes(arms.database).experiment(ACTIVE, CANDIDATE, BEGAN)
    assert {metric: share(shares, CANDIDATE, metric) for metric in ("sla_attained", "escalated", "reopened")} == {
        "sla_attained": (0, 1),
        "escalated": (2, 7),
        "reopened": (1, 7),
    }
    await arms.add(Decided(CANDIDATE, status="answered", mode="ai"), Decided(CANDIDATE, status="resolved", resolved=True, answered_s=5))
    later, _ = await PgRolloutOutcomes(arms.database).experiment(ACTIVE, CANDIDATE, BEGAN)
    assert share(later, CANDIDATE, "sla_attained") == (2, 3)
    assert share(shares, CANDIDATE, "needless_escalations") == (1, 2)
    assert share(shares, CANDIDATE, "missed_escalations") == (3, 6)
    assert {one.metric: (one.cases, one.mean) for one in means} == {"first_response_s": (2, 120.0), "csat": (2, 4.0)}
    assert {one.metric: one.deviation for one in means}["csat"] == pytest.approx(2**0.5)


async def test_a_client_who_comes_back_counts_where_the_case_was_resolved(arms: Arms) -> None:
    later = [BEGAN + timedelta(minutes=minutes) for minutes in (5, 10)]
    over: dict[str, Any] = {"status": "resolved", "resolved": True}
    back, _, asked_more = await arms.add(Decided(ACTIVE, **over), Decided(ACTIVE, **over), Decided(ACTIVE))
    outcomes = PgRolloutOutcomes(arms.database)
    assert share((await outcomes.experiment(ACTIVE, CANDIDATE, BEGAN))[0], ACTIVE, "reopened") == (0, 3)
    await arms.write_again(back, 2, Decided(CANDIDATE, at=later[0]))
    await arms.write_again(back, 3, Decided(CANDIDATE, at=later[1]))
    await arms.write_again(asked_more, 2, Decided(ACTIVE, at=later[0]))
    shares, _ = await outcomes.experiment(ACTIVE, CANDIDATE, BEGAN)
    assert share(shares, ACTIVE, "reopened") == (1, 3)
    assert share(shares, CANDIDATE, "reopened") == (0, 1)


async def test_the_first_response_is_that_of_the_version_that_decided_first(arms: Arms) -> None:
    [kept, _, before] = await arms.add(
        Decided(ACTIVE, first_response_s=60),
        Decided(CANDIDATE, first_response_s=180),
        Decided(ACTIVE, first_response_s=86_400, at=BEGAN - timedelta(days=20)),
    )
    for case_id in (kept, before):
        await arms.write_again(case_id, 2, Decided(CANDIDATE, at=BEGAN + timedelta(minutes=5)))
    _, means = await PgRolloutOutcomes(arms.database).experiment(ACTIVE, CANDIDATE, BEGAN)
    assert {one.digest: (one.cases, one.mean) for one in means} == {ACTIVE: (1, 60.0), CANDIDATE: (1, 180.0)}


async def test_both_arms_are_counted_over_the_same_span(arms: Arms) -> None:
    turned = BEGAN + timedelta(minutes=30)
    for digest, cases, at in ((CANDIDATE, 40, BEGAN), (CANDIDATE, 20, turned), (ACTIVE, 100, BEGAN), (ACTIVE, MOST, turned)):
        await many(arms, digest, cases, at)
    await arms.add(
        *(Decided(CANDIDATE, turn_status="waiting", status="awaiting_review", mode="human", at=at) for at in (BEGAN, turned)),
    )
    outcomes = PgRolloutOutcomes(arms.database)
    counts = await outcomes.counts(release(), BEGAN)
    assert (share(counts, CANDIDATE, "escalations"), share(counts, ACTIVE, "escalations")) == ((21, 21), (MOST, MOST))
    shares, _ = await outcomes.experiment(ACTIVE, CANDIDATE, BEGAN)
    assert (share(shares, CANDIDATE, "escalated"), share(shares, ACTIVE, "escalated")) == ((20, 20), (MOST, MOST))
    everybody = await outcomes.counts(release(percent=100.0), BEGAN)
    assert share(everybody, CANDIDATE, "escalations") == (62, 62)


async def many(arms: Arms, digest: str, cases: int, at: datetime) -> None:
    """Cases of 300 clients, decided at one moment."""
    async with arms.database.connection() as connection:
        for first in range(0, cases, 2_000):
            await connection.execute(MANY, digest, at, first, min(cases - first, 2_000))


async def test_a_look_at_a_large_step_stays_short(arms: Arms) -> None:
    for digest, cases in ((CANDIDATE, 2_000), (ACTIVE, MOST + 1_000)):
        await many(arms, digest, cases, BEGAN)
    async with arms.database.connection() as connection:
        await connection.execute("analyze cases, turns, decisions")  # whether the server has done so by itself yet is chance
    took = list[float]()
    for _ in range(3):
        began = time.monotonic()
        counts = await PgRolloutOutcomes(arms.database).counts(release(), BEGAN)
        took.append(time.monotonic() - began)
        assert share(counts, ACTIVE, "escalations") == (MOST, MOST)
    assert min(took) < 0.7, took
