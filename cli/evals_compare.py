"""`maitred eval compare|gate|history`: runs side by side, whether a change may go in, and what was run before."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cli.console import err, out, print_json
from cli.evals_run import BROKEN, keep_for_the_console, usage_errors
from domain.errors import Conflict, InvalidInput
from evals.comparing import baseline as baselines
from evals.comparing import gate_telling
from evals.comparing.compare import compare as compared
from evals.comparing.gate import Accepted, GateReport, Plan, accept_all, gate_all
from evals.comparing.history import POSTGRES, Entry, entries, push
from evals.comparing.sides import sides
from evals.comparing.telling import markdown, terminal
from evals.comparing.words import counted
from evals.running.folder import find, load
from evals.running.progress import Bar, Lines
from evals.running.spec import RunSpec
from runtime.settings import Settings, load_settings

Most = Annotated[int, typer.Option(min=1, help="How many of the cases are shown.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown for a pull request.")]
BaselineFile = Annotated[
    Path | None, typer.Option(help="The baseline's file; evals/baselines/ and the model's name when left out.", dir_okay=False)
]


def compare(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="A run's id, a suite (its latest run), a run's folder, or `baseline`.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="The same.")] = "latest",
    intersection: Annotated[bool, typer.Option("--intersection", help="Compare the cases that both have, and name the others.")] = False,
    most: Most = 20,
    baseline: BaselineFile = None,
    as_markdown: AsMarkdown = False,
    as_json: AsJson = False,
) -> None:
    """Say what changed between two runs, for which cases, why, and whether by more than chance. Exit status 0 whatever is found."""
    with usage_errors():
        settings = load_settings()
        file = baseline or baselines.path_for(settings.llm.model)
        found = compared(*sides(settings.home, before, after, file), intersection=intersection)
    if as_json:
        print_json(found.model_dump(mode="json"))
    elif as_markdown:
        typer.echo(markdown(found, most), nl=False)
    else:
        for part in terminal(found, most):
            out.print(part)


def gate(
    baseline: BaselineFile = None,
    suite: Annotated[list[str] | None, typer.Option(help="A suite, or the path of your own; all of the baseline when left out.")] = None,
    model: Annotated[str | None, typer.Option(help="A litellm model such as openai/gpt-5; the embedded one when left out.")] = None,
    api_base: Annotated[str | None, typer.Option(help="Base URL of an OpenAI-compatible server.")] = None,
    judge: Annotated[str | None, typer.Option(help="A litellm model that grades replies and notes where rules cannot.")] = None,
    judge_api_base: Annotated[str | None, typer.Option(help="Base URL of the judge, when it is not the provider's own.")] = None,
    policy: Annotated[Path | None, typer.Option(help="A policy file; the shipped one when left out.")] = None,
    prompts: Annotated[Path | None, typer.Option(help="A folder of prompts (*.md) that take the place of ours.")] = None,
    n: Annotated[
        int | None, typer.Option("--n", min=1, help="So many cases of each suite; as many as the baseline has when left out.")
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, max=1000, help="How often each case is answered.")] = 1,
    processes: Annotated[int | None, typer.Option(min=1, max=256, help="As many as there are cores when left out.")] = None,
    max_cost: Annotated[float | None, typer.Option(min=0, help="USD that each suite may take.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask again, whatever the cache holds.")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="Make what the suites come to now the baseline.")] = False,
    reason: Annotated[str, typer.Option(help="Why it is accepted.")] = "",
    gone: Annotated[
        list[str] | None, typer.Option(metavar="SUITE", help="With --accept: a suite that leaves the baseline; no other does.")
    ] = None,
    most: Most = 10,
    as_markdown: AsMarkdown = False,
    as_json: AsJson = False,
) -> None:
    """Run the suites and hold them against the committed baseline. Exit status 1 when the change must not go in."""
    judged = {"judge": judge, "judge_api_base": judge_api_base}
    given = {"model": model, "api_base": api_base, **judged, "policy": policy, "prompts": prompts, "n": n}
    more = {"repeat": repeat, "processes": processes, "max_cost": max_cost, "fresh": fresh}
    with usage_errors(str(policy or "")):
        if gone and not accept:
            raise InvalidInput("--gone says what leaves the baseline when one is accepted: it goes with --accept.")
        file = baseline or baselines.path_for(model)
        plan = Plan(_spec(load_settings(), {**given, **more}), file, tuple(suite or ()), tuple(gone or ()))
        watcher = Bar(err) if err.is_terminal else Lines(err)
        if accept:
            try:
                _tell_accepted(accept_all(plan, reason, watcher), as_json)
            except Conflict as error:
                err.print(f"[red]maitred:[/red] {escape(error.message)}", soft_wrap=True)
                raise typer.Exit(BROKEN) from error
            return
        report = gate_all(plan, watcher)
    _tell_gate(report, most, as_markdown, as_json)
    for run_id in report.runs.values():
        keep_for_the_console(find(plan.spec.home, run_id))
    raise typer.Exit(0 if report.passed else BROKEN)


history = typer.Typer(add_completion=False, help="List the runs of this home and of the database, or keep a run in the database.")


@history.callback(invoke_without_command=True)
def list_history(
    context: typer.Context,
    suite: Annotated[str | None, typer.Option(help="Only runs of this suite.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many runs are shown.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List runs, newest first, with their metrics and what was changed since the one before."""
    if context.invoked_subcommand is not None:
        return
    with usage_errors():
        settings = load_settings()
        found = asyncio.run(entries(settings.home, _database(settings), suite, limit))
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    for one in found:
        _tell_entry(one)
    if not found:
        out.print("There is no finished run yet: maitred eval run")


