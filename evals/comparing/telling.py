"""A comparison for a terminal and for a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.markup import escape
from rich.table import Table

from evals.comparing.comparison import Comparison, Flip, MetricChange, Way
from evals.comparing.side import PASSED, Provenance
from evals.comparing.words import amount, counted, named, plain, slices_said
from evals.suite import Metric

MOST_SLICES = 8
MARKS = {Way.WORSE: "✗", Way.BETTER: "✓", Way.SAME: "", Way.MIXED: "~"}
COLOURS = {Way.WORSE: "red", Way.BETTER: "green", Way.SAME: "dim", Way.MIXED: "yellow"}


@dataclass(frozen=True)
class Row:
    """One metric in words."""

    way: Way
    cells: tuple[str, str, str, str, str, str]
    """Name, before, after, difference with its interval, cases worse / better, chance."""


FEWEST_CHANGED = 6
"""Cases that all went the same way come below 5 % from here on."""
COLUMNS = ("metric", "before", "after", "difference [95 %]", "worse / better", "p")


def terminal(found: Comparison, most: int) -> Iterator[Table | str]:
    """Dangerous errors, metrics, where the change sits, slices, and at most so many flipped cases."""
    yield f"[bold]{escape(heading(found))}[/bold]"
    for line in (*found.differs, *left_out(found)):
        yield f"  {escape(line)}"
    yield from (f"[{'bold red' if new else 'green'}]{escape(line)}[/]" for line, new in _dangers(found, most))
    table = Table(*COLUMNS, box=None, pad_edge=False)
    for row in rows(found):
        table.add_row(*(escape(cell) for cell in row.cells), style=COLOURS[row.way])
    yield table
    yield from (f"[dim]{line}[/dim]" for line in _unmoved(found))
    yield from (f"[{COLOURS[one.way]}]{escape(where(one))}[/]" for one in found.metrics if one.way is not Way.SAME)
    if found.slices:
        table = Table("slice", "cases", "passed before", "after", "worse", "better", box=None, pad_edge=False)
        for one in found.slices[:MOST_SLICES]:
            name = f"{one.dimension}: {one.value}"
            shares = (f"{one.before:.1%}", f"{one.after:.1%}")
            table.add_row(escape(name), str(one.cases), *shares, str(one.worse), str(one.better))
        yield table
    for flip in found.flips[:most]:
        yield f"[{COLOURS[flip.way]}]{MARKS[flip.way]} {escape(flip.case_id)}[/] [dim]{escape(slices_said(flip.slices))}[/dim]"
        yield from (f"    {escape(line)}" for line in reasons(flip))
    if len(found.flips) > most:
        yield f"[dim]{counted(len(found.flips) - most, 'more case')} came to something else: --most shows more, --json all.[/dim]"
    if not found.flips:
        yield "Every case came to the same."


def markdown(found: Comparison, most: int) -> str:
    """The same for a pull request: GitHub's Markdown, the cases folded away."""
    lines = [f"### {heading(found)}", "", *(f"- {plain(line)}" for line in (*found.differs, *left_out(found)))]
    lines += ["", *(f"**{plain(line)}**" if new else plain(line) for line, new in _dangers(found, most))]
    lines += ["", f"| | {' | '.join(COLUMNS)} |", f"|{'---|' * (len(COLUMNS) + 1)}"]
    lines += [f"| {MARKS[row.way]} | {' | '.join(map(plain, row.cells))} |" for row in rows(found)]
    lines += ["", *_unmoved(found), *(f"- {plain(where(one))}" for one in found.metrics if one.way is not Way.SAME)]
    if found.flips:
        lines += ["", f"<details><summary>{counted(len(found.flips), 'case')} came to something else</summary>", ""]
        for flip in found.flips[:most]:
            lines += [
                f"- {MARKS[flip.way]} `{flip.case_id}` {plain(slices_said(flip.slices))}",
                *(f"  - {plain(line)}" for line in reasons(flip)),
            ]
        lines += [f"- and {len(found.flips) - most} more"] if len(found.flips) > most else []
        lines += ["", "</details>"]
    else:
        lines += ["", "Every case came to the same."]
    return "\n".join(lines) + "\n"


