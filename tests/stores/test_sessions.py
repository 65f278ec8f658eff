"""Sessions: what a page asks by itself keeps none alive, and reports of workers end when they fall silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.account import Visit
from domain.errors import StoreUnavailable
from domain.worker_report import ModelState, SourceState, WorkerReport
from stores.redis import Redis
from stores.sessions import PREFIX, RedisSessions
from stores.worker_reports import KEPT_S, RedisWorkerReports
from stores.worker_reports import PREFIX as WORKER

NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
VISIT = Visit(agent="a browser", address="127.0.0.1")


async def test_only_what_somebody_does_keeps_a_session_alive(redis: Redis) -> None:
    sessions = RedisSessions(redis, idle_s=600, longest_s=3600)
    secret = await sessions.begin("ines", VISIT, NOW)
    session = await sessions.find(secret, NOW)
    assert session is not None
    await redis.call("EXPIRE", PREFIX + session.id, 100)
    later = NOW + timedelta(minutes=5)
    asked_by_itself = await sessions.find(secret, later, by_hand=False)
    assert asked_by_itself is not None
    assert asked_by_itself.seen_at == NOW
    assert await redis.call("TTL", PREFIX + session.id) <= 100
    seen = await sessions.find(secret, later)
    assert seen is not None
    assert seen.seen_at == later
    assert await redis.call("TTL", PREFIX + session.id) > 500
    assert await sessions.find(secret, NOW + timedelta(minutes=61)) is None


@pytest.mark.parametrize("fails", ["SISMEMBER", "DEL", "SREM"])
async def test_sessions_whose_end_broke_off_are_ended_when_it_is_asked_for_again(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    sessions, person, call = RedisSessions(redis, idle_s=600, longest_s=3600), f"lena-{fails}", redis.call
    secrets = [await sessions.begin(person, VISIT, NOW) for _ in range(2)]

    async def failing(*arguments: Any) -> Any:
        if arguments[0] == fails:
            raise StoreUnavailable("Redis does not answer.")
        return await call(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(redis, "call", failing)
        with pytest.raises(StoreUnavailable):
            await sessions.end_all(person)
    await sessions.end_all(person)
    assert [await sessions.find(secret, NOW) for secret in secrets] == [None, None]
    assert await sessions.of(person) == []
    assert await sessions.end(person, "never-there") is False


async def test_an_e_mail_that_waits_is_known_by_address_until_it_is_let_go(redis: Redis) -> None:
    sessions = RedisSessions(redis, idle_s=600, longest_s=3600)
    for _ in range(3):
        await sessions.attempt("guessed@x.example 10.0.0.1")
    until = await sessions.lock("guessed@x.example", "10.0.0.1", NOW)
    assert until is not None
    assert timedelta(minutes=14) < until - NOW <= timedelta(minutes=15)
    assert await sessions.lock("guessed@x.example", "10.0.0.1", NOW) is None
    assert await sessions.locks("guessed@x.example", NOW) == {"10.0.0.1": until}
    assert await sessions.locks("guessed@x.example", until) == {}
    assert await sessions.lock("guessed@x.example", "10.0.0.1", until) is not None
    assert sum([await sessions.lock("guessed@x.example", f"10.0.1.{one}", NOW) is not None for one in range(40)]) == 19
    assert await sessions.unlock("guessed@x.example") == 20
    assert await sessions.locks("guessed@x.example", NOW) == {}
    assert await sessions.attempt("guessed@x.example 10.0.0.1") == 1


async def test_a_short_idle_time_is_kept_more_exactly(redis: Redis) -> None:
    sessions = RedisSessions(redis, idle_s=60, longest_s=3600)
    secret = await sessions.begin("ines", VISIT, NOW)
    seen = await sessions.find(secret, NOW + timedelta(seconds=7))
    assert seen is not None
    assert seen.seen_at == NOW + timedelta(seconds=7)


async def test_a_worker_that_fell_silent_is_forgotten(redis: Redis) -> None:
    reports = RedisWorkerReports(redis)
    for pid in (12, 11):
        await reports.tell(report(pid))
    assert [one.pid for one in await reports.all()] == [11, 12]
    assert 0 < await redis.call("TTL", WORKER + report(11).id) <= KEPT_S
    await redis.call("DEL", WORKER + report(11).id)
    assert await reports.all() == [report(12)]
    assert await redis.call("SMEMBERS", "maitred:workers") == [report(12).id.encode()]


def test_a_worker_is_silent_when_it_missed_two_beats() -> None:
    assert [report(1).silent_s(NOW + timedelta(seconds=late)) for late in (0, 4, 8, 9, 12.5)] == [0, 0, 0, 9, 12]


async def test_a_report_of_another_version_hides_no_other_one(redis: Redis) -> None:
    reports = RedisWorkerReports(redis)
    await reports.tell(report(1))
    await redis.call("SET", WORKER + "older", '{"id": "older"}')
    await redis.call("SADD", "maitred:workers", "older")
    assert await reports.all() == [report(1)]


def report(pid: int) -> WorkerReport:
    """One of a worker's."""
    return WorkerReport(
        id=f"host-{pid}",
        host="host",
        pid=pid,
        version="0.1.0",
        began_at=NOW + timedelta(seconds=pid),
        told_at=NOW,
        running=0,
        closing=False,
        policy="vip-support@1 sha256:x",
        agents={"triage": "embedded/triage-1"},
        models=(ModelState(name="embedded/triage-1", configured=False, region="local", priced=True),),
        sources=(SourceState(name="crm", place=""),),
    )
