"""What the demo tells: tables and panels, apart from the doing."""

from __future__ import annotations

import statistics
from typing import Any

from rich.table import Table

from cli.console import out
from domain.views import part

MODE_STYLE = {"ai": "green", "hybrid": "yellow", "human": "magenta"}
SHOWN_GUARDS = 2


def decisions_table(cases: list[tuple[dict[str, Any], float]]) -> Table:
    """One line a case: client, tier, value, route, guards, SLA, why, milliseconds."""
    table = Table(title="Decisions", title_justify="left", header_style="bold", show_lines=True, expand=True)
    columns: dict[str, dict[str, Any]] = {
        "client": {"ratio": 3},
        "tier": {"no_wrap": True},
        "at stake": {"justify": "right", "no_wrap": True},
        "route": {"ratio": 2},
        "guards": {"ratio": 4},
        "ack": {"justify": "right", "no_wrap": True},
        "why": {"ratio": 5},
        "ms": {"justify": "right", "no_wrap": True},
    }
    for name, options in columns.items():
        table.add_column(name, **options)
    for case, took_ms in cases:
        table.add_row(*_row(case, took_ms))
    return table


def _row(case: dict[str, Any], took_ms: float) -> list[str]:
    client, value, decision, review = part(case, "client"), case["value"], case["decision"], case["review"]
    who = client.get("name") or "unknown sender"
    stake = f"{float(value['at_stake']['amount']):,.0f} {value['at_stake']['currency']}" if value else "-"
    if decision is None:
        return [
            who,
            client.get("tier") or "-",
            stake,
            "[cyan]waits for a person[/cyan]",
            f"review by {review['by']}" if review else "-",
            "-",
            "",
            f"{took_ms:.0f}",
        ]
    route = decision["route"]
    guards = [guard["id"] for guard in decision["guards"]]
    more = f" +{len(guards) - SHOWN_GUARDS}" if len(guards) > SHOWN_GUARDS else ""
    return [
        who,
        client.get("tier") or "-",
        stake,
        f"[{MODE_STYLE[route['mode']]}]{route['mode']}[/] {route['pool']}",
        ", ".join(guards[:SHOWN_GUARDS]) + more or "-",
        span(decision["sla"]["ack_within_s"]),
        decision["guards"][0]["because"] if decision["guards"] else "The router's proposal lies inside policy.",
        f"{took_ms:.0f}",
    ]


def span(seconds: int) -> str:
    """Seconds in the largest unit that fits."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds / size:g}{unit}"
    return f"{seconds}s"


def step(text: str) -> None:
    """A new step of the story."""
    out.print(f"\n[bold blue]▸[/bold blue] [bold]{text}[/bold]")


def said(text: str) -> None:
    """What came of it."""
    out.print(f"  {text}")


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
