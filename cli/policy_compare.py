"""`maitred policy diff`: what a change of policy does, before it does anything."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import err, out, plain_errors, print_json
from cli.policy_files import Json, compiled_side
from cli.policy_service import LOCAL, Key, Url, is_version
from cli.policy_story import tell_behaviour
from policies.comparison.behaviour import compare, sample_cases
from policies.comparison.structural_diff import structural_changes, text_diff
from policies.engine import CompiledPolicy

CHANGE_STYLE = {"added": "green", "removed": "red", "changed": "yellow", "moved": "cyan"}
Worst = Annotated[int, typer.Option(min=0, max=100, help="How many of the worst changes are shown.")]


def diff(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="A policy file, or a version such as vip-support@7.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="A policy file, or a version such as vip-support@8.")],
    text: Annotated[bool, typer.Option("--text", help="Show the lines that differ as well.")] = False,
    worst: Worst = 5,
    url: Url = LOCAL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Compare two policies: which parts changed, and which outcomes, over cases at every boundary of both and a small company."""
    was, now = (_side(side, url, key) for side in (before, after))
    with err.status("comparing outcomes ...", spinner="dots"):
        changes, behaviour = structural_changes(was, now), compare(was, now, sample_cases(was, now))
    lines = text_diff(was, now)
    if json:
        parts = [change.model_dump(mode="json") for change in changes]
        print_json({"structure": parts, "behaviour": behaviour.plain(), "text": lines})
        return
    if was.digest == now.digest:
        out.print("[green]✓[/green] They say the same." if lines else "[green]✓[/green] They are the same.")
    for change in changes:
        place = f"line {change.line_after or change.line_before}"
        out.print(f"[{CHANGE_STYLE[change.change]}]{change.change}[/] [dim]{place}[/dim]", end=" ")
        out.print(change.sentence, markup=False)
    if text and lines:
        typer.echo(lines)
    if changes:
        tell_behaviour(behaviour, "cases at the boundaries of both, of a small company, and of their tests", worst)


def _side(side: str, url: str, key: str) -> CompiledPolicy:
    with plain_errors("" if is_version(side) else side):
        return compiled_side(side, url, key)
    raise AssertionError("an error ended the command")
