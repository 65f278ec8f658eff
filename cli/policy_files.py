"""`maitred policy new|check|test|show|fmt|schema`: what is done with files, without any service."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import err, out, plain_errors, print_entry, print_fault, print_json
from cli.policy_service import LOCAL, Key, PolicyService, Url, is_version, path_of, version_of
from domain.errors import Conflict, PolicyInvalid, SetupFailed
from policies.checks import check_policy
from policies.engine import CompiledPolicy, compile_policy
from policies.language.editor_schema import editor_schema
from policies.language.formatting import format_policy
from policies.language.starter import starter
from policies.rules import shipped
from policies.suite import run_suite

SHIPPED = "vip-support.yaml (shipped)"
PolicyFile = Annotated[Path | None, typer.Argument(help="A policy file; the shipped one when left out.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True)
class Found:
    """What a check found, each as line, column, reason and, where there is one, an example."""

    faults: list[dict[str, Any]]
    unproved: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    widenings: list[dict[str, Any]]


def new(
    name: Annotated[str, typer.Argument(help="The policy's name, such as vip-support.")],
    file: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write it; NAME.yaml when left out.")] = None,
) -> None:
    """Write a small policy to begin with: commented, tested, without a fault."""
    with plain_errors():
        target, text = file or Path(f"{name}.yaml"), starter(name)
        try:
            with target.open("x", encoding="utf-8") as opened:
                opened.write(text)
        except FileExistsError as error:
            raise Conflict(f"{target} is there already; name another file with --out.") from error
        except OSError as error:
            raise SetupFailed(f"Cannot write {target}: {error.strerror}.") from error
        out.print(f"{target} is a policy that works. Change it, then: maitred policy check {target}", soft_wrap=True)


def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Policy files; the shipped one when left out.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="The policy that is active now: say where these allow more, with a client that shows it.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Leave the proofs out.")] = False,
    patience: Annotated[float, typer.Option(min=1, max=600, help="Seconds that the proofs of one policy may take.")] = 20.0,
    json: Json = False,
) -> None:
    """Read, test and prove policies: every fault with file, line, column, and facts that show it."""
    wrong, results = False, list[dict[str, Any]]()
    for file in files or [None]:
        try:
            with plain_errors(label(file)):
                base = compiled(against) if against else None
                policy, found = _checked(file, base, quick, patience)
        except typer.Exit:
            wrong = True
            continue
        wrong = wrong or bool(found.faults)
        name, digest = (policy.ref.name, policy.digest) if policy else (None, None)
        results.append({"file": label(file), "policy": name, "digest": digest, **vars(found)})
        if not json:
            _tell(label(file), policy, found, quick)
    if json:
        print_json(results if len(results) != 1 else results[0])
    if wrong:
        raise typer.Exit(1)


def _checked(file: Path | None, base: CompiledPolicy | None, quick: bool, patience: float) -> tuple[CompiledPolicy | None, Found]:
    """The policy, unless its text cannot be compiled, and what was found."""
    try:
        policy = compiled(file)
    except PolicyInvalid as error:
        return None, Found(error.faults, [], [], [])
    return policy, _found(policy, base, quick, patience)


def _found(policy: CompiledPolicy, base: CompiledPolicy | None, quick: bool, patience: float) -> Found:
    plain = check_policy(policy)
    if quick:
        return Found(plain, [], [], [])
    analysis: Any = import_module("policies.analysis")  # it brings a prover along
    with err.status("proving what holds for all facts ...", spinner="dots"):
        proved: Any = analysis.analyse(policy, base=base, patience_s=patience)
    parts = {name: [one.model_dump(mode="json") for one in getattr(proved, name)] for name in Found.__annotations__}
    known = {(one["line"], one["column"], one["reason"]) for one in parts["faults"]}
    told = [*(one for one in plain if (one["line"], one["column"], one["reason"]) not in known), *parts.pop("faults")]
    return Found(sorted(told, key=lambda one: (one["line"], one["column"])), **parts)


def _tell(source: str, policy: CompiledPolicy | None, found: Found, quick: bool) -> None:
    for fault in found.faults:
        print_fault(source, fault)
    for heading, findings in (
        ("not proved (a named approver must accept each)", found.unproved),
        ("allows more than the policy it was compared with", found.widenings),
        ("worth knowing", found.notes),
    ):
        if findings:
            err.print(f"[bold]{heading}[/bold]")
        for one in findings:
            print_fault(source, one)
    if found.faults or policy is None:
        name = policy.ref.name if policy else source
        err.print(f"[red]✗[/red] {name}: {len(found.faults)} fault{'s' * (len(found.faults) > 1)}", soft_wrap=True)
    else:
        document = policy.document
        counts = f"{len(document.guards)} guards, {len(document.tests)} tests, {len(document.invariants)} invariants"
        proved = " (proofs left out)" if quick else f", {len(found.unproved)} not proved" if found.unproved else ""
        out.print(f"[green]✓[/green] {policy.ref.name}: {counts}, no fault{proved}\n  {policy.digest}")


def run_tests(file: PolicyFile = None, json: Json = False) -> None:
    """Run the tests that stand inside a policy."""
    with plain_errors(label(file)):
        outcomes = run_suite(compiled(file))
        failed = [outcome for outcome in outcomes if not outcome.passed]
        if json:
            print_json([{"name": one.name, "line": one.line, "passed": one.passed, "failures": list(one.failures)} for one in outcomes])
        else:
            for outcome in failed:
                err.print(f"[red]✗[/red] line {outcome.line}: {outcome.name}")
                for failure in outcome.failures:
                    err.print(f"    {failure}", markup=False)
            out.print(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
        if failed:
            raise typer.Exit(1)


def show(
    policy_name: Annotated[
        str | None,
        typer.Argument(metavar="FILE|NAME@VERSION", help="A policy file, or a version of the service; the shipped one when left out."),
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="Print the text as it is, to begin a change with.")] = False,
    url: Url = LOCAL,
    key: Key = "",
) -> None:
    """Show a policy's tiers and guards, or its text."""
    with plain_errors(policy_name or SHIPPED):
        policy = compiled_side(policy_name, url, key)
        if text:
            typer.echo(policy.text, nl=False)
            return
        out.print(f"[bold]{policy.ref.name}[/bold]: {policy.document.description}\n{policy.digest}")
        out.print(f"\n[bold blue]{len(policy.document.tiers)} tiers[/bold blue], the first that matches wins")
        for tier in policy.document.tiers:
            print_entry(tier.id, tier.when, beside=f"rank {tier.rank}, budget {tier.budget_ms} ms")
        out.print(f"\n[bold blue]{len(policy.rules.guards)} guards[/bold blue], each narrows")
        for guard in policy.rules.guards:
            print_entry(
                guard.rule.id, f"when {guard.rule.when}", f"then {guard.summary}", guard.rule.because, beside=f"({guard.rule.owner})"
            )


