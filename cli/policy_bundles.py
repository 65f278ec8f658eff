"""`maitred policy export|import`: signed bundles for another region or installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import orjson
import typer

from cli.console import out, plain_errors, print_json
from cli.policy_files import Json, text_of
from cli.policy_review import show_version
from cli.policy_service import LOCAL, Key, PolicyService, Url, path_of, version_of
from domain.errors import InvalidInput, SetupFailed


def export(
    version: Annotated[str | None, typer.Argument(metavar="NAME@VERSION", help="A version, such as vip-support@8.")] = None,
    file: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write it; standard output when left out.")] = None,
    public_key: Annotated[bool, typer.Option("--public-key", help="Print the key that whoever imports our bundles must trust.")] = False,
    url: Url = LOCAL,
    key: Key = "",
) -> None:
    """Write a version as a signed bundle: its text, who approved it, and where it comes from."""
    if public_key == (version is not None):
        raise typer.BadParameter("name a version, or ask for --public-key", param_hint="NAME@VERSION")
    with plain_errors():
        service = PolicyService(url, key)
        if version is None:
            found = service.get("/v1/bundles/key").data
            typer.echo(f"{found['public_key']} {service.name}")
            return
        name, number = version_of(version)
        bundle = service.get(f"{path_of(name, number)}/bundle").data
        if file is None:
            print_json(bundle)
            return
        try:
            file.write_bytes(orjson.dumps(bundle, option=orjson.OPT_INDENT_2) + b"\n")
        except OSError as error:
            raise SetupFailed(f"Cannot write {file}: {error.strerror}.") from error
        out.print(f"{file} holds {name}@{number}, signed by {bundle['signature']['fingerprint']}", soft_wrap=True)


def take_in(
    file: Annotated[Path, typer.Argument(help="A bundle that `maitred policy export` wrote.")],
    url: Url = LOCAL,
    key: Key = "",
    json: Json = False,
) -> None:
    """Import a bundle of a trusted signer. It is a draft here: the same gates apply as to any other."""
    with plain_errors(str(file)):
        service = PolicyService(url, key)
        answer = service.post("/v1/policies/import", _bundle(file), waiting="checking and proving")
        name, number = answer.data["name"], answer.data["version"]
        if not json:
            told = "is a draft here:" if answer.status == 201 else "was known here as"
            out.print(f"{file} {told} {name}@{number}", soft_wrap=True)
        show_version(service, name, number, json)


def _bundle(file: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(text_of(file))
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"{file} is no bundle: it is no JSON ({error.msg} at position {error.pos}).") from error
    if not isinstance(found, dict):
        raise InvalidInput(f"{file} is no bundle: it holds no JSON object.")
    return cast("dict[str, Any]", found)
