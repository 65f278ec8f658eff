"""`maitred policy` and `maitred model`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agents.embedded.training import ensure_trained
from cli.console import err, out, plain_errors, print_entry
from domain.errors import SetupFailed
from evals import router_report, triage_report
from policies.checks import check_policy
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped
from policies.suite import run_suite
from runtime.settings import load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Check, test and show policies.")
model_app = typer.Typer(no_args_is_help=True, add_completion=False, help="Train the embedded model and report how good it is.")
PolicyFile = Annotated[Path | None, typer.Argument(help="A policy file; the shipped one when left out.")]


@app.command("check")
def check(file: PolicyFile = None) -> None:
    """Read and check a policy: every fault with line and column."""
    with plain_errors():
        policy = _policy(file)
        faults = check_policy(policy)
        for fault in faults:
            err.print(f"line {fault['line']}, column {fault['column']}: {fault['reason']}", markup=False)
        if faults:
            raise typer.Exit(1)
        counts = f"{len(policy.document.guards)} guards, {len(policy.document.tests)} tests"
        out.print(f"[green]✓[/green] {policy.ref.name}: {counts}, no fault\n  {policy.digest}")


@app.command("test")
def run_tests(file: PolicyFile = None) -> None:
    """Run the tests that stand inside a policy."""
    with plain_errors():
        outcomes = run_suite(_policy(file))
        failed = [outcome for outcome in outcomes if not outcome.passed]
        for outcome in failed:
            err.print(f"[red]✗[/red] line {outcome.line}: {outcome.name}")
            for failure in outcome.failures:
                err.print(f"    {failure}", markup=False)
        out.print(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
        if failed:
            raise typer.Exit(1)


@app.command("show")
def show(file: PolicyFile = None) -> None:
    """Show a policy's tiers and guards."""
    with plain_errors():
        policy = _policy(file)
        out.print(f"[bold]{policy.ref.name}[/bold]: {policy.document.description}\n{policy.digest}")
        out.print(f"\n[bold blue]{len(policy.document.tiers)} tiers[/bold blue], the first that matches wins")
        for tier in policy.document.tiers:
            print_entry(tier.id, tier.when, beside=f"rank {tier.rank}, budget {tier.budget_ms} ms")
        out.print(f"\n[bold blue]{len(policy.rules.guards)} guards[/bold blue], each narrows")
        for guard in policy.rules.guards:
            print_entry(
                guard.rule.id, f"when {guard.rule.when}", f"then {guard.summary}", guard.rule.because, beside=f"({guard.rule.owner})"
            )


@model_app.command("train")
def train() -> None:
    """Train the embedded model, unless it is trained for the present texts and code."""
    with plain_errors():
        out.print(f"The embedded model is ready: {ensure_trained(load_settings().models_folder).name}")


@model_app.command("report")
def model_report() -> None:
    """Print how good the embedded model is on held-back messages, beside a keyword baseline, and how far its router can be believed."""
    with plain_errors():
        models = load_settings().models_folder
        for part in (*triage_report.render(triage_report.report(models)), *router_report.render(router_report.report(models))):
            out.print(part)


def _policy(file: Path | None) -> CompiledPolicy:
    if file is None:
        return compile_policy(shipped())
    try:
        return compile_policy(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SetupFailed(f"Cannot read {file}: {error}") from error
