"""`maitred policy submit|approve|reject|status|history`: a version on its way from a draft to an approved one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from cli.console import out, plain_errors, print_entry, print_json
from cli.policy_files import Json, text_of
from cli.policy_service import (
    LOCAL,
    Answer,
    Key,
    PolicyService,
    Reason,
    Url,
    Version,
    is_version,
    needs_reason,
    path_of,
    version_of,
)
from policies.engine import compile_policy

STAGE_STYLE = {"draft": "dim", "in_review": "yellow", "approved": "cyan", "shadow": "blue", "canary": "magenta", "active": "green"}
NEWEST = 10


def submit(
    policy: Annotated[str, typer.Argument(metavar="FILE|NAME@VERSION", help="A policy file, or a version that was drafted before.")],
    reason: Reason = "",
    draft_only: Annotated[bool, typer.Option("--draft", help="Store the text as a draft, and submit it later.")] = False,
    url: Url = LOCAL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Put a version in review; a file becomes a version first, when its text is new."""
    with plain_errors("" if is_version(policy) else policy):
        service = PolicyService(url, key)
        if not draft_only:
            needs_reason(reason)
        name, number = version_of(policy) if is_version(policy) else drafted(service, Path(policy), quiet=json)
        if not draft_only:
            put_in_review(service, name, number, reason)
        show_version(service, name, number, json)


def drafted(service: PolicyService, file: Path, *, quiet: bool = False) -> tuple[str, int]:
    """(name, number) of the version that has the text of a file; it is stored when it is new."""
    text = text_of(file)
    name = compile_policy(text).ref.name  # its faults need no service, and come with the line
    answer = service.post(f"{path_of(name)}/versions", {"text": text}, waiting="checking and proving")
    if not quiet:
        told = "is stored as" if answer.status == 201 else "has the text of"
        out.print(f"{file} {told} [bold]{name}@{answer.data['version']}[/bold]", soft_wrap=True)
    return name, answer.data["version"]


def put_in_review(service: PolicyService, name: str, number: int, reason: str) -> Answer:
    """Submit a version as it stands now."""
    path = path_of(name, number)
    return service.post(f"{path}/submit", {"reason": reason}, etag=service.get(path).etag, waiting="comparing with the active version")


