"""`maitred policy simulate`: decisions that were made, judged again by a version that may follow, before it decides anything."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cli.console import err, out, plain_errors, print_json
from cli.policy_compare import Worst
from cli.policy_files import Json, compiled
from cli.policy_service import LOCAL, Key, PolicyService, Url, is_version, path_of, version_of
from cli.policy_story import tell_behaviour
from domain.simulation import Span
from policies.comparison.behavioural_diff import BehaviouralDiff

SERVICE_MOST = 20_000
FILE_MOST = 1_000_000
OVER = {"recorded": "recorded decisions", "sample": "messages of the sample company", "tests": "tests of both versions"}


def simulate(
    policy: Annotated[
        str,
        typer.Argument(
            metavar="FILE|NAME@VERSION", help="A version, judged by the service; or a file, judged here beside the service's servers."
        ),
    ],
    against: Annotated[int | None, typer.Option(help="The version to compare with; the active one when left out.")] = None,
    over: Annotated[Literal["recorded", "sample", "tests"], typer.Option(help="Which cases (for a file: recorded only).")] = "recorded",
    limit: Annotated[
        int | None, typer.Option(min=1, max=FILE_MOST, help=f"Cases at most, the newest; {SERVICE_MOST:,} when the service judges.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="Only decisions from then on (UTC).")] = None,
    state: Annotated[
        Path | None, typer.Option(help="For a file: where to note how far it came, so that a run that was ended goes on.")
    ] = None,
    worst: Worst = 10,
    url: Url = LOCAL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Judge decisions that were made by another version: which outcomes change, for whom, the worst first. Nothing is changed by it."""
    since = since.replace(tzinfo=UTC) if since else None
    with plain_errors("" if is_version(policy) else policy):
        if is_version(policy):
            bound = min(limit or SERVICE_MOST, SERVICE_MOST)
            asked = {"against": against, "source": over, "limit": bound, "from": since.isoformat() if since else None}
            found = _asked(PolicyService(url, key), policy, {field: value for field, value in asked.items() if value is not None})
        else:
            if over != "recorded":
                raise typer.BadParameter(
                    "a file is judged over recorded decisions; `maitred policy diff` takes examples", param_hint="--over"
                )
            span = Span(since=since, limit=limit or 100_000)
            replaying: Any = import_module("cli.policy_replay")  # it brings both servers along
            found = {"diff": replaying.judged_here(compiled(Path(policy)), against, span, state), "complete": True}
        _tell(found, over, worst, json)


def _asked(service: PolicyService, version: str, asked: dict[str, Any]) -> dict[str, Any]:
    path = f"{path_of(*version_of(version))}/simulate"
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=err, transient=True) as progress:
        progress.add_task(f"judging up to {asked['limit']:,} cases by both", total=None)
        found = service.post(path, asked).data
    return {"diff": BehaviouralDiff.model_validate({part: found[part] for part in BehaviouralDiff.model_fields}), **found}


def _tell(found: dict[str, Any], over: str, worst: int, json: bool) -> None:
    diff: BehaviouralDiff = found["diff"]
    if json:
        print_json({field: value for field, value in found.items() if field != "diff"} if "counts" in found else diff.plain())
        return
    if not found["complete"]:
        out.print(f"[yellow]time ran out after {found['cases']:,} of {found['total']:,} cases[/yellow]")
    out.print(f"{diff.before.name}@{diff.before.version} → {'this file' if 'counts' not in found else f'@{diff.after.version}'}")
    tell_behaviour(diff, OVER[over], worst)
