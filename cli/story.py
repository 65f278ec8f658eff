"""What the demo tells: tables and panels, apart from the doing."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rich.cells import set_cell_size
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.console import out
from domain.views import part

MODE_STYLE = {"ai": "green", "hybrid": "yellow", "human": "magenta", "waits": "cyan"}
SHOWN_GUARDS = 2
WIDE_ENOUGH = 118
TELLING = ("require review", "modes human", "modes hybrid", "forbid", "pools")  # words of an effect, the weightiest first
NARROW = {"client": 25, "tier": 9, "at stake": 14, "route": 20, "ack": 3, "ms": 4}


@dataclass(frozen=True)
class Line:
    """One case of the table."""

    client: str
    tier: str
    stake: str
    mode: str
    pool: str
    guards: str
    ack: str
    why: str
    ms: str

    @property
    def route(self) -> str:
        """Mode and pool."""
        return f"{self.mode} {self.pool}"


def line_of(case: dict[str, Any], review: dict[str, Any] | None, took_ms: float) -> Line:
    """A case and, while it waits for a person, its review."""
    client, value, judged = part(case, "client"), case["value"], case["decision"] or review or {}
    guards = sorted(judged.get("guards", []), key=_weight)
    more = f" +{len(guards) - SHOWN_GUARDS}" if len(guards) > SHOWN_GUARDS else ""
    route = part(judged, "route")
    return Line(
        client=client.get("name") or "unknown sender",
        tier=client.get("tier") or "-",
        stake=f"{float(value['at_stake']['amount']):,.0f} {value['at_stake']['currency']}" if value else "-",
        mode=route.get("mode", "-") if case["decision"] else "waits",
        pool=route.get("pool", "-") if case["decision"] else f"for a {judged.get('by', 'person')}",
        guards=", ".join(guard["id"] for guard in guards[:SHOWN_GUARDS]) + more or "-",
        ack=span(judged["sla"]["ack_within_s"]) if judged else "-",
        why=guards[0]["because"] if guards else "The router's proposal lies inside policy.",
        ms=f"{took_ms:.0f}",
    )


def _weight(guard: dict[str, Any]) -> tuple[int, str]:
    """The guard that says most about where a case went comes first."""
    return next((rank for rank, words in enumerate(TELLING) if words in guard["effect"]), len(TELLING)), guard["id"]


def decisions_table(lines: list[Line], width: int) -> RenderableType:
    """Client, tier, value, route, guards, SLA, why, milliseconds: a table where there is room for one, else two lines a case."""
    return _wide(lines) if width >= WIDE_ENOUGH else _narrow(lines)


def _wide(lines: list[Line]) -> Table:
    table = Table(title="Decisions", title_justify="left", header_style="bold", show_lines=True, expand=True)
    columns: dict[str, dict[str, Any]] = {
        "client": {"ratio": 5, "min_width": 16},
        "tier": {"no_wrap": True},
        "at stake": {"justify": "right", "no_wrap": True},
        "route": {"no_wrap": True, "min_width": 11},
        "guards": {"ratio": 7, "min_width": 20},
        "ack": {"justify": "right", "no_wrap": True},
        "why": {"ratio": 8},
        "ms": {"justify": "right", "no_wrap": True},
    }
    for name, options in columns.items():
        table.add_column(name, **options)
    for one in lines:
        route = f"[{MODE_STYLE.get(one.mode, '')}]{one.mode}[/]\n{one.pool}"
        table.add_row(escape(one.client), one.tier, one.stake, route, one.guards, one.ack, escape(one.why), one.ms)
    return table


def _narrow(lines: list[Line]) -> Group:
    rows = [Text("Decisions", style="italic"), _cells(NARROW, ""), Text("─" * (sum(NARROW.values()) + len(NARROW) - 1))]
    for one in lines:
        rows.append(_cells([one.client, one.tier, one.stake, one.route, one.ack, one.ms], MODE_STYLE.get(one.mode, "")))
        rows.append(Text(f"  {one.guards}: {one.why}", style="dim", no_wrap=True, overflow="ellipsis"))
    return Group(*rows)


def _cells(values: Iterable[str], route_style: str) -> Text:
    """One line of the narrow table; numbers stand to the right, and what is too long is cut."""
    line = Text(no_wrap=True)
    for (name, size), value in zip(NARROW.items(), values, strict=True):
        cut = value if len(value) <= size else value[: size - 1] + "…"
        shown = f"{cut:>{size}}" if name in ("at stake", "ack", "ms") else set_cell_size(cut, size)
        line.append(shown, style=route_style if name == "route" else "").append(" ")
    line.rstrip()
    return line


def span(seconds: int) -> str:
    """Seconds in the largest unit that fits."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds / size:g}{unit}"
    return f"{seconds}s"


def short_digest(digest: str) -> str:
    """Enough of a digest to compare it by eye."""
    return f"{digest[:23]}…{digest[-8:]}"


def quoted(text: str, most: int = 160) -> str:
    """A client's words on one line, cut, and safe to print."""
    line = " ".join(text.split())
    return escape(f"“{line if len(line) <= most else line[: most - 1] + '…'}”")


def step(text: str) -> None:
    """A new step of the story."""
    out.print(f"\n[bold blue]▸[/bold blue] [bold]{text}[/bold]")


def said(text: str) -> None:
    """What came of it, set in; words that do not fit go on below, set in as well."""
    out.print(Padding(Text.from_markup(text), (0, 0, 0, 2), expand=False))


def width() -> int:
    """Columns of the terminal."""
    console: Console = out
    return console.width


def latency_line(times_ms: list[float], seconds: float) -> str:
    """p50, p99 and throughput of the stream."""
    ordered = sorted(times_ms)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"p50 {statistics.median(ordered):.0f} ms, p99 {p99:.0f} ms, {len(ordered) / seconds:.0f} messages/s"


def summary_table(cases: list[dict[str, Any]]) -> Table:
    """How the stream was routed, by tier."""
    table = Table(title="Where the stream went", title_justify="left", header_style="bold")
    columns = ("ai", "hybrid", "human", "waits for a person")
    table.add_column("tier")
    for column in columns:
        table.add_column(column, justify="right")
    counts: dict[str, dict[str, int]] = {}
    for case in cases:
        tier = part(case, "client").get("tier") or "unknown"
        where = case["decision"]["route"]["mode"] if case["decision"] else "waits for a person"
        counts.setdefault(tier, dict.fromkeys(columns, 0))[where] += 1
    for tier in sorted(counts, key=_tier_order):
        table.add_row(tier, *(str(counts[tier][column]) for column in columns))
    return table


def _tier_order(tier: str) -> tuple[int, str]:
    known = ("strategic", "premium", "standard")
    return (known.index(tier) if tier in known else len(known), tier)