def fmt(
    files: Annotated[list[Path], typer.Argument(help="Policy files; - formats standard input to standard output.")],
    check_only: Annotated[bool, typer.Option("--check", help="Change nothing; exit status 1 when a file is not in form.")] = False,
    changes: Annotated[bool, typer.Option("--diff", help="Show what would change, and change nothing.")] = False,
) -> None:
    """Put policy files into their one form; meaning and comments stay."""
    unformed = 0
    for file in files:
        with plain_errors(str(file)):
            text = typer.get_text_stream("stdin").read() if str(file) == "-" else text_of(file)
            formatted = format_policy(text)
            if str(file) == "-" and not (check_only or changes):
                typer.echo(formatted, nl=False)
            elif formatted != text:
                unformed += 1
                _form(file, text, formatted, check_only, changes)
    if unformed and (check_only or changes):
        raise typer.Exit(1)


def _form(file: Path, text: str, formatted: str, check_only: bool, changes: bool) -> None:
    if changes:
        lines = difflib.unified_diff(text.splitlines(True), formatted.splitlines(True), str(file), f"{file} formatted")
        typer.echo("".join(lines), nl=False)
    elif check_only:
        out.print(f"{file} is not in form: maitred policy fmt {file}", soft_wrap=True)
    else:
        try:
            file.write_text(formatted, encoding="utf-8")
        except OSError as error:
            raise SetupFailed(f"Cannot write {file}: {error.strerror}.") from error
        out.print(f"{file} is formatted", soft_wrap=True)


def schema() -> None:
    """Print the JSON Schema of the policy language, for completion and hover in editors."""
    print_json(editor_schema())


def compiled_side(side: str | None, url: str, key: str) -> CompiledPolicy:
    """The policy of a file or of a version of the service; the shipped one for None."""
    if side is None or not is_version(side):
        return compiled(Path(side) if side else None)
    name, number = version_of(side)
    found = PolicyService(url, key).get(path_of(name, number)).data
    return compile_policy(found["text"], version=number, stage=found["stage"])


def label(file: Path | None) -> str:
    """The file's name as faults carry it."""
    return SHIPPED if file is None else str(file)


def compiled(file: Path | None) -> CompiledPolicy:
    """The policy of a file, or the shipped one. Raises SetupFailed and PolicyInvalid."""
    return compile_policy(shipped() if file is None else text_of(file))


def text_of(file: Path) -> str:
    """The text of a file. Raises SetupFailed when it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupFailed(f"Cannot read {file}: {error.strerror if isinstance(error, OSError) else error}.") from error
