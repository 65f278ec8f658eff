"""`maitred keys`: make, list and revoke API keys; works while the service runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from cli.console import out, print_entry, print_json
from cli.shell import SHELL, with_stores
from desk.keys import KeyOffice, KeyWish
from domain.access import Scope
from runtime.clock import shared_clock
from runtime.servers import Stores
from runtime.settings import Settings
from runtime.sign_in import open_keys

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Make, list and revoke API keys.")


@app.command("create")
def create(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    scope: Annotated[list[str], typer.Option(help="A scope, such as cases:write; several times for several; `all` for every scope.")],
    person: Annotated[str | None, typer.Option(help="Make it this person's key: the actor is then person:ID.")] = None,
    role: Annotated[
        list[str] | None, typer.Option(help="A role in approving policies: `review_board`, or the owner of guards such as `legal`.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="Only objects of this region exist for the key.")] = None,
    client: Annotated[str | None, typer.Option(help="Only objects of this client exist for the key.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a key. It is shown this once; only its HMAC is stored."""

    wish = KeyWish(name, tuple(scope), person=person, roles=tuple(role or ()), region=region, client_id=client)

    async def make(office: KeyOffice) -> None:
        key, secret = await office.create(wish, SHELL)
        if json:
            print_json({"id": key.id, "key": secret, "actor": key.actor, "scopes": list(key.scopes)})
        else:
            out.print(f"{key.id} for {key.actor} with {', '.join(key.scopes)}\n[bold]{secret}[/bold]\nKeep it: it is not shown again.")

    _with_office(make)


@app.command("list")
def list_keys() -> None:
    """List keys."""

    async def show(office: KeyOffice) -> None:
        found = await office.all(SHELL)
        for one in found:
            key = one.key
            scopes = "every scope" if set(key.scopes) >= set(Scope) else ", ".join(key.scopes)
            used = f"; last used {one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "; never used"
            ended = f"; revoked {one.revoked_at:%Y-%m-%d %H:%M}" if one.revoked_at else ""
            print_entry(key.id, scopes, f"made {one.created_at:%Y-%m-%d %H:%M}{used}{ended}", beside=f"{key.name}, acts as {key.actor}")
        if not found:
            out.print("There are no keys yet: maitred keys create --name NAME --scope all")

    _with_office(show)


@app.command("revoke")
def revoke(key_id: Annotated[str, typer.Argument(help="The key's id, as `maitred keys list` shows it.")]) -> None:
    """End a key; running workers refuse it within five seconds."""

    async def end(office: KeyOffice) -> None:
        await office.revoke(key_id, SHELL)
        out.print(f"{key_id} is revoked.")

    _with_office(end)


def _with_office(do: Callable[[KeyOffice], Awaitable[None]]) -> None:
    async def opened(settings: Settings, stores: Stores) -> None:
        await do(open_keys(settings, stores, await shared_clock(stores.database)))

    with_stores(opened)
