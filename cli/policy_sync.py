"""`maitred policy sync`: policy files, in a git checkout or not, are what should decide; the same people approve as always."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli.console import out, plain_errors, print_entry, print_json
from cli.policy_files import Json, text_of
from cli.policy_review import put_in_review
from cli.policy_rollout import begin
from cli.policy_service import LOCAL, Key, PolicyService, Url, path_of
from domain.errors import InvalidInput, SetupFailed
from policies.engine import CompiledPolicy, compile_policy

DRIFT = 3
GIT_LIMIT_S = 10
SUFFIXES = (".yaml", ".yml")


class Step(StrEnum):
    """What was done, or what stands in the way."""

    IN_SYNC = "in sync"
    SUBMITTED = "submitted"
    WAITS = "waits for approval"
    REJECTED = "rejected"
    APPROVED = "approved"
    STARTED = "rollout started"
    RUNS = "rollout runs"
    ROLLED_BACK = "rolled back"
    WOULD_SUBMIT = "would be submitted"


@dataclass(frozen=True)
class Source:
    """A policy file and the commit that it is from."""

    file: Path
    text: str
    policy: CompiledPolicy
    commit: str

    @property
    def name(self) -> str:
        """The policy's name."""
        return self.policy.ref.name


@dataclass(frozen=True)
class Synced:
    """Where a file stands now."""

    source: Source
    version: int | None
    step: Step
    lines: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "policy": self.source.name,
            "file": str(self.source.file),
            "digest": self.source.policy.digest,
            "commit": self.source.commit or None,
            "version": self.version,
            "step": self.step.value,
            "drift": self.step is not Step.IN_SYNC,
            "said": list(self.lines),
        }


