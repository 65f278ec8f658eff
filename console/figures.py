"""The dashboard's figures as pictures, each with the sentence that says what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from babel import dates

from console import charts, words
from console.charts import Bar, Chart, Point, milliseconds, whole
from console.speech import SPOKEN, _, mark
from desk.dashboard import Figures, Span
from domain.figures import PromiseCount

STAGES = {
    "total": mark("all together"),
    "context": mark("context"),
    "value": mark("value"),
    "model": mark("models"),
    "policy": mark("policy"),
}
MODES = (("ai", "c1", mark("AI alone")), ("hybrid", "c3", mark("person with a draft")), ("human", "c4", mark("person")))
PROMISES = (("met", "c1", mark("kept")), ("breached", "c2", mark("missed")), ("running", "c3", mark("running")))
DAYS = {"en": "d MMM", "de": "d. MMM"}
MINUTES = {"en": "d MMM, HH:mm", "de": "d. MMM, HH:mm"}
"""A date as `words.moment` writes it, without the time of day, and a moment without its year and zone."""


def attainment(promises: list[PromiseCount]) -> float | None:
    """Of the promises that are settled, those that were kept."""
    met, breached = sum(one.met for one in promises), sum(one.breached for one in promises)
    return met / (met + breached) if met + breached else None


def settled(promises: list[PromiseCount]) -> str:
    """How many of the promises are settled: a share of two says little."""
    done, running = sum(one.met + one.breached for one in promises), sum(one.running for one in promises)
    if not done + running:
        return ""
    return _("%(num)s of %(all)s are settled", num=whole(done), all=whole(done + running))


def mode_tiles(found: Figures) -> Iterator[tuple[str, float | None, str]]:
    """Who answers, each with its share and its count: together they are all decisions."""
    for name, _kind, says in MODES:
        count, said = found.modes.get(name, 0), _(says)
        told = _("%(num)s of %(all)s", num=whole(count), all=whole(found.tally.decisions)) if found.tally.decisions else ""
        yield said[:1].upper() + said[1:], found.tally.share(count), told


def promise_chart(found: Figures) -> Chart:
    """Kept, missed and running promises of each tier."""
    rows = [
        (words.plain(one.tier), [Bar(_(says), getattr(one, name), kind) for name, kind, says in PROMISES])
        for one in found.promises
        if one.tier and one.met + one.breached + one.running
    ]
    kept = words.percent(attainment(found.promises)) or "–"
    return charts.shares(
        _("Promises by tier"),
        _("Of the promises that are settled, %(share)s were kept.", share=kept),
        rows,
        whole,
        [_("Tier"), *(_(says) for _name, _kind, says in PROMISES)],
    )


def mode_chart(found: Figures) -> Chart:
    """Who answers."""
    parts = [Bar(_(says), found.modes.get(name, 0), kind) for name, kind, says in MODES]
    return charts.shares(
        _("Who answers"),
        _("In %(ai)s of %(all)s decisions the AI answers alone.", ai=whole(found.modes.get("ai", 0)), all=whole(found.tally.decisions)),
        [(_("decisions"), parts)],
        whole,
        ["", *(_(says) for _name, _kind, says in MODES)],
    )


def stage_chart(found: Figures) -> Chart:
    """How long the stages took."""
    slow = next((one.p95_ms for one in found.stage_times if one.stage == "total"), 0.0)
    return charts.spread(
        _("Time to decide, by stage"),
        _("Nineteen of twenty decisions were made within %(slow)s.", slow=milliseconds(slow)),
        [(_(STAGES[one.stage]), one.p50_ms, one.p95_ms) for one in found.stage_times],
        milliseconds,
        lambda half, slow: _("%(half)s, 95 %% within %(slow)s", half=milliseconds(half), slow=milliseconds(slow)),
        (_("Stage"), _("Half within"), _("95 % within")),
    )


def volume_chart(found: Figures, span: Span) -> Chart:
    """Decisions over time."""
    points = [Point(_when(one.begins_at, span), one.decisions) for one in found.volume]
    most = max(points, key=lambda point: point.value)
    return charts.line(
        _("Decisions over time"),
        _("%(all)s decisions; most, %(most)s, from %(when)s on.", all=whole(found.tally.decisions), most=whole(most.value), when=most.says),
        points,
        whole,
        (_("From"), _("Decisions")),
        (_end(found.window.since, span), _end(found.window.now, span)),
    )


def version_chart(found: Figures) -> Chart:
    """How much each version decided."""
    bars = [
        Bar(version_name(one.named.name, one.named.version) if one.named else one.digest[:16], one.tally.decisions)
        for one in found.versions
    ]
    return charts.bars(
        _("Decisions by version"),
        _("%(name)s decided most.", name=bars[0].label) if bars else "",
        bars,
        whole,
        (_("Version"), _("Decisions")),
    )


def guard_chart(found: Figures) -> Chart:
    """The guards that fired most."""
    bars = [Bar(one.guard, one.decisions) for one in found.guards]
    return charts.bars(
        _("Guards that fired most"),
        _("%(name)s fired most, in %(num)s decisions.", name=bars[0].label, num=whole(bars[0].value)) if bars else "",
        bars,
        whole,
        (_("Guard"), _("Decisions")),
    )


def keys_of(what: str) -> Iterator[tuple[str, str]]:
    """The legend of parts: class and word."""
    for _name, kind, says in PROMISES if what == "promises" else MODES:
        yield kind, _(says)


def version_name(name: str, number: int) -> str:
    """`vip-support 7`."""
    return f"{name} {number}"


def dollars(amount: float) -> str:
    """Money that models took; a tenth of a cent still says something."""
    return f"${amount:,.2f}" if amount >= 1 or not amount else f"${amount:.4f}"


def _when(at: datetime, span: Span) -> str:
    """When a piece of the window begins."""
    return _dated(at, "HH:mm" if span is Span.DAY else DAYS[SPOKEN.get().locale])


def _end(at: datetime, span: Span) -> str:
    """An end of the axis: of a day by the minute, since it begins and ends at the same time of day."""
    return _dated(at, (MINUTES if span is Span.DAY else DAYS)[SPOKEN.get().locale])


def _dated(at: datetime, pattern: str) -> str:
    speech = SPOKEN.get()
    return dates.format_datetime(at.astimezone(speech.clock), pattern, locale=speech.babel)
