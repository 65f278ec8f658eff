"""Shifts: when a person works."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def works_at(shift: str, timezone: str, moment: datetime) -> bool:
    """Whether `shift` (such as `mon-fri 08:00-16:30`, past midnight allowed) covers `moment`. Raises ValueError for another form."""
    days, _, hours = shift.partition(" ")
    first, _, last = days.partition("-")
    begins, ends = (time.fromisoformat(part) for part in hours.split("-"))
    local = moment.astimezone(ZoneInfo(timezone))
    span = range(DAYS.index(first), DAYS.index(last or first) + 1)
    now = local.time()
    if begins < ends:
        return local.weekday() in span and begins <= now < ends
    return (local.weekday() in span and now >= begins) or ((local.weekday() - 1) % 7 in span and now < ends)