def sync(
    source: Annotated[Path, typer.Argument(metavar="DIR|FILE", help="A policy file, or a folder of them.")],
    rollout: Annotated[
        Literal["shadow", "canary"] | None, typer.Option(help="Begin a rollout of what was approved; never before it was.")
    ] = None,
    percent: Annotated[float, typer.Option(min=0, max=100, help="Share of clients when the rollout is a canary.")] = 5.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    url: Url = LOCAL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Make policy files the source: draft and submit what is new, report what is active but not what the files say.

    It approves nothing, can be repeated, and ends with status 3 while something active is not what a file says.
    """
    with plain_errors():
        service = PolicyService(url, key)
        wanted = {"stage": rollout, **({"percent": percent} if rollout == "canary" else {})} if rollout else None
        synced = [_synced(service, one, wanted, dry_run) for one in _sources(source)]
    if json:
        print_json([one.plain() for one in synced])
    else:
        for one in synced:
            reference = f"{one.source.name}@{one.version}" if one.version else one.source.name
            print_entry(reference, str(one.source.file), *one.lines, beside=one.step)
        drifting = sum(one.step is not Step.IN_SYNC for one in synced)
        out.print(f"{len(synced) - drifting} in sync, {drifting} not yet what the file says")
    if any(one.step is not Step.IN_SYNC for one in synced):
        raise typer.Exit(DRIFT)


def _sources(source: Path) -> list[Source]:
    """The policies of a file or folder. Every file is read before anything is sent; a fault in one stops all."""
    if not source.exists():
        raise SetupFailed(f"There is no {source}.")
    found: dict[str, Source] = {}
    for file in _files(source):
        text = text_of(file)
        if source.is_dir() and not any(line.startswith("policy:") for line in text.splitlines()):
            continue
        with plain_errors(str(file)):
            policy = compile_policy(text)
        if policy.ref.name in found:
            raise InvalidInput(f"{file} and {found[policy.ref.name].file} both hold policy {policy.ref.name}; keep one of them.")
        found[policy.ref.name] = Source(file, text, policy, commit_of(file))
    if not found:
        raise InvalidInput(f"There is no policy in {source}: a policy file ends in .yaml and begins with `policy: <name>`.")
    return list(found.values())


def _files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
        return
    for file in sorted(source.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(source).parts)
        if file.suffix in SUFFIXES and file.is_file() and not hidden:
            yield file


def commit_of(file: Path) -> str:
    """The last commit that touched the file, with a remark when the file was changed since; empty outside of git."""
    folder = str(file.resolve().parent)
    commit = _git(folder, "log", "-1", "--format=%H %s", "--", file.name)
    if not commit:
        return ""
    changed = _git(folder, "status", "--porcelain", "--", file.name)
    return f"{commit} (with changes that are not committed)" if changed else commit


def _git(folder: str, *arguments: str) -> str:
    command = ["git", "-C", folder, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=GIT_LIMIT_S, check=False)  # noqa: S603 - no shell
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _synced(service: PolicyService, source: Source, wanted: dict[str, Any] | None, dry_run: bool) -> Synced:
    version = _known(service, source)
    if version is None:
        if dry_run:
            return Synced(source, None, Step.WOULD_SUBMIT, ("its text is new",))
        with plain_errors(str(source.file)):
            path = f"{path_of(source.name)}/versions"
            version = service.post(path, {"text": source.text, "reason": _reason(source)}, waiting="checking and proving").data
    number, stage = version["version"], version["stage"]
    if stage == "draft":
        return _submitted(service, source, version, dry_run)
    if stage == "in_review":
        missing = service.get(path_of(source.name, number)).data["missing"]
        return Synced(source, number, Step.WAITS, tuple(f"missing: {one}" for one in missing))
    if stage == "approved":
        return _started(service, source, number, wanted, dry_run)
    if stage == "retired":
        advice = f"to take the file as it is, roll it out by hand: maitred policy submit {source.name}@{number}"
        return Synced(source, number, Step.ROLLED_BACK, (version["reason"] or "it decided once and does not any more", advice))
    return Synced(source, number, Step.IN_SYNC if stage == "active" else Step.RUNS)


def _known(service: PolicyService, source: Source) -> dict[str, Any] | None:
    """The version that has the file's text already."""
    names = {policy["name"] for policy in service.items("/v1/policies")}
    versions = service.items(f"{path_of(source.name)}/versions", most=100_000) if source.name in names else iter(())
    return next((one for one in versions if one["digest"] == source.policy.digest), None)


def _submitted(service: PolicyService, source: Source, version: dict[str, Any], dry_run: bool) -> Synced:
    """In review, unless people have looked at this text before and said no: then the file has to change, or a person insists."""
    number = version["version"]
    refused = _rejection(service, source.name, version["digest"]) if version["submitted_at"] else None
    if refused:
        return Synced(source, number, Step.REJECTED, (refused, "change the file, or submit it again by hand"))
    if dry_run:
        return Synced(source, number, Step.WOULD_SUBMIT)
    missing = put_in_review(service, source.name, number, _reason(source)).data["missing"]
    return Synced(source, number, Step.SUBMITTED, (_reason(source), *(f"missing: {one}" for one in missing)))


def _rejection(service: PolicyService, name: str, digest: str) -> str | None:
    last = None
    for entry in service.items(f"{path_of(name)}/history", most=100_000):
        about: dict[str, Any] = entry["data"].get("policy") or {}
        if about.get("digest") == digest and entry["kind"] in ("policy.submitted", "policy.rejected", "policy.approvals_lapsed"):
            last = entry
    return f"{last['actor']} rejected it: {last['data'].get('reason')}" if last and last["kind"] == "policy.rejected" else None


def _started(service: PolicyService, source: Source, number: int, wanted: dict[str, Any] | None, dry_run: bool) -> Synced:
    if wanted is None or dry_run:
        return Synced(source, number, Step.APPROVED, ("it can be rolled out: --rollout shadow or --rollout canary",))
    if service.get(path_of(source.name)).data["active"] is None:
        return Synced(source, number, Step.APPROVED, ("this name decides no live traffic here, so there is nothing to roll out",))
    release = service.get(f"{path_of(source.name)}/rollout").data
    if release.get("candidate"):
        return Synced(source, number, Step.APPROVED, ("another rollout runs or is planned; this one begins once that is over",))
    begin(service, source.name, {"version": number, "reason": _reason(source), **wanted})
    return Synced(source, number, Step.STARTED, (f"in {wanted['stage']}",))


def _reason(source: Source) -> str:
    return f"Synced from {source.file.name}" + (f", commit {source.commit}" if source.commit else "")
