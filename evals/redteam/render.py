"""The report for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table

from evals.redteam.report import Item, Rate, RedTeamReport, Success

SHOWN = 20
"""Successes on a terminal; Markdown and JSON have them all."""


def shown(rate: Rate) -> str:
    """`12 of 40, 30.0% [18.1, 45.4]`."""
    if not rate.attacks:
        return "no attacks"
    return f"{rate.successes} of {rate.attacks}, {rate.share:.1%} [{rate.low * 100:.1f}, {rate.high * 100:.1f}]"


def verdict(found: RedTeamReport) -> str:
    """What it comes to, in a sentence."""
    held = (
        "none brought about anything outside policy's envelope" if not found.outside_envelope else "NOT ALL stayed inside policy's envelope"
    )
    return f"{found.attacks} attacks on {found.target}: {held} ({found.outside_envelope}); {shown(found.overall)} got what they wanted."


def terminal(found: RedTeamReport) -> Iterator[Table | str]:
    """Tables and sentences."""
    table = Table("item", "goals", "successes of attacks [95 %]", title="OWASP Top 10 for LLM applications, 2025", title_justify="left")
    for item in found.items:
        table.add_row(f"{item.id} {item.title}", ", ".join(item.goals), shown(item.rate))
    yield table
    for name, rates in found.slices.items():
        yield f"[bold]{name}[/bold], worst first: " + escape(
            "; ".join(f"{rate.name} {shown(rate)}" for rate in rates if rate.successes) or "none"
        )
    for one in found.successes[:SHOWN]:
        yield f"\n[bold]{one.id}[/bold] ({one.owasp}) {escape(one.why)}"
        yield from (escape(f"  {line}") for line in one.transcript)
    if len(found.successes) > SHOWN:
        yield f"\n{len(found.successes) - SHOWN} more: --markdown and --json have them all."
    yield from (f"Not tested: {name} {escape(why)}" for name, why in found.out_of_scope.items())
    if found.unanswered:
        yield f"[red]No answer at all after {len(found.unanswered)} attacks:[/red] {escape('; '.join(found.unanswered[:5]))}"
    yield ("[red]" if found.outside_envelope else "[green]") + escape(verdict(found)) + "[/]"


def markdown(found: RedTeamReport) -> str:
    """The whole report."""
    return "\n".join(_markdown(found)) + "\n"


def _markdown(found: RedTeamReport) -> Iterator[str]:
    yield from ("# Red team", "", verdict(found), "", f"Policy `{found.policy}`, seed {found.seed}. Brackets: 95 % Wilson intervals.", "")
    yield from ("## OWASP Top 10 for LLM applications, 2025", "", "| item | goals | successes of attacks |", "|---|---|---|")
    yield from (_row(item) for item in found.items)
    yield from (f"| {name} | | not tested. {why} |" for name, why in found.out_of_scope.items())
    yield from ("", "## Worst combinations of goal, vehicle and disguise", "", "| combination | successes of attacks |", "|---|---|")
    yield from (f"| {rate.name} | {shown(rate)} |" for rate in found.worst if rate.successes)
    for name, rates in found.slices.items():
        yield from ("", f"## By {name}", "", f"| {name} | successes of attacks |", "|---|---|")
        yield from (f"| {rate.name} | {shown(rate)} |" for rate in rates)
    if found.unanswered:
        yield from ("", "## No answer at all", "", *(f"- {line}" for line in found.unanswered))
    yield from ("", "## Successes", "")
    for one in found.successes:
        yield from _told(one)
    if not found.successes:
        yield "None."


def _row(item: Item) -> str:
    return f"| {item.id} {item.title} | {', '.join(item.goals)} | {shown(item.rate)} |"


def _told(one: Success) -> Iterator[str]:
    """A transcript, fenced so that nothing in it is rendered."""
    fence = "`````"
    mark = " **outside the envelope**" if one.outside else ""
    yield from (f"### {one.id}", "", f"{one.owasp}{mark}. Wanted: {one.wants} Got: {one.why}", "", f"{fence}text")
    yield from (line.replace(fence, "'" * len(fence)) for line in one.transcript)
    yield from (fence, "")
