"""`maitred eval calibrate-judge`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from agents.model import LiteLlmModel, ModelSettings, litellm_library
from cli.console import out, plain_errors, print_json
from evals.scoring.agreement import Agreement
from evals.scoring.judge import Calibration, calibrate
from runtime.settings import load_settings

PATIENCE_S = 120.0
SUBSTANTIAL = 0.61
"""Landis and Koch (1977): below this a judge should not be quoted alone."""


def calibrate_judge(
    judge: Annotated[str, typer.Option(help="The litellm model that grades, such as openai/gpt-5.")],
    api_base: Annotated[str | None, typer.Option(help="Base URL of an OpenAI-compatible server.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Let a model grade the replies and notes that people have graded, and show how far the two agree."""
    with plain_errors():
        found = asyncio.run(_calibrated(judge, api_base))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    _show(found)


async def _calibrated(judge: str, api_base: str | None) -> Calibration:
    settings = load_settings().llm
    key = settings.api_key.get_secret_value() if settings.api_key else None
    await litellm_library()
    return await calibrate(LiteLlmModel(ModelSettings(judge, api_base, key, settings.region, PATIENCE_S)))


def _show(found: Calibration) -> None:
    table = Table("grade", "kappa", "95 %", "equal", "texts", title=f"{found.model} against people, {found.prompt}", title_justify="left")
    for name, one in (("tone", found.tone), ("completeness", found.completeness)):
        table.add_row(name, f"{one.kappa:.2f}", f"{one.low:.2f} to {one.high:.2f}", f"{one.equal:.0%}", str(one.n))
    out.print(table)
    differing = Table("text", "grade", "a person", "the judge", "because", title="Where they differ", title_justify="left")
    for one in found.disagreements:
        differing.add_row(one.case_id, one.grade, one.person, one.judge, one.because)
    if found.disagreements:
        out.print(differing)
    for failed in found.failed:
        out.print(f"no grade: {failed}", markup=False)
    out.print(_verdict(found.tone, found.completeness))


def _verdict(*agreements: Agreement) -> str:
    weak = min(one.low for one in agreements) < SUBSTANTIAL
    return (
        "The interval reaches below substantial agreement (0.61): quote its grades beside the rules, never in their place."
        if weak
        else "The agreement is substantial over the whole interval (from 0.61)."
    )
