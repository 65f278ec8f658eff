"""`maitred eval drift`: the decisions of a span beside the last window that somebody accepted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

import typer
from rich.markup import escape

from cli.console import out, plain_errors, print_json
from cli.moments import moment_of
from desk.eval_windows import EvalWindows
from domain.errors import InvalidInput
from domain.eval_window import WindowSample, WindowSpan
from evals.comparing.words import counted
from evals.production.drift import INDEX_LARGE, DriftReport, Finding, drift
from evals.production.window import window_of
from runtime.clock import shared_clock
from runtime.embedded import resolved_stack
from runtime.servers import patient_database
from runtime.settings import load_settings
from stores.eval_windows import PgWindowViews
from stores.postgres import Database
from stores.schema import stands
from stores.seen_decisions import PgSeenDecisions

Result = TypeVar("Result")
FOUND = 1
SHOWN = 12
Since = Annotated[str, typer.Option(help="From then on: a time, or a span such as 7d.")]
Until = Annotated[str | None, typer.Option(help="Until then, exclusive; now when left out.")]
Region = Annotated[str | None, typer.Option(help="Only this region's decisions.")]
app = typer.Typer(
    invoke_without_command=True,
    add_completion=False,
    help="Compare what comes in, and what is done, with the last window that somebody accepted.",
    epilog="Exit status: 0 compared, 1 refused, or a drift with --strict.",
)


@app.callback()
def compare(
    context: typer.Context,
    since: Since = "7d",
    until: Until = None,
    against: Annotated[
        str, typer.Option(help="`last`, the id of an accepted window, or SINCE..UNTIL such as 2026-10-01..2026-11-01.")
    ] = "last",
    region: Region = None,
    strict: Annotated[bool, typer.Option("--strict", help="A drift, or too few decisions to tell, ends with exit status 1.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare the decisions of a span with those that somebody accepted."""
    if context.invoked_subcommand is not None:
        return
    with plain_errors():

        async def go(database: Database) -> DriftReport:
            before = await _against(database, against, region)
            return drift(before, await window_of(PgSeenDecisions(database), _span(since, until, region)))

        found = _with_database(go)
    if json:
        print_json({**found.model_dump(mode="json"), "drifted": [one.feature for one in found.drifted]})
    else:
        _tell(found)
    if strict and (found.drifted or found.untested):
        raise typer.Exit(FOUND)


@app.command()
def accept(
    by: Annotated[str, typer.Option("--by", help="Your name: it is kept with the window.")],
    reason: Annotated[str, typer.Option("--reason", help="Why these decisions are good enough to compare with.")],
    since: Since = "28d",
    until: Until = None,
    region: Region = None,
) -> None:
    """Let the decisions of a span be what later ones are compared with."""
    with plain_errors():

        async def go(database: Database) -> None:
            span = _span(since, until, region)
            sample = await window_of(PgSeenDecisions(database), span)
            kept = await EvalWindows(database, await shared_clock(database), settings.region).accept(span, sample, by, reason)
            out.print(f"{kept.id}: {counted(kept.sample.cases, 'decision')}, accepted by {kept.accepted_by}")

        settings = load_settings()
        _with_database(go)


async def _against(database: Database, against: str, region: str | None) -> WindowSample:
    begins, dots, ends = against.partition("..")
    if dots:
        return await window_of(PgSeenDecisions(database), _span(begins, ends or None, region))
    kept = await PgWindowViews(database).accepted(None if against == "last" else against, region)
    if kept is None:
        raise InvalidInput(
            f"There is no accepted window {'' if against == 'last' else against} to compare with: accept one with "
            "`maitred eval drift accept`, or name a span with --against SINCE..UNTIL."
        )
    return kept.sample


def _span(since: str, until: str | None, region: str | None) -> WindowSpan:
    ends = moment_of(until) if until else datetime.now(UTC) + timedelta(seconds=1)
    begins = moment_of(since)
    if begins >= ends:
        raise InvalidInput(f"The span ends at {ends:%Y-%m-%d %H:%M}, before it begins.")
    return WindowSpan(since=begins, until=ends, region=region)


def _with_database(use: Callable[[Database], Awaitable[Result]]) -> Result:
    settings = load_settings()

    async def go(database_url: str) -> Result:
        await stands(database_url)
        async with patient_database(database_url) as database:
            return await use(database)

    with resolved_stack(settings) as urls:
        return asyncio.run(go(urls.database_url))


def _tell(found: DriftReport) -> None:
    """In plain words, worst first."""
    out.print(
        f"{found.cases_after} decisions of {found.clients_after} clients, against {found.cases_before} of {found.clients_before}",
        soft_wrap=True,
    )
    for sentence in found.untested:
        out.print(f"[yellow]not tested:[/yellow] {escape(sentence)}", soft_wrap=True)
    if not found.findings:
        return
    drifted = found.drifted
    out.print(f"[red]{len(drifted)} drifted[/red]" if drifted else "[green]nothing drifted[/green]")
    for one in found.findings[: max(SHOWN, len(drifted))]:
        out.print(f"{'[red]drift[/red] ' if one.drifted else '      '}{escape(one.says)}{_how(one)}", soft_wrap=True)
    out.print(
        f"A share of 10 % would have to move by {found.smallest:.1%} to be seen four times of five; more, where one client writes often.",
        soft_wrap=True,
    )


def _how(one: Finding) -> str:
    if one.measure != "index":
        return f" (p {one.chance:.3g} after Holm)" if one.chance is not None else ""
    size = "a lot" if one.apart >= INDEX_LARGE else "moved" if one.size >= 1 else "steady"
    return f" (index {one.apart:.2f}, {size}; p {one.chance:.3g} after Holm)"
