"""`maitred model`: the embedded model."""

from __future__ import annotations

import typer

from agents.embedded.texts import UNLEARNT
from agents.embedded.training import ensure_trained
from cli.console import out, plain_errors
from evals.embedded_model import router_report, triage_report
from runtime.settings import load_settings
from runtime.start import train_once

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Train the embedded model and report how good it is.")


@app.command("train")
def train() -> None:
    """Train the embedded model, unless it is trained for the present texts and code."""
    with plain_errors():
        settings = load_settings()
        train_once(settings)
        out.print(f"The embedded model is ready: {ensure_trained(settings.models_folder).name}")


@app.command("report")
def model_report() -> None:
    """Print how good the embedded model is on messages it never learnt from, beside keywords, and how far its router can be believed."""
    with plain_errors():
        settings = load_settings()
        train_once(settings)
        models = settings.models_folder
        for split in UNLEARNT:
            for part in triage_report.render(triage_report.report(models, split)):
                out.print(part)
        for part in router_report.render(router_report.report(models)):
            out.print(part)
