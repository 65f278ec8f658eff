"""Business time: monotone, additive, never due while closed, right on the days when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.calendars import HORIZON_DAYS, Calendar, due_at
from policies.language.document import CalendarRule

BERLIN = Calendar(
    CalendarRule.model_validate(
        {"timezone": "Europe/Berlin", "hours": {"mon-fri": ["08:00-12:00", "13:00-18:00"]}, "holidays": ["2026-12-25"]}
    )
)
HOUR = 3600
moments = st.integers(0, 400 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
spans = st.integers(60, 60 * HOUR)


def berlin(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def test_the_lunch_break_the_night_and_the_weekend_do_not_count() -> None:
    assert BERLIN.due_at(berlin("2026-11-23T11:00+01:00"), 2 * HOUR) == berlin("2026-11-23T14:00+01:00")
    assert BERLIN.due_at(berlin("2026-11-27T17:00+01:00"), 2 * HOUR) == berlin("2026-11-30T09:00+01:00")


def test_a_holiday_does_not_count() -> None:
    assert BERLIN.due_at(berlin("2026-12-24T17:00+01:00"), 2 * HOUR) == berlin("2026-12-28T09:00+01:00")


def test_a_day_on_which_clocks_change_has_its_own_length() -> None:
    night = Calendar(CalendarRule.model_validate({"timezone": "Europe/Berlin", "hours": {"mon-sun": ["00:00-24:00"]}}))
    start = berlin("2026-03-29T00:00+01:00")
    assert night.due_at(start, 23 * HOUR) == berlin("2026-03-30T00:00+02:00")
    assert night.due_at(berlin("2026-10-25T00:00+02:00"), 25 * HOUR) == berlin("2026-10-26T00:00+01:00")


@settings(max_examples=50)
@given(moments, st.sampled_from(("mon-fri", "wed", "mon-sun")), st.integers(0, 40))
def test_the_longest_promise_is_due_within_the_horizon_while_open(start: datetime, days: str, closed: int) -> None:
    holidays = [(datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=day)).date() for day in range(closed)]
    rule = {"timezone": "Europe/Berlin", "hours": {days: ["00:00-08:00", "20:00-24:00"]}, "holidays": holidays}
    calendar = Calendar(CalendarRule.model_validate(rule))
    due = calendar.due_at(start, calendar.longest_s)
    assert due < start + timedelta(days=HORIZON_DAYS)
    assert calendar.is_open(due - timedelta(seconds=1))
    assert calendar.longest_s > 100 * 8 * HOUR


def test_always_counts_every_second() -> None:
    start = berlin("2026-12-25T03:00+01:00")
    assert due_at(None, start, HOUR) == start + timedelta(hours=1)


@settings(max_examples=500)
@given(moments, spans, spans)
def test_due_times_are_additive(start: datetime, first: int, second: int) -> None:
    assert BERLIN.due_at(BERLIN.due_at(start, first), second) == BERLIN.due_at(start, first + second)


@settings(max_examples=500)
@given(moments, st.integers(1, 7 * 24 * 60), spans)
def test_a_later_start_is_never_due_earlier(start: datetime, minutes: int, span: int) -> None:
    assert BERLIN.due_at(start, span) <= BERLIN.due_at(start + timedelta(minutes=minutes), span)


@settings(max_examples=500)
@given(moments, spans)
def test_nothing_is_due_while_the_desk_is_closed(start: datetime, span: int) -> None:
    due = BERLIN.due_at(start, span)
    assert BERLIN.is_open(due) or BERLIN.is_open(due - timedelta(seconds=1))
