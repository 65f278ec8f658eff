"""The one clock of all workers: the database's."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

log = structlog.get_logger("maitred.clock")

WORTH_TELLING_S = 60.0
LONGEST_LOOK_S = 0.5


class Times(Protocol):
    """Tells the time of a server that all workers share."""

    async def time(self) -> datetime:
        """Its time now."""
        ...


class SharedClock:
    """The server's time, carried on by this machine's steady clock between looks.

    What is due, claimed or stranded is compared by several workers: the wall clock of one that is an hour off must not decide it.
    """

    def __init__(self, times: Times) -> None:
        self._times = times
        self._at_zero = datetime.now(UTC) - timedelta(seconds=time.monotonic())
        self._has_looked = False

    async def look(self) -> None:
        """Take over the server's time. Raises StoreUnavailable.

        An answer that was long under way tells too little, unless it is the first: it tells more than this machine's own clock.
        """
        asked = time.monotonic()
        there = await self._times.time()
        answered = time.monotonic()
        if answered - asked <= LONGEST_LOOK_S or not self._has_looked:
            self._has_looked = True
            self._at_zero = there - timedelta(seconds=(asked + answered) / 2)

    def tell_a_difference(self) -> None:
        """Log when this machine's own clock is far off: its log lines and certificates are then too."""
        off_s = (datetime.now(UTC) - self.now()).total_seconds()
        if abs(off_s) > WORTH_TELLING_S:
            log.warning("this machine's clock differs from the database's; the database's is used", off_s=round(off_s))

    def now(self) -> datetime:
        """The moment."""
        return self._at_zero + timedelta(seconds=time.monotonic())


async def shared_clock(times: Times) -> SharedClock:
    """A clock that has looked once."""
    clock = SharedClock(times)
    await clock.look()
    clock.tell_a_difference()
    return clock
