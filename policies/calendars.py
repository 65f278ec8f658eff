"""Business time: when a promise falls due if its clock runs only within working hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from policies.language.document import DAYS, CalendarRule

HORIZON_DAYS = 3 * 366
DAYS_REMEMBERED = 2_000
ONE_DAY = timedelta(days=1)


class Calendar:
    """The open spans of one calendar. Spans are laid out in local time and counted in elapsed (UTC) seconds, so DST days are right."""

    def __init__(self, rule: CalendarRule) -> None:
        """Raises ValueError when the time zone is unknown or there is no hour in the week."""
        try:
            self._zone = ZoneInfo(rule.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"unknown time zone {rule.timezone}") from error
        self._holidays = frozenset(rule.holidays)
        self._laid_out: dict[date, tuple[tuple[datetime, datetime], ...]] = {}
        self._week: dict[int, list[tuple[time, time]]] = {}
        for days, hours in rule.hours.items():
            first, _, last = days.partition("-")
            for day in range(DAYS.index(first), DAYS.index(last or first) + 1):
                self._week.setdefault(day, []).extend(hours)
        for spans in self._week.values():
            spans.sort()
            if any(earlier[1] > later[0] for earlier, later in pairwise(spans)):
                raise ValueError("hours of one day overlap")
        if not any(self._week.values()):
            raise ValueError("the calendar is never open")

    @property
    def longest_s(self) -> float:
        """So many open seconds pass within the horizon wherever it begins: no promise may be longer."""
        days = {day: sum((_since_midnight(ends) - _since_midnight(begins) for begins, ends in spans)) for day, spans in self._week.items()}
        return HORIZON_DAYS // 7 * sum(days.values()) - len(self._holidays) * max(days.values())

    def due_at(self, start: datetime, seconds: float) -> datetime:
        """The moment at which `seconds` of open time have passed since `start` (UTC); at most `longest_s`, or it is the horizon."""
        left, day = timedelta(seconds=seconds), start.astimezone(self._zone).date()
        for _ in range(HORIZON_DAYS):
            for opens, closes in self._day(day):
                begins = max(opens, start)
                if closes <= begins:
                    continue
                span = closes - begins
                if left <= span:
                    return begins + left
                left -= span
            day += ONE_DAY
        return start + timedelta(days=HORIZON_DAYS)

    def is_open(self, moment: datetime) -> bool:
        """Whether the clock runs at `moment`."""
        return any(opens <= moment < closes for opens, closes in self._day(moment.astimezone(self._zone).date()))

    def _day(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        known = self._laid_out.get(day)
        if known is None:
            spans = () if day in self._holidays else self._week.get(day.weekday(), ())
            known = tuple((self._moment(day, begins), self._moment(day, ends)) for begins, ends in spans)
            if len(self._laid_out) > DAYS_REMEMBERED:
                self._laid_out.clear()
            self._laid_out[day] = known
        return known

    def _moment(self, day: date, clock: time) -> datetime:
        if clock == time.max:
            return datetime.combine(day + timedelta(days=1), time(0), self._zone).astimezone(UTC)
        return datetime.combine(day, clock, self._zone).astimezone(UTC)


def _since_midnight(clock: time) -> float:
    return 86_400.0 if clock == time.max else timedelta(hours=clock.hour, minutes=clock.minute).total_seconds()


def due_at(calendar: Calendar | None, start: datetime, seconds: float) -> datetime:
    """When `seconds` have passed since `start` in a calendar; None is `always`."""
    return start + timedelta(seconds=seconds) if calendar is None else calendar.due_at(start, seconds)
