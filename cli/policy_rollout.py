"""`maitred policy rollout|rollback`: which version decides, for whom, and from when."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer
from pydantic import ValidationError

from cli.console import out, plain_errors, print_entry, print_json
from cli.policy_files import Json
from cli.policy_review import deciding, overview, release_lines
from cli.policy_service import LOCAL, Key, PolicyService, Reason, Refused, Url, Version, needs_reason, path_of, version_of
from domain.events import Kind
from domain.policy_life import CanaryStep, RolloutGate
from policies.language.durations import seconds_of

HISTORY = 100_000
"""So many changes of one policy are read to find the last one."""
GATE = "metric=sla_breaches,tier=strategic,most_worse=0.02,minimum=50"
StageOption = Annotated[Literal["shadow", "canary", "active"], typer.Option("--stage", help="How far it goes now.")]


def rollout(
    version: Version,
    stage: StageOption,
    percent: Annotated[float | None, typer.Option(min=0, max=100, help="Share of clients in a canary.")] = None,
    steps: Annotated[
        list[str] | None,
        typer.Option("--step", help="A share and how long it is held at least, such as 5:10m; the service goes on by itself."),
    ] = None,
    gates: Annotated[list[str] | None, typer.Option("--gate", help=f"What must not get worse, such as {GATE}.")] = None,
    starts_at: Annotated[str | None, typer.Option(help="When it begins, such as 2026-12-01T06:00:00Z; now when left out.")] = None,
    reason: Reason = "",
    url: Url = LOCAL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Begin a rollout of an approved version, or move it on: shadow, then canary, then active."""
    name, number = version_of(version)
    asked: dict[str, Any] = {"version": number, "stage": stage, "percent": percent, "starts_at": starts_at, "reason": reason or None}
    asked["steps"] = [step_of(step) for step in steps] if steps else None
    asked["gates"] = [gate_of(gate) for gate in gates] if gates else None
    with plain_errors():
        service = PolicyService(url, key)
        begin(service, name, {field: value for field, value in asked.items() if value is not None})
        _show(service, name, json)


def begin(service: PolicyService, name: str, asked: dict[str, Any]) -> None:
    """Ask for a rollout, of the release as it stands now."""
    path = f"{path_of(name)}/rollout"
    service.post(path, asked, etag=service.get(path).etag)


def rollback(
    name: Annotated[str, typer.Argument(help="A policy's name.")],
    to: Annotated[int | None, typer.Option(help="The version to go back to; left out, the last step is taken back.")] = None,
    reason: Reason = "",
    url: Url = LOCAL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Go back at once, on every worker within two seconds: drop what is being rolled out, or let the version before decide again."""
    with plain_errors():
        said, service = needs_reason(reason), PolicyService(url, key)
        meant = {"to": to} if to is not None else meant_by_now(service, name)
        service.post(f"{path_of(name)}/rollback", {"reason": said, **meant})
        _show(service, name, json)


def meant_by_now(service: PolicyService, name: str) -> dict[str, int]:
    """What `rollback` takes back, by number, so that a second or a late call takes nothing more away. Raises Refused."""
    versions: dict[str, int | None] = service.get(f"{path_of(name)}/rollout").data["versions"]
    if (candidate := versions["candidate"]) is not None:
        return {"candidate": candidate}
    moves = [
        one for one in service.items(f"{path_of(name)}/history", HISTORY) if one["kind"] in (Kind.POLICY_ACTIVATED, Kind.POLICY_ROLLED_BACK)
    ]
    if moves and moves[-1]["kind"] == Kind.POLICY_ROLLED_BACK:
        said = f"{moves[-1]['actor']} has rolled back already, and nothing is rolled out: @{versions['active']} decides."
        raise Refused(f"{said} Name the version with --to to go further back.")
    if (previous := versions["previous"]) is None:
        raise Refused(f"Nothing is rolled out, and no version was active before @{versions['active']}, which decides.")
    return {"to": previous}


def _show(service: PolicyService, name: str, json: bool) -> None:
    found = overview(service, name)
    if json:
        print_json(found["release"])
        return
    print_entry(name, *release_lines(found), beside=deciding(found))
    out.print(f"Follow it with: maitred policy status {name}")


def step_of(text: str) -> dict[str, Any]:
    """A step such as `5:10m`. Raises BadParameter."""
    share, _, hold = text.partition(":")
    try:
        step = CanaryStep(percent=float(share), **({"hold_s": seconds_of(hold)} if hold else {}))
    except (ValueError, ValidationError) as error:
        raise typer.BadParameter(f"{text!r} is no step; write a share and a time, such as 5:10m", param_hint="--step") from error
    return step.model_dump(mode="json")


def gate_of(text: str) -> dict[str, Any]:
    """A gate such as `metric=sla_breaches,most_worse=0.02`. Raises BadParameter."""
    parts = {field.strip(): value.strip() for field, _, value in (part.partition("=") for part in text.split(","))}
    try:
        return RolloutGate.model_validate(parts).model_dump(mode="json")
    except ValidationError as error:
        fault = error.errors()[0]
        said = f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
        raise typer.BadParameter(f"{text!r} is no gate ({said}); write {GATE}", param_hint="--gate") from error