@history.command("push")
def push_run(
    name: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, a suite (its latest run), `latest`, or a folder.")],
) -> None:
    """Keep a finished run in the Postgres that MAITRED_DATABASE_URL names; `maitred eval run` does so by itself when it is set."""
    with usage_errors():
        settings = load_settings()
        url = _database(settings)
        if url is None:
            raise Conflict("No database is named: set MAITRED_DATABASE_URL. The run is kept in its folder in any case.")
        run = load(find(settings.home, name).path)
        fresh = asyncio.run(push(run, url))
    out.print(f"{run.manifest.id} is kept in Postgres{'' if fresh else ' already'}.")


def _spec(settings: Settings, given: dict[str, Any]) -> RunSpec:
    own = {"home": settings.home, "models": settings.models_folder, "api_key": settings.llm.api_key, "region": settings.llm.region}
    return RunSpec.model_validate({**own, **{name: value for name, value in given.items() if value is not None}})


def _database(settings: Settings) -> str | None:
    return settings.database_url.get_secret_value() if settings.database_url else None


def _tell_gate(report: GateReport, most: int, as_markdown: bool, as_json: bool) -> None:
    if as_json:
        print_json({"passed": report.passed, **report.model_dump(mode="json")})
    elif as_markdown:
        typer.echo(gate_telling.markdown(report, most), nl=False)
    else:
        for line in gate_telling.terminal(report, most):
            out.print(line, soft_wrap=True)


def _tell_accepted(done: Accepted, as_json: bool) -> None:
    told = {name: done.baseline.suites[name] for name in done.suites}
    if as_json:
        suites = {
            name: {"cases": len(kept.outcomes), "overlaps": kept.overlaps, "dangerous": kept.dangerous} for name, kept in told.items()
        }
        print_json({"baseline": str(done.path), "bytes": done.size, "suites": suites, "left_out": done.left_out})
        return
    for name, kept in told.items():
        out.print(f"{escape(name)}: {counted(len(kept.outcomes), 'case')}")
        for what, ids in (("make their dangerous error", kept.dangerous), ("stand nearly alike among the learnt texts", kept.overlaps)):
            if ids:
                out.print(f"  {len(ids)} of them {what}, and are accepted so: {escape(', '.join(ids[:5]))}", soft_wrap=True)
    for sentence in done.left_out:
        err.print(f"[yellow]left out:[/yellow] {escape(sentence)}", soft_wrap=True)
    out.print(f"Accepted: {done.path} ({done.size:,} bytes). Commit it.", soft_wrap=True)


def _tell_entry(one: Entry) -> None:
    run = one.run
    beside = f"{run.suite}, {counted(run.cases, 'case')}, {run.began_at:%Y-%m-%d %H:%M}{', in Postgres' if POSTGRES in one.kept else ''}"
    out.print(f"[bold]{escape(run.id)}[/bold] [dim]{escape(beside)}[/dim]", soft_wrap=True)
    if run.dangerous:
        out.print(f"  [red]{counted(run.dangerous, 'dangerous error')}[/red]")
    table = Table.grid(padding=(0, 2))
    for name, figure in list(run.figures.items())[:MAIN]:
        told = f"{figure.low:.3f} to {figure.high:.3f}, {counted(figure.cases, 'answer')}"
        table.add_row(f"  {escape(name)}", f"{figure.value:.3f}", f"[dim]{told}[/dim]")
    out.print(table)
    for line in one.changed:
        out.print(f"  [yellow]{escape(line)}[/yellow]", soft_wrap=True)


MAIN = 4
"""Metrics of a run that the list shows, in the suite's order; --json has all."""
