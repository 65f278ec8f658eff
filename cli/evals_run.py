"""`maitred eval run`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from cli.console import err, print_fault, print_json
from cli.evals_show import plain_summary, show_summary
from domain.errors import InvalidInput, MaitredError, PolicyInvalid
from evals import catalog
from evals.datasets import DataFault
from evals.reports.papers import keep_report
from evals.result import RunManifest
from evals.running.folder import Run, RunFolder, load
from evals.running.progress import Bar, Lines, Standing, Watcher
from evals.running.runner import Outcome, askable, resume, start
from evals.running.spec import RunSpec
from evals.statistics.summary import Summary, summarise
from runtime.settings import Settings, load_settings

BROKEN, USAGE, STOPPED, INTERRUPTED = 1, 2, 3, 130
Cost = Annotated[float | None, typer.Option(min=0, help="USD that each run may take; then it stops, and --resume goes on with it.")]
Tokens = Annotated[int | None, typer.Option(min=0, help="Tokens that each run may take, read and written.")]


def run(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="SUITE", help="Suites, or paths of your own; all of ours when left out.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="A litellm model such as openai/gpt-5, or baseline:NAME; the embedded one when left out.")
    ] = None,
    api_base: Annotated[str | None, typer.Option(help="Base URL of an OpenAI-compatible server.")] = None,
    judge: Annotated[str | None, typer.Option(help="A litellm model that grades replies and notes where rules cannot.")] = None,
    judge_api_base: Annotated[str | None, typer.Option(help="Base URL of the judge, when it is not the provider's own.")] = None,
    policy: Annotated[Path | None, typer.Option(help="A policy file; the shipped one when left out.")] = None,
    prompts: Annotated[Path | None, typer.Option(help="A folder of prompts (*.md) that take the place of ours.")] = None,
    n: Annotated[int | None, typer.Option("--n", min=1, help="So many cases of each suite, always the same for the same seed.")] = None,
    repeat: Annotated[int, typer.Option(min=1, max=1000, help="How often each case is answered; shows pass^k and pass@k.")] = 1,
    seed: Annotated[int | None, typer.Option(help="Of generated cases and of --n.")] = None,
    processes: Annotated[int | None, typer.Option(min=1, max=256, help="As many as there are cores when left out.")] = None,
    at_once: Annotated[int | None, typer.Option(min=1, max=256, help="Cases that a process works side by side.")] = None,
    max_cost: Cost = None,
    max_tokens: Tokens = None,
    as_live: Annotated[bool, typer.Option("--as-live", help="Model calls get the policy's own latency budgets.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask again, whatever the cache holds.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="A missed goal ends with exit status 1, as a broken hard metric does.")] = False,
    resume_run: Annotated[str | None, typer.Option("--resume", metavar="RUN", help="Go on with a run that stopped.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Run suites on the real graph, in process: no network but the model's, no server, no effect."""
    found, worst = list[dict[str, Any]](), 0
    with usage_errors(str(policy or "")):
        settings = load_settings()
        changes = {"processes": processes, "at_once": at_once, "max_cost": max_cost, "max_tokens": max_tokens}
        judged = {"judge": judge, "judge_api_base": judge_api_base}
        given = {"model": model, "api_base": api_base, **judged, "policy": policy, "prompts": prompts, "n": n, "seed": seed, **changes}
        if resume_run is None:
            outcomes = _all_of(names, _spec(settings, given, repeat=repeat, as_live=as_live, fresh=fresh))
        else:
            again = {**changes, "api_key": settings.llm.api_key}
            outcomes = iter([_watched(lambda watcher: resume(settings.home, resume_run, again, watcher))])
        for outcome in outcomes:
            worst = max(worst, _tell(outcome, strict, as_json, found))
    if as_json:
        print_json(found if len(found) != 1 else found[0])
    raise typer.Exit(worst)


def _spec(settings: Settings, given: dict[str, Any], **more: Any) -> RunSpec:
    said = {name: value for name, value in given.items() if value is not None}
    own = {"home": settings.home, "models": settings.models_folder, "api_key": settings.llm.api_key, "region": settings.llm.region}
    return RunSpec.model_validate({**own, **said, **more})


