"""`maitred keys`: make, list and revoke API keys; works while the service runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from cli.console import out, plain_errors, print_entry, print_json
from domain.access import Scope
from domain.errors import NotFound
from runtime.embedded import resolved_stack
from runtime.security import KeyRing
from runtime.servers import open_stores
from runtime.settings import load_settings
from stores.keys import PgKeys
from stores.schema import migrate

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

    async def make(ring: KeyRing, _: PgKeys) -> None:
        key, secret = await ring.create(name, scope, person=person, roles=role, region=region, client_id=client)
        if json:
            print_json({"id": key.id, "key": secret, "actor": key.actor, "scopes": list(key.scopes)})
        else:
            out.print(f"{key.id} for {key.actor} with {', '.join(key.scopes)}\n[bold]{secret}[/bold]\nKeep it: it is not shown again.")

    _with_ring(make)


@app.command("list")
def list_keys() -> None:
    """List keys."""

    async def show(_: KeyRing, keys: PgKeys) -> None:
        found = await keys.all()
        for key in found:
            scopes = "every scope" if set(key["scopes"]) >= set(Scope) else ", ".join(key["scopes"])
            ended = f"; revoked {key['revoked_at']:%Y-%m-%d %H:%M}" if key["revoked_at"] else ""
            print_entry(
                key["id"], scopes, f"made {key['created_at']:%Y-%m-%d %H:%M}{ended}", beside=f"{key['name']}, acts as {key['actor']}"
            )
        if not found:
            out.print("There are no keys yet: maitred keys create --name NAME --scope all")

    _with_ring(show)


@app.command("revoke")
def revoke(key_id: Annotated[str, typer.Argument(help="The key's id, as `maitred keys list` shows it.")]) -> None:
    """End a key; running workers refuse it within five seconds."""

    async def end(_: KeyRing, keys: PgKeys) -> None:
        if not await keys.revoke(key_id):
            raise NotFound(f"There is no live key {key_id}.")
        out.print(f"{key_id} is revoked.")

    _with_ring(end)


def _with_ring(do: Callable[[KeyRing, PgKeys], Awaitable[Any]]) -> None:
    async def go(database_url: str, redis_url: str, pepper: bytes) -> None:
        await migrate(database_url)
        async with open_stores(database_url, redis_url, 2) as stores:
            keys = PgKeys(stores.database)
            await do(KeyRing(keys, pepper), keys)

    with plain_errors():
        settings = load_settings()
        with resolved_stack(settings) as urls:
            asyncio.run(go(urls.database_url, urls.redis_url, settings.pepper()))
