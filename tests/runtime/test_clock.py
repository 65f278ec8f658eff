"""Workers agree on the time, whatever their own clocks say."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

import runtime.clock
from runtime.clock import SharedClock, shared_clock
from runtime.servers import patient_database

HOUR = timedelta(hours=1)


class WrongClock(datetime):
    """A wall clock that is an hour ahead."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # pyright: ignore[reportIncompatibleMethodOverride] - only UTC is asked for
        """An hour too late."""
        del tz
        return datetime.now(UTC) + HOUR


async def test_a_worker_whose_clock_is_an_hour_ahead_goes_by_the_databases(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with patient_database(database_url) as database:
        monkeypatch.setattr(runtime.clock, "datetime", WrongClock)
        clock = await shared_clock(database)
        before, told, after = await database.time(), clock.now(), await database.time()
    assert before - timedelta(seconds=1) < told < after + timedelta(seconds=1)


class Slow:
    """Tells the time late, and another hour each time."""

    asked = 0

    async def time(self) -> datetime:
        """The time."""
        self.asked += 1
        await asyncio.sleep(0.6)
        return datetime.now(UTC) + self.asked * HOUR


async def test_an_answer_that_was_long_under_way_is_believed_only_while_there_is_no_other() -> None:
    clock = SharedClock(Slow())
    for _ in range(2):
        await clock.look()
        assert abs(clock.now() - datetime.now(UTC) - HOUR) < timedelta(minutes=1)