def _all_of(names: list[str] | None, spec: RunSpec) -> Generator[Outcome, None, None]:
    """A run for each suite, once all of them can be run. Of all suites, one that has nothing to ask here is left out with its reason."""
    found, silent = askable(names or catalog.names(), spec)
    for name, error in silent.items():
        if names:
            raise error
        err.print(f"[yellow]left out:[/yellow] {escape(name)}: {escape(error.message)}", soft_wrap=True)
    if not found:
        raise InvalidInput("No suite ran: none of them has anything to ask here.")
    for name in found:
        yield _watched(lambda watcher, name=name: start(name, spec, watcher))


def _watched(begin: Callable[[Watcher], Coroutine[Any, Any, Outcome]]) -> Outcome:
    """Run it with a bar, or lines where there is no terminal; an interrupt leaves a run that can be taken up."""
    watcher = Remembering(Bar(err) if err.is_terminal else Lines(err))
    try:
        return asyncio.run(begin(watcher))
    except KeyboardInterrupt as error:
        err.print(_go_on("Stopped.", watcher.run_id) if watcher.run_id else "Stopped.", soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from error


class Remembering:
    """Passes on what it is told, and knows which run is under way."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self.run_id = ""
        self.moved, self.end = watcher.moved, watcher.end

    def begin(self, manifest: RunManifest, standing: Standing) -> None:
        """A run begins."""
        self.run_id = manifest.id
        self._watcher.begin(manifest, standing)


def _tell(outcome: Outcome, strict: bool, as_json: bool, found: list[dict[str, Any]]) -> int:
    """Show one run, and say what it means for the exit status."""
    if outcome.unpriced:
        err.print(f"No price is known for {outcome.folder.manifest.model}: its tokens are counted, its cost is not.", soft_wrap=True)
    if outcome.stopped:
        err.print(_go_on(outcome.stopped, outcome.folder.id), soft_wrap=True)
        return STOPPED
    done = load(outcome.folder.path)
    _keep(done)
    summary = summarise(done)
    keep_for_the_console(outcome.folder, summary)
    if as_json:
        found.append({"run": done.manifest.id, "folder": str(outcome.folder.path), **plain_summary(summary)})
    else:
        show_summary(done, summary)
    return BROKEN if summary.broken or (strict and any(one.goal == "missed" for one in summary.metrics)) else 0


def _keep(done: Run) -> None:
    """In the database as well, where one is named; one that is away costs the run nothing."""
    url = load_settings().database_url
    if url is not None:
        history: Any = import_module("evals.comparing.history")  # it brings the database's driver along
        reason = asyncio.run(history.push_if_possible(done, url.get_secret_value()))
        if reason:
            err.print(f"[yellow]{escape(reason)}[/yellow]", soft_wrap=True)


def keep_for_the_console(folder: RunFolder, summary: Summary | None = None) -> None:
    """Make a run's report; where it cannot be kept, the console makes it when somebody asks."""
    try:
        keep_report(folder, summary)
    except OSError as error:
        err.print(f"[yellow]The run is whole; its report could not be kept: {escape(str(error.strerror))}.[/yellow]", soft_wrap=True)


def _go_on(why: str, run_id: str) -> str:
    return f"{why} Nothing that was answered is lost: maitred eval run --resume {run_id}"


@contextmanager
def usage_errors(policy: str = "") -> Generator[None, None, None]:
    """What cannot be run ends with exit status 2 and a sentence for each fault; `policy` is the file that a policy's faults stand in."""
    try:
        yield
    except PolicyInvalid as error:
        for fault in error.faults:
            print_fault(policy, fault)
        if not error.faults:
            err.print(f"[red]maitred:[/red] {escape(error.message)}", soft_wrap=True)
        raise typer.Exit(USAGE) from error
    except DataFault as error:
        err.print(error.message, markup=False, soft_wrap=True)
        raise typer.Exit(USAGE) from error
    except MaitredError as error:
        err.print(f"[red]maitred:[/red] {escape(error.message)}", soft_wrap=True)
        raise typer.Exit(USAGE) from error
