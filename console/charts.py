"""Charts as SVG made on the server: told apart by colour and by pattern, each with its numbers as a table beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

from babel import numbers
from markupsafe import Markup

from console.rendering import templates
from console.speech import SPOKEN, _

WIDTH, ROW, LABELS, VALUES, NAMES = 400, 28, 122, 66, 98
LETTER, NARROWEST = 7.2, 60
"""How wide a letter is at most on the average, and what is left for bars at least."""
LINE_HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 180, 52, 12, 12, 28
TICKS = 4
DOTTED = 40
"""Points that are few enough to be marked each."""
NARROW_LABEL = 18
"""Characters of a label that fit beside a bar; the table has the whole."""
STEPS = (1, 2, 2.5, 5, 10)
Said = Callable[[float], str]


@dataclass(frozen=True)
class Bar:
    """One bar, or one part of a stacked one."""

    label: str
    value: float
    kind: str = "c1"
    """The class that colours it."""


@dataclass(frozen=True)
class Point:
    """One point of a line; `says` is when, in words."""

    says: str
    value: float


@dataclass(frozen=True)
class Chart:
    """A picture with its title, the sentence that says what it shows, and its table."""

    title: str
    says: str
    width: int
    height: int
    marks: Markup
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __html__(self) -> str:
        """The picture and its table."""
        return templates().get_template("chart.html").render(chart=self, key=f"chart-{crc32(self.title.encode()):08x}")


def bars(title: str, says: str, found: Sequence[Bar], said: Said, head: tuple[str, str]) -> Chart:
    """Lying bars, one below the other, from nothing to the right; what takes away goes to the left of it."""
    least, most = (pick([0.0, *(bar.value for bar in found)]) for pick in (min, max))
    scale = (WIDTH - LABELS - VALUES) / ((most - least) or 1)
    zero = LABELS - least * scale
    marks = Markup()
    for number, bar in enumerate(found):
        top, long = number * ROW, abs(bar.value) * scale
        left = zero - long if bar.value < 0 else zero
        marks += _text(LABELS - 8, top + 19, _short(bar.label), "end")
        marks += Markup('<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>').format(bar.kind, left, top + 5, long, ROW - 10)
        marks += _text(max(left + long, zero) + 8, top + 19, said(bar.value), "start", "strong")
    if least < 0:
        marks += _line(zero, 0, zero, len(found) * ROW, "grid")
    rows = tuple((bar.label, said(bar.value)) for bar in found)
    return Chart(title, says, WIDTH, max(1, len(found)) * ROW, marks, head, rows)


def spread(
    title: str,
    says: str,
    found: Sequence[tuple[str, float, float]],
    said: Said,
    both: Callable[[float, float], str],
    head: tuple[str, str, str],
) -> Chart:
    """The middle and the slow end of each: a bar up to the first, a thin line on to the second with a mark at its end; both in words."""
    most = max((high for _name, _middle, high in found), default=0) or 1
    told = [both(middle, high) for _name, middle, high in found]
    room = max(NARROWEST, WIDTH - NAMES - LETTER * max(map(len, told), default=0))
    marks = Markup()
    for number, (name, middle, high) in enumerate(found):
        top = number * ROW
        first, last = room * middle / most, room * high / most
        marks += _text(NAMES - 8, top + 19, _short(name), "end")
        marks += Markup('<rect class="c1" x="{}" y="{}" width="{:.1f}" height="{}"/>').format(NAMES, top + 5, first, ROW - 10)
        marks += _line(NAMES + first, top + 14, NAMES + last, top + 14, "whisker")
        marks += _line(NAMES + last, top + 7, NAMES + last, top + 21, "whisker")
        marks += _text(NAMES + last + 8, top + 19, told[number], "start", "strong")
    rows = tuple((name, said(middle), said(high)) for name, middle, high in found)
    return Chart(title, says, WIDTH, max(1, len(found)) * ROW, marks, head, rows)


def shares(title: str, says: str, found: Sequence[tuple[str, Sequence[Bar]]], said: Said, head: Sequence[str]) -> Chart:
    """Bars of equal length, each cut into its parts; parts are told apart by colour and pattern, and told in a legend."""
    room = WIDTH - LABELS - VALUES
    marks = Markup()
    for number, (name, parts) in enumerate(found):
        top, at, total = number * ROW, float(LABELS), sum(part.value for part in parts)
        marks += _text(LABELS - 8, top + 19, _short(name), "end")
        for part in (part for part in parts if part.value):
            long = room * part.value / total
            marks += _part(part.kind, at, top + 4, long, ROW - 8)
            at += long
        marks += _text(LABELS + room + 8, top + 19, said(total), "start", "strong")
    rows = tuple((name, *(said(part.value) for part in parts)) for name, parts in found)
    return Chart(title, says, WIDTH, max(1, len(found)) * ROW, marks, tuple(head), rows)


def line(title: str, says: str, found: Sequence[Point], said: Said, head: tuple[str, str], ends: tuple[str, str] | None = None) -> Chart:
    """A line over time, from nothing up; the axis is marked at round numbers.

    With `ends` the points are pieces of the time between them, and each stands in the middle of its piece.
    """
    step = _step(max((point.value for point in found), default=0))
    most, room, high = step * TICKS, WIDTH - LEFT - RIGHT, LINE_HEIGHT - TOP - BOTTOM
    marks = Markup()
    for tick in range(TICKS + 1):
        y = TOP + high - high * tick / TICKS
        marks += _line(LEFT, y, WIDTH - RIGHT, y, "grid") + _text(LEFT - 8, y + 4, said(step * tick), "end")
    steps, shift = (max(1, len(found)), 0.5) if ends else (max(1, len(found) - 1), 0.0)
    places = [(LEFT + room * (number + shift) / steps, TOP + high - high * point.value / most) for number, point in enumerate(found)]
    for before, after in pairwise(places):
        marks += _line(*before, *after, "path")
    for x, y in places if len(places) <= DOTTED else ():
        marks += Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="2.5"/>').format(x, y)
    for x, named, anchor in _named(found, places, ends):
        marks += _text(x, LINE_HEIGHT - 8, named, anchor)
    rows = tuple((point.says, said(point.value)) for point in found)
    return Chart(title, says, WIDTH, LINE_HEIGHT, marks, head, rows)


def _named(found: Sequence[Point], places: Sequence[tuple[float, float]], ends: tuple[str, str] | None) -> Iterator[tuple[float, str, str]]:
    """What is named below the axis, where, and how it is anchored: its ends, or else the first point and the last."""
    if ends:
        yield LEFT, ends[0], "start"
        yield WIDTH - RIGHT, ends[1], "end"
        return
    if found:
        yield places[0][0], found[0].says, "start"
    if len(found) > 1:
        yield places[-1][0], found[-1].says, "end"


def _step(most: float) -> float:
    """The round number between two marks of an axis that reaches `most`."""
    size = 10.0 ** (len(str(int(most / TICKS))) - 1)
    return next(size * one for one in STEPS if size * one * TICKS >= most)


def _short(label: str) -> str:
    return label if len(label) <= NARROW_LABEL else f"{label[: NARROW_LABEL - 1]}…"


def _text(x: float, y: float, said: str, anchor: str, kind: str = "") -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" class="{}">{}</text>').format(x, y, anchor, kind, said)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(kind, x1, y1, x2, y2)


def _part(kind: str, x: float, y: float, width: float, height: float) -> Markup:
    """A part of a bar: its colour, and its pattern over it, for whoever does not tell the colours apart."""
    box = Markup('x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"').format(x, y, width, height)
    return Markup('<rect class="part {}" {}/><rect fill="url(#pattern-{})" {}/>').format(kind, box, kind, box)


def whole(value: float) -> str:
    """`1,204` of 1204.0, as the visitor's language writes it."""
    return numbers.format_decimal(round(value), locale=SPOKEN.get().babel)


def milliseconds(value: float) -> str:
    """`12.4 ms`, and without a fraction where that says nothing."""
    told = round(value, 1) if value < 100 else round(value)
    return _("%(number)s ms", number=numbers.format_decimal(told, locale=SPOKEN.get().babel))
