"""The demo's tables fit the terminal that they are printed on."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from cli.story import decisions_table, line_of, quoted

SLA = {"ack_within_s": 300}
GUARDS = [
    {"id": "eu-residency", "effect": "pools eu-core; model regions eu", "because": "EU clients' data stays in the EU."},
    {"id": "strategic-outage", "effect": "modes human; require review by lead", "because": "A strategic client is down."},
    {"id": "ai-scope", "effect": "modes hybrid, human", "because": "The AI alone answers simple questions only."},
]
VALUE = {"at_stake": {"amount": "12104076.00", "currency": "EUR"}}
DECIDED: dict[str, Any] = {
    "client": {"name": "Donaudampfschifffahrtsgesellschaft [Wien]", "tier": "strategic"},
    "value": VALUE,
    "decision": {"route": {"mode": "hybrid", "pool": "apac-security"}, "guards": GUARDS, "sla": SLA},
}
WAITING: dict[str, Any] = {"client": None, "value": None, "decision": None}
REVIEW: dict[str, Any] = {"guards": GUARDS[:1], "sla": SLA, "by": "lead"}
LINES = [line_of(DECIDED, None, 1545.2), line_of(WAITING, REVIEW, 12.0), line_of(WAITING, None, 3.0)]


def shown(width: int) -> list[str]:
    """The table as a terminal of this width shows it."""
    out = StringIO()
    Console(file=out, width=width).print(decisions_table(LINES, width))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 117, 118, 140, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(len(line.rstrip()) for line in shown(width)) <= width


def test_eighty_columns_take_two_lines_a_case_and_cut_no_pool_guard_or_amount() -> None:
    header, _, first, second, *rest = shown(80)[1:]
    assert header.split() == ["client", "tier", "at", "stake", "route", "ack", "ms"]
    assert "hybrid apac-security" in first
    assert "12,104,076 EUR" in first
    assert second == "  strategic-outage, ai-scope +1: A strategic client is down."
    assert len(rest) == 4


def test_the_guard_that_says_most_is_named_first() -> None:
    assert LINES[0].guards == "strategic-outage, ai-scope +1"


def test_a_case_that_waits_is_shown_with_what_its_review_knows() -> None:
    assert (LINES[1].client, LINES[1].route, LINES[1].ack) == ("unknown sender", "waits for a lead", "5m")


def test_a_clients_words_are_one_line_and_no_markup() -> None:
    assert quoted("Hello\n[red]you[/red] " + "x" * 300, 30) == "“Hello \\[red]you\\[/red] xxxxxxxx…”"
