"""Who is in a canary: steady while it grows, near its share, and drawn anew by another salt."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.policy_life import Release, Stage
from policies.engine import CompiledPolicy, compile_policy
from policies.rollouts.release import BUCKETS, LiveRelease, bucket, in_share
from policies.rules import shipped

NAME = "vip-support"
CLIENTS = [f"client-{number}" for number in range(10_000)]
percents = st.floats(min_value=0, max_value=100, allow_nan=False)


@pytest.fixture(scope="module")
def active() -> CompiledPolicy:
    return compile_policy(shipped(), version=1)


@pytest.fixture(scope="module")
def candidate() -> CompiledPolicy:
    return compile_policy(shipped().replace("description: ", "description: Tried, ", 1), version=2, stage="canary")


def members(salt: str, percent: float) -> set[str]:
    return {client for client in CLIENTS if in_share(NAME, salt, client, percent)}


def test_a_bucket_is_what_the_contract_says() -> None:
    drawn = hashlib.sha256(b"vip-support\x00pepper\x00northwind").digest()
    assert bucket(NAME, "pepper", "northwind") == int.from_bytes(drawn[:8], "big") % 10_000


@given(st.text(max_size=20), st.text(max_size=40), percents, percents)
@settings(max_examples=500)
def test_who_is_in_a_canary_stays_in_while_its_share_grows(salt: str, client: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert in_share(NAME, salt, client, high) or not in_share(NAME, salt, client, low)


@given(st.text(max_size=20), st.text(max_size=40))
def test_nobody_is_in_none_of_it_and_everybody_in_all_of_it(salt: str, client: str) -> None:
    assert not in_share(NAME, salt, client, 0)
    assert in_share(NAME, salt, client, 100)
    assert not in_share(NAME, salt, None, 100)


@pytest.mark.parametrize("percent", [1, 5, 10, 50])
def test_a_share_of_clients_is_near_its_percent(percent: float) -> None:
    expected = len(CLIENTS) * percent / 100
    deviation = (expected * (1 - percent / 100)) ** 0.5
    for salt in ("a", "b", "c"):
        assert abs(len(members(salt, percent)) - expected) < 4 * deviation


def test_another_salt_draws_anew() -> None:
    both = len(members("a", 20) & members("b", 20))
    assert abs(both - len(CLIENTS) * 0.04) < 100


@pytest.mark.parametrize("hundredths", [7, 29, 110, 1_130])
def test_a_share_of_hundredths_of_a_percent_is_exact_although_floats_are_not(hundredths: int) -> None:
    percent = hundredths / 100
    first: dict[int, str] = {}
    for client in (f"c{number}" for number in range(200_000)):
        first.setdefault(bucket(NAME, "s", client), client)
    assert len(first) == BUCKETS
    assert sum(in_share(NAME, "s", client, percent) for client in first.values()) == hundredths


def release(**changes: object) -> Release:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Release.model_validate(
        {"name": NAME, "active": "a", "candidate": "b", "salt": "s", "updated_at": at, "started_at": at, **changes}
    )


def test_only_a_canary_that_has_started_decides_and_only_for_its_share(active: CompiledPolicy, candidate: CompiledPolicy) -> None:
    inside = next(client for client in CLIENTS if in_share(NAME, "s", client, 10))
    outside = next(client for client in CLIENTS if not in_share(NAME, "s", client, 10))
    live = LiveRelease.of(release(stage=Stage.CANARY, percent=10), active, candidate)
    assert [live.deciding(client) for client in (inside, outside, None)] == [candidate, active, active]
    shadow = LiveRelease.of(release(stage=Stage.SHADOW), active, candidate)
    assert shadow.candidate is candidate
    assert shadow.deciding(inside) is active
    for waiting in (release(stage=Stage.CANARY, percent=100, started_at=None), release(stage=Stage.ACTIVE, started_at=None)):
        assert LiveRelease.of(waiting, active, candidate) == LiveRelease(active)
    assert LiveRelease.of(release(stage=Stage.CANARY, percent=100), active, None).deciding(inside) is active
