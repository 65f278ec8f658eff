"""Pictures as SVG that stands in the page: drawn at the width of a phone, told apart by shape and words and not by colour alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from domain.canonical import digest
from evals.reports.figures import percent, value_of, words_of
from evals.reports.readable import one_line
from evals.statistics.calibration import Calibration
from evals.statistics.confusion import Confusion
from evals.statistics.summary import MetricSummary

WIDTH = 360
MOST_SLICES = 14
FEWEST = 5
"""Cases of a slice that is drawn: fewer say nothing, unless it is worse beyond chance."""
FITTING = 48
"""Letters on one line of a picture."""
CUT = "…"


def confusion(found: Confusion) -> Markup:
    """Rows are right, columns are given; the darker a cell, the larger its share of the row. The diagonal is framed."""
    labels, cell, left, top = found.labels, 44 if len(found.labels) <= 6 else 30, 104, 78
    width, height = left + cell * len(labels) + 44, top + cell * len(labels) + 4
    parts = [_text(left + cell * (at + 0.5), top - 8, _short(label, 14), turned=True) for at, label in enumerate(labels)]
    for row, (label, counts) in enumerate(zip(labels, found.counts, strict=True)):
        parts.append(_text(left - 8, top + cell * (row + 0.5) + 4, _short(label, 13), "end"))
        for column, number in enumerate(counts):
            share = number / sum(counts) if number else 0.0
            x, y = left + cell * column, top + cell * row
            kind = "hit" if row == column else "miss"
            parts.append(
                Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" fill-opacity="{:.2f}"/>').format(
                    kind, x + 1, y + 1, cell - 2, cell - 2, 0.08 + 0.82 * share if number else 0.0
                )
            )
            if number:
                dark = " on" if share > 0.65 else ""
                parts.append(_text(x + cell / 2, y + cell / 2 + 4, str(number), "middle", f"count{dark}"))
    told = ", ".join(f"{right} taken for {given} {number} times" for right, given, number in found.mistakes()[:5]) or "no mistakes"
    title = f"{words_of(found.name)}: right label by given label"
    return _picture(width, height, title, f"{found.right} of {found.total} are right; {one_line(told, 400)}.", parts)


def calibration(found: Calibration) -> Markup:
    """Stated confidence against the share that was right, with its interval; honest answers lie on the dashed line."""
    left, top, size = 46, 12, 290
    least = math.floor(min(min(one.confidence, one.right.low) for one in found.bins) * 5) / 5
    ticks = [least + (1 - least) * at / 4 for at in range(5)]

    def x(value: float) -> float:
        return left + size * (value - least) / max(1e-9, 1 - least)

    def y(value: float) -> float:
        return top + size - (x(value) - left)

    parts = [_line(left, y(at), left + size, y(at), "grid") for at in ticks]
    parts += [_line(x(at), top, x(at), top + size, "grid") for at in ticks]
    parts += [_text(left - 6, y(at) + 4, f"{at * 100:.0f} %", "end", "axis") for at in ticks]
    parts += [_text(x(at), top + size + 18, f"{at * 100:.0f} %", "middle", "axis") for at in ticks]
    parts.append(_text(left + size / 2, top + size + 38, "stated confidence", "middle", "axis"))
    parts.append(_text(left + 6, top + 14, "share that was right", "start", "axis"))
    parts.append(_line(x(least), y(least), x(1), y(1), "honest"))
    for one in found.bins:
        parts.append(_line(x(one.confidence), y(one.right.low), x(one.confidence), y(one.right.high), "span"))
        parts.append(Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="4.5"/>').format(x(one.confidence), y(one.right.value)))
    told = "; ".join(f"said {percent(one.confidence)}, right {percent(one.right.value)}" for one in found.bins)
    return _picture(WIDTH, top + size + 48, "Confidence against truth", f"{told}.", parts)


def slices(found: MetricSummary) -> Markup:
    """One metric by slice with its interval, worst first; a line for all cases. A slice worse than the rest is a diamond and says so."""
    shown = [one for one in found.slices if one.rest is not None and (one.figure.n >= FEWEST or one.worse)][:MOST_SLICES]
    if not shown or found.figure is None:
        return Markup()
    row, top, left, right = 38, 26, 8, WIDTH - 8
    scale = _scale(found, [one.figure.high for one in shown])

    def x(value: float) -> float:
        return left + (right - left) * min(1.0, max(0.0, value / scale))

    whole = x(found.figure.value)
    anchor = "start" if whole < WIDTH / 3 else "end" if whole > 2 * WIDTH / 3 else "middle"
    parts = [_text(whole, 14, f"all: {value_of(found.metric, found.figure.value)}", anchor, "axis")]
    for at, one in enumerate(shown):
        y = top + row * at + 14
        worse = " worse" if one.worse else ""
        value = f"{'worse: ' if worse else ''}{value_of(found.metric, one.figure.value)} of {one.figure.n}"
        name = _short(one.name, FITTING - len(value))
        parts += [_text(left, y, name, "start", f"label{worse}"), _text(right, y, value, "end", f"label{worse}")]
        parts += [_line(left, y + 12, right, y + 12, "grid"), _line(x(one.figure.low), y + 12, x(one.figure.high), y + 12, f"span{worse}")]
        parts.append(_mark(x(one.figure.value), y + 12, one.worse))
    height = top + row * len(shown) + 6
    parts.insert(1, _line(whole, 20, whole, height - 4, "honest"))
    told = "; ".join(f"{one.name} {value_of(found.metric, one.figure.value)}" for one in shown[:5])
    return _picture(WIDTH, height, f"{words_of(found.metric.name)} by slice, worst first", f"{one_line(told, 400)}.", parts)


def _scale(found: MetricSummary, highs: Sequence[float]) -> float:
    if found.metric.kind == "share":
        return 1.0
    return max([*highs, 1e-9])


def _mark(x: float, y: float, worse: bool) -> Markup:
    if not worse:
        return Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="4.5"/>').format(x, y)
    return Markup('<path class="dot worse" d="M{:.1f} {:.1f}l6 6-6 6-6-6z"/>').format(x, y - 6)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(kind, x1, y1, x2, y2)


def _text(x: float, y: float, said: str, anchor: str = "start", kind: str = "label", *, turned: bool = False) -> Markup:
    turn = Markup(' transform="rotate(-50 {:.1f} {:.1f})"').format(x, y) if turned else Markup()
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}"{}>{}</text>').format(kind, x, y, anchor, turn, said)


def _short(label: str, most: int) -> str:
    shown = one_line(label, most + 40)
    return shown if len(shown) <= most else f"{shown[: most - 1]}{CUT}"


def _picture(width: float, height: float, title: str, told: str, parts: Sequence[Markup]) -> Markup:
    number = digest(title.encode())[7:15]
    return Markup(
        '<svg viewBox="0 0 {w:.0f} {h:.0f}" style="max-width:{m:.0f}px;min-width:{least:.0f}px" role="img" aria-labelledby="t{n} d{n}">'
        '<title id="t{n}">{title}</title><desc id="d{n}">{told}</desc>{parts}</svg>'
    ).format(
        w=width,
        h=height,
        m=width * 1.3,
        least=width * 0.85 if width > WIDTH else 0,
        n=number,
        title=title,
        told=told,
        parts=Markup().join(parts),
    )