def approve(
    version: Version,
    reason: Reason = "",
    accepts: Annotated[
        list[str] | None, typer.Option("--accept", help="An unproved check that you take responsibility for, as `status` names it.")
    ] = None,
    url: Url = LOCAL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Say yes to a version that somebody else wrote."""
    _say("approve", version, {"reason": needs_reason(reason), "accepts": accepts or []}, url, key, json)


def reject(version: Version, reason: Reason = "", url: Url = LOCAL, key: Key = "", json: Json = False) -> None:
    """Say no: the version is a draft again, and approvals that it had fall."""
    _say("reject", version, {"reason": needs_reason(reason)}, url, key, json)


def _say(word: str, version: str, body: dict[str, Any], url: str, key: str, json: bool) -> None:
    with plain_errors():
        service = PolicyService(url, key)
        name, number = version_of(version)
        path = path_of(name, number)
        service.post(f"{path}/{word}", body, etag=service.get(path).etag)
        show_version(service, name, number, json, why=False)


def show_version(service: PolicyService, name: str, number: int, json: bool, *, why: bool = True) -> None:
    """Where a version stands, what it still needs and, unless who asks has just read it, why."""
    found = service.get(path_of(name, number)).data
    if json:
        print_json({key: value for key, value in found.items() if key != "text"})
        return
    print_entry(f"{name}@{number}", *standing(found, why), beside=found["stage"].replace("_", " "))


def standing(version: dict[str, Any], why: bool = True) -> list[str]:
    """What there is to say of a version, line by line."""
    needs: dict[str, Any] = version.get("needs") or {}
    lines = [version["digest"], f"by {version['author']}", *([f"last change: {version['reason']}"] if version.get("reason") else [])]
    lines += [f"why: {reason}" for reason in needs.get("why", [])] if why else []
    lines += [f"approved by {one['actor']} until {one['expires_at'][:10]}: {one['reason']}" for one in version.get("approvals", [])]
    lines += [f"not proved: {check}" for check in needs.get("unproved", [])]
    lines += [f"missing: {missing}" for missing in version.get("missing", [])]
    return lines + [
        f"nobody holds the role {role}: maitred keys create --person NAME --role {role} …" for role in version.get("unheld_roles", [])
    ]


def status(
    name: Annotated[
        str | None, typer.Argument(help="A policy's name, or a version of it such as vip-support@8; every policy when left out.")
    ] = None,
    url: Url = LOCAL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Show what is active, what is on its way, and what is missing for it to go on."""
    with plain_errors():
        service = PolicyService(url, key)
        if name is not None and is_version(name):
            show_version(service, *version_of(name), json)
            return
        names = [name] if name else [policy["name"] for policy in service.items("/v1/policies")]
        found = [overview(service, one) for one in names]
        if json:
            print_json(found[0] if name else found)
            return
        for one in found:
            _tell(one)


def overview(service: PolicyService, name: str) -> dict[str, Any]:
    """A policy, its release and its newest versions."""
    policy = service.get(path_of(name)).data
    versions = [{key: value for key, value in one.items() if key != "text"} for one in service.items(f"{path_of(name)}/versions", NEWEST)]
    if policy["active"] is None:  # it has no release, and nothing that a release could withdraw
        return {**policy, "release": None, "recalls": 0, "versions": versions}
    release = service.get(f"{path_of(name)}/rollout").data
    recalls = sum(1 for _ in service.items(f"{path_of(name)}/recalls"))
    return {**policy, "release": release, "recalls": recalls, "versions": versions}


def _tell(policy: dict[str, Any]) -> None:
    print_entry(policy["name"], *release_lines(policy), beside=deciding(policy))
    for version in policy["versions"]:
        style = STAGE_STYLE.get(version["stage"], "dim")
        said = f"by {version['author']}" + (f": {version['reason']}" if version.get("reason") else "")
        out.print(f"  [{style}]@{version['version']} {version['stage'].replace('_', ' ')}[/{style}]", end=" ")
        out.print(said, markup=False)
        for missing in version.get("missing", []):
            out.print(f"    missing: {missing}", markup=False)


def deciding(policy: dict[str, Any]) -> str:
    """Which version decides, in words."""
    return f"@{policy['active']} decides" if policy.get("active") else "decides no live traffic here"


def release_lines(policy: dict[str, Any]) -> list[str]:
    """A rollout that runs or waits, and the cases that somebody must look at, line by line."""
    release: dict[str, Any] = policy["release"] or {}
    lines: list[str] = []
    if release.get("candidate"):
        share = f" for {release['percent']:g} % of clients" if release["stage"] == "canary" else ""
        when = f" from {release['starts_at']}" if not release["started_at"] and release["starts_at"] else ""
        lines.append(f"@{release['versions']['candidate']} in {release['stage']}{share}{when}, started by {release['started_by']}")
        lines += [f"then {step['percent']:g} % for {step['hold_s']} s" for step in release["steps"] if step["percent"] > release["percent"]]
        lines += standing_lines(release)
    if release.get("held_because"):
        lines.append(f"held: {release['held_because']}")
    if release.get("waiting_total"):
        lines.append(
            f"{release['waiting_total']} cases wait for a lead under a version that decides no more: GET {release['links']['self']}"
        )
    if policy["recalls"]:
        links = f"GET /v1/policies/{policy['name']}/recalls"
        lines.append(f"{policy['recalls']} cases of a withdrawn version wait for somebody to look at them: {links}")
    return lines


def standing_lines(release: dict[str, Any]) -> list[str]:
    """How the candidate does beside the active version: where they agree, what its gates say, and what comes next."""
    standing: dict[str, Any] = release["standing"]
    agreement, coming = standing["agreement"], standing["next"]
    if not agreement["compared"]:
        return ["no case was judged by both versions yet"]
    lines = [f"both versions agree on {agreement['agrees']:,} of {agreement['compared']:,} cases"]
    lines += [f"{gate['reading']}: {gate['because']}" for gate in standing["gates"] if gate["candidate_cases"]]
    return [*lines, f"next, {coming['move']}: {coming['because']}"] if release["stage"] == "canary" else lines


def history(
    name: Annotated[str, typer.Argument(help="A policy's name.")],
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many changes at most.")] = 200,
    url: Url = LOCAL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Show every change of a policy, oldest first: who, what, when and why, from the ledger."""
    with plain_errors():
        entries = list(PolicyService(url, key).items(f"{path_of(name)}/history", limit))
        if json:
            print_json(entries)
            return
        table = Table("at", "what", "version", "who and why", header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
        for entry in entries:
            table.add_row(*history_row(entry))
        for column in table.columns[:3]:
            column.no_wrap = True
        out.print(table)


def history_row(entry: dict[str, Any]) -> tuple[str, str, str, str]:
    """One change as a row."""
    told: dict[str, Any] = entry["data"]
    about: dict[str, Any] = told.get("policy") or {}
    why = f"{entry['actor']}: {told['reason']}" if told.get("reason") else entry["actor"]
    return (
        str(entry["at"])[5:16].replace("T", " "),
        entry["kind"].removeprefix("policy.").replace("_", " "),
        f"@{about.get('version', '')}",
        why,
    )