def heading(found: Comparison) -> str:
    """`routing: 01J… → 01K…, 400 cases`."""
    return f"{found.after.suite}: {_label(found.before)} → {_label(found.after)}, {counted(found.cases.compared, 'case')}"


def rows(found: Comparison) -> list[Row]:
    """`passed`, and every metric that moved in a case: worse ones first."""
    order = (Way.WORSE, Way.BETTER, Way.SAME)
    moved = [one for one in found.metrics if one.worse or one.better or one.metric.name == PASSED.name]
    return [_row(one) for one in sorted(moved, key=lambda one: order.index(one.way))]


def _unmoved(found: Comparison) -> Iterator[str]:
    same = [one.metric.name for one in found.metrics if not (one.worse or one.better or one.metric.name == PASSED.name)]
    if same:
        yield f"{counted(len(same), 'metric')} moved in no case."


def where(one: MetricChange) -> str:
    """`right_route got worse in tier: strategic (12 of 13 changed cases, 20 cases in it).`"""
    place = f"in {one.place}" if one.place else "evenly over all slices"
    return f"{one.metric.name} got {one.way} {place}."


def reasons(flip: Flip) -> Iterator[str]:
    """What changed in a case, and the judge's reasons."""
    if flip.dangerous[0] != flip.dangerous[1]:
        yield "its dangerous error is made now" if flip.dangerous[1] else "its dangerous error is no longer made"
    moved = [f"{name} {_bare(before)} → {_bare(after)}" for name, (before, after) in flip.values.items()]
    if moved:
        yield ", ".join(moved)
    yield from (f"{side}: {why}" for side, why in zip(("before", "after"), flip.why, strict=True) if why)


def _row(one: MetricChange) -> Row:
    metric = one.metric
    interval = f"{amount(metric, one.difference, signed=True)} [{_end(metric, one.low)}, {_end(metric, one.high)}]"
    moved = f"{len(one.worse)} / {len(one.better)}" if one.worse or one.better else ""
    unchanged = not (one.worse or one.better)
    cells = (
        f"{metric.name} ({one.cases})",
        amount(metric, one.before),
        amount(metric, one.after),
        "" if unchanged else interval,
        moved,
        "" if unchanged else _chance(one),
    )
    return Row(one.way, cells)


def _chance(one: MetricChange) -> str:
    """So few changed cases cannot tell anything, whichever way they went: a chance beside them would read as an answer."""
    return "too few" if one.chance == 1.0 and len(one.worse) + len(one.better) < FEWEST_CHANGED else f"{one.chance:.3f}"


def _end(metric: Metric, value: float) -> str:
    return amount(metric, value, signed=True).split(" ")[0]


def _dangers(found: Comparison, most: int) -> Iterator[tuple[str, bool]]:
    if found.new_dangers:
        yield f"New dangerous errors: {named(found.new_dangers, most)}", True
    if found.gone_dangers:
        yield f"Dangerous errors that are gone: {named(found.gone_dangers, most)}", False


def left_out(found: Comparison, most: int = 5) -> Iterator[str]:
    """Which cases are not compared, and why."""
    for what, ids in (("added", found.cases.added), ("removed", found.cases.removed), ("changed", found.cases.changed)):
        if ids:
            yield f"{counted(len(ids), 'case')} not compared, because {what}: {named(ids, most)}"


def moved(found: Comparison, most: int) -> Iterator[str]:
    """The cases that came to something else, by name, for whoever opens nothing."""
    for way in (Way.WORSE, Way.MIXED, Way.BETTER):
        ids = [one.case_id for one in found.flips if one.way is way]
        if ids:
            yield f"{counted(len(ids), 'case')} {way}: {named(ids, most)}"


def _label(side: Provenance) -> str:
    return f"{side.label} of {side.made_at[:10]}" if side.label == "baseline" else side.label


def _bare(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"
