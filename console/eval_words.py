"""How pages about evals say figures, marks and names: in the visitor's language, with the unit that a metric has."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from babel import numbers

from console.speech import SPOKEN, _, mark
from domain.eval_history import Figure
from domain.eval_report import MetricReport, RunState, Way

STATES = {
    RunState.HOLDS: (mark("holds"), "good"),
    RunState.MISSES_GOALS: (mark("misses goals"), "warn"),
    RunState.FAILS: (mark("fails"), "bad"),
    RunState.UNTOLD: (mark("not looked at yet"), ""),
    RunState.STOPPED: (mark("not over"), "warn"),
    RunState.ELSEWHERE: (mark("on another machine"), ""),
}
STANDINGS = {"met": (mark("met"), "good"), "missed": (mark("missed"), "bad"), "open": (mark("open"), "warn")}
WAYS = {
    Way.WORSE: (mark("worse"), "bad"),
    Way.BETTER: (mark("better"), "good"),
    Way.MIXED: (mark("mixed"), "warn"),
    Way.SAME: (mark("the same"), ""),
}
SHADES = 5
"""Steps of a confusion table's shading."""
LEAST_CHANCE = 0.001


class Measured(Protocol):
    """Anything that knows how a metric's values are said."""

    @property
    def kind(self) -> str:
        """Share or mean."""
        ...

    @property
    def unit(self) -> str:
        """Of a mean."""
        ...


def decimal(value: float, digits: int, *, signed: bool = False) -> str:
    """`14.83` or `14,83`."""
    told = f"{value:{'+' if signed and value > 0 else ''},.{digits}f}"
    point, group = _symbols(SPOKEN.get().locale)
    return told.translate({ord("."): point, ord(","): group})


@cache
def _symbols(locale: str) -> tuple[str, str]:
    """What stands before decimals and between thousands: a page has a thousand figures, too many for Babel to parse a pattern for each."""
    return numbers.get_decimal_symbol(locale), numbers.get_group_symbol(locale)


def share(value: float, *, signed: bool = False) -> str:
    """`91.7 %` of 0.917."""
    return f"{decimal(value * 100, 1, signed=signed)} %"


def amount(metric: Measured, value: float, *, signed: bool = False) -> str:
    """`91.7 %` for a share, `14.83 EUR` for a mean."""
    return (
        share(value, signed=signed) if metric.kind == "share" else f"{decimal(value, _digits(value), signed=signed)} {metric.unit}".rstrip()
    )


def interval(metric: Measured, figure: Figure) -> str:
    """`84.5 to 95.7`, in the unit of the value."""
    if metric.kind == "share":
        return span(figure)
    return _("%(low)s to %(high)s", low=decimal(figure.low, _digits(figure.low)), high=decimal(figure.high, _digits(figure.high)))


def span(figure: Figure) -> str:
    """The interval of a share."""
    return _("%(low)s to %(high)s", low=decimal(figure.low * 100, 1), high=decimal(figure.high * 100, 1))


def goal(metric: MetricReport) -> str:
    """`at least 90.0 %`; empty without a goal."""
    if metric.goal is None:
        return ""
    told = amount(metric, metric.goal)
    return _("at least %(value)s", value=told) if metric.better == "higher" else _("at most %(value)s", value=told)


def chance(value: float) -> str:
    """`0.012`, and `< 0.001` for what is smaller."""
    return decimal(value, 3) if value >= LEAST_CHANCE else f"< {decimal(LEAST_CHANCE, 3)}"


def short(policy: str) -> str:
    """`vip-support@74efcafced72` for a policy with its whole digest."""
    name, _at, digest = policy.partition("@")
    return f"{name}@{digest.removeprefix('sha256:')[:12]}" if digest else name


def shade(count: int, total: int) -> int:
    """How dark a cell is: 0 for none, up to `SHADES` for its whole row."""
    return 0 if not count else max(1, round(SHADES * count / total))


def without_goal(metrics: Sequence[MetricReport]) -> list[MetricReport]:
    """Those that only describe: no goal, not hard, and no slice that is worse than the rest. None when all of them do."""
    found = [one for one in metrics if one.goal is None and not one.hard and not any(part.worse for part in one.slices)]
    return found if len(found) < len(metrics) else []


def _digits(value: float) -> int:
    return 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2
