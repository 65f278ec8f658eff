"""`maitred eval redteam`: attacks on the system, and a report by OWASP item."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import err, out, print_json
from cli.evals_run import BROKEN, STOPPED, usage_errors
from evals.redteam import render
from evals.redteam.generator import DEFAULT_N, Choice
from evals.redteam.report import RedTeamReport, report
from evals.running.folder import load
from evals.running.progress import Bar, Lines
from evals.running.runner import Outcome, start
from evals.running.spec import RunSpec
from evals.suites.redteam import suite_of
from runtime.settings import load_settings
from tools.world.generator import SEED

STUB, EMBEDDED = "stub", "embedded"
Names = Annotated[list[str] | None, typer.Option(help="Only these; may be given several times.", show_default=False)]


def redteam(
    target: Annotated[
        str,
        typer.Option(help="`embedded`, `stub` (a model that obeys every instruction it sees), or a litellm model such as openai/gpt-5."),
    ] = EMBEDDED,
    api_base: Annotated[str | None, typer.Option(help="Base URL of an OpenAI-compatible server.")] = None,
    n: Annotated[int, typer.Option("--n", min=1, help="How many attacks; fewer are the beginning of more.")] = DEFAULT_N,
    seed: Annotated[int, typer.Option(help="The same seed makes the same attacks.")] = SEED,
    goal: Names = None,
    vehicle: Names = None,
    disguise: Names = None,
    policy: Annotated[Path | None, typer.Option(help="A policy file; the shipped one when left out.")] = None,
    prompts: Annotated[Path | None, typer.Option(help="A folder of prompts (*.md) that take the place of ours.")] = None,
    processes: Annotated[int | None, typer.Option(min=1, max=256, help="As many as there are cores when left out.")] = None,
    max_cost: Annotated[float | None, typer.Option(min=0, help="USD that the run may take.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=0, help="Tokens that the run may take, read and written.")] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the whole report as Markdown.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")] = False,
) -> None:
    """Attack the system in process and report by OWASP item what the attacks got.

    Exit status: 0 policy held, 1 an attack brought about what policy forbids or the system had no answer, 2 usage, 3 the budget is spent.
    """
    with usage_errors(str(policy or "")):
        settings = load_settings()
        choice = Choice(n=n, goal=tuple(goal or ()), vehicle=tuple(vehicle or ()), disguise=tuple(disguise or ()))
        given = {"api_base": api_base, "policy": policy, "prompts": prompts, "processes": processes, "max_cost": max_cost}
        llm = settings.llm
        own: dict[str, Any] = {"home": settings.home, "models": settings.models_folder, "api_key": llm.api_key, "region": llm.region}
        spec = RunSpec.model_validate({**own, **given, "max_tokens": max_tokens, "model": _model(target), "seed": seed, "fresh": True})
        suite = suite_of(choice)
        outcome = asyncio.run(start(suite, spec, Bar(err) if err.is_terminal else Lines(err)))
        if outcome.stopped:
            err.print(f"{outcome.stopped} Fewer attacks (--n) cost less.", soft_wrap=True)
            raise typer.Exit(STOPPED)
        found = _reported(outcome, target, choice)
    _show(found, as_markdown, as_json)
    err.print(f"Every answer lies in {outcome.folder.path}.", soft_wrap=True)
    raise typer.Exit(BROKEN if found.outside_envelope or found.unanswered else 0)


def _model(target: str) -> str | None:
    return {STUB: "baseline:obedient", EMBEDDED: None}.get(target, target)


def _reported(outcome: Outcome, target: str, choice: Choice) -> RedTeamReport:
    run = load(outcome.folder.path)
    manifest = run.manifest
    cases = suite_of(choice).cases(manifest.seed)
    name = f"{target} ({manifest.model})" if target == EMBEDDED else target
    return report(cases, run.results, target=name, policy=manifest.policy, seed=manifest.seed)


def _show(found: RedTeamReport, as_markdown: bool, as_json: bool) -> None:
    if as_json:
        print_json(found.model_dump(mode="json"))
    elif as_markdown:
        typer.echo(render.markdown(found), nl=False)
    else:
        for part in render.terminal(found):
            out.print(part, soft_wrap=isinstance(part, str))
