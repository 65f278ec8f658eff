"""Pictures of runs as SVG that stands in the page: made of numbers alone, coloured by classes, each with a table beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from console.eval_words import share
from console.speech import _
from domain.eval_report import CalibrationReport, Trend, TrendPoint

SIDE, LEFT, TOP, BELOW = 290.0, 50.0, 12.0, 46.0
WIDE, HIGH = 340.0, 110.0
STEP = 5
"""Marks of an axis begin at a fifth."""


def calibration(found: CalibrationReport) -> Markup:
    """Stated confidence against the share that was right, with its interval; honest answers lie on the dashed line."""
    least = math.floor(min(min(one.confidence, one.right.low) for one in found.bins) * STEP) / STEP
    least = max(0.0, min(least, 0.8))
    marks = [least + (1 - least) * at / 4 for at in range(5)]

    def x(value: float) -> float:
        return LEFT + SIDE * (value - least) / (1 - least)

    def y(value: float) -> float:
        return TOP + SIDE - (x(value) - LEFT)

    parts = [_line(LEFT, y(at), LEFT + SIDE, y(at), "grid") for at in marks]
    parts += [_line(x(at), TOP, x(at), TOP + SIDE, "grid") for at in marks]
    parts += [_text(LEFT - 6, y(at) + 4, f"{at * 100:.0f} %", "end") for at in marks]
    parts += [_text(x(at), TOP + SIDE + 18, f"{at * 100:.0f} %", "middle") for at in marks]
    parts.append(_text(LEFT + SIDE / 2, TOP + SIDE + 38, _("stated confidence"), "middle"))
    parts.append(_text(LEFT + 6, TOP + 14, _("share that was right"), "start"))
    parts.append(_line(x(least), y(least), x(1), y(1), "honest"))
    for one in found.bins:
        at = x(min(1.0, one.confidence))
        parts.append(_line(at, y(one.right.low), at, y(one.right.high), "span"))
        parts.append(_dot(at, y(one.right.value), "dot"))
    return _picture(LEFT + SIDE + 26, TOP + SIDE + BELOW, _("Confidence against truth; the table below has the numbers."), parts)


def trend(found: Trend) -> Markup:
    """The share that passed from run to run with its interval; a hollow point asked other cases than the one before it."""
    points = found.points
    least = math.floor(min(one.passed.low for one in points) * 10) / 10
    most = min(1.0, math.ceil(max(one.passed.high for one in points) * 10) / 10)
    least = min(least, most - 0.1)

    def x(at: int) -> float:
        return LEFT + 8 + (WIDE - LEFT - 20) * at / max(1, len(points) - 1)

    def y(value: float) -> float:
        return 10 + (HIGH - 30) * (most - value) / (most - least)

    parts = [_line(LEFT, y(value), WIDE - 6, y(value), "grid") for value in (least, most)]
    parts += [_text(LEFT - 6, y(value) + 4, f"{value * 100:.0f} %", "end") for value in (least, most)]
    parts += [_line(x(at), y(one.passed.low), x(at), y(one.passed.high), "span thin") for at, one in enumerate(points)]
    parts += [_line(x(at), y(one.passed.value), x(at + 1), y(points[at + 1].passed.value), "path") for at, one in enumerate(points[:-1])]
    parts += [_dot(x(at), y(one.passed.value), "dot hollow" if one.other_cases else "dot") for at, one in enumerate(points)]
    return _picture(WIDE, HIGH, _said(points), parts)


def _said(points: Sequence[TrendPoint]) -> str:
    first, last = points[0].passed.value, points[-1].passed.value
    return _("Passed in %(count)s runs: %(first)s at first, %(last)s now.", count=len(points), first=share(first), last=share(last))


def _dot(x: float, y: float, kind: str) -> Markup:
    return Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="4.5"/>').format(kind, x, y)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(kind, x1, y1, x2, y2)


def _text(x: float, y: float, said: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, said)


def _picture(width: float, height: float, told: str, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="picture" viewBox="0 0 {:.0f} {:.0f}" width="{:.0f}" height="{:.0f}" role="img" aria-label="{}">{}</svg>'
    ).format(width, height, width, height, told, Markup().join(parts))
