"""Times as people write them on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.errors import InvalidInput
from policies.language.durations import seconds_of


def moment_of(text: str, now: datetime | None = None) -> datetime:
    """A time such as `2026-11-01`, in UTC unless it says otherwise, or how long ago, such as `30d`. Raises InvalidInput."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            return (now or datetime.now(UTC)) - timedelta(seconds=seconds_of(text))
        except ValueError:
            raise InvalidInput(f"{text!r} is neither a time such as 2026-11-01 nor a span such as 30d.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
