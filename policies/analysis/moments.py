"""Hours, days and months of a moment, which the solver knows as a number of microseconds."""

from __future__ import annotations

from policies.analysis.logic import Term, conj, solver_library
from policies.analysis.space import Space

SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND
THURSDAY = 4  # 1 January 1970; Sunday is 0
CLOCK = {"getHours": (HOUR, 24), "getMinutes": (MINUTE, 60), "getSeconds": (SECOND, 60)}
CALENDAR = {"getDate": (1, 31), "getDayOfMonth": (0, 30), "getDayOfYear": (0, 365), "getMonth": (0, 11), "getFullYear": (2000, 2999)}


def part_of_moment(space: Space, name: str, moment: Term) -> Term:
    """What `now.getHours()` and its like give. Parts of the calendar are known by their bounds alone."""
    if name in CLOCK:
        unit, span = CLOCK[name]
        return (moment / unit) % span
    if name == "getDayOfWeek":
        return (moment / DAY + THURSDAY) % 7
    found = space.function(name, (moment,), "int")
    low, high = CALENDAR[name]
    space.require(conj((found >= low, found <= high)))
    return found


def part_of_span(space: Space, name: str, span: Term) -> Term:
    """A span of time in whole hours, minutes or seconds."""
    unit = CLOCK[name][0]
    if isinstance(span, int):
        return abs(span) // unit * (1 if span >= 0 else -1)
    return solver_library().If(span >= 0, span / unit, -((-span) / unit), space.context)
