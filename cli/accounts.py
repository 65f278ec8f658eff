"""`maitred accounts`: who may sign in to the console; works while the service runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from cli.console import out, plain_errors, print_entry
from desk.sign_in import checked, must_be_long
from domain.account import SEATS, Seat
from domain.errors import Conflict, InvalidInput, NotFound
from runtime.embedded import resolved_stack
from runtime.passwords import hash_of
from runtime.servers import Stores, open_stores
from runtime.settings import Settings, load_settings
from runtime.sign_in import sessions_of
from stores.accounts import PgAccounts
from stores.schema import migrate

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Let people sign in to the console, or keep them out.")
Person = Annotated[str, typer.Argument(help="The person's id, as in `person:ID`.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking for it.")]


@app.command("create")
def create(
    person: Person,
    name: Annotated[str, typer.Option(help="As colleagues read it.")],
    email: Annotated[str, typer.Option(help="What the person signs in with.")],
    seat: Annotated[list[Seat], typer.Option(help="What the person does here; several times for several.")],
    role: Annotated[list[str] | None, typer.Option(help="What the person stands for in policies: `legal`, `policy_approver`.")] = None,
    region: Annotated[str | None, typer.Option(help="Only objects of this region exist for the person.")] = None,
    password_stdin: FromStdin = False,
) -> None:
    """Make an account."""

    async def make(stores: Stores, settings: Settings) -> None:
        del settings
        password = _password(password_stdin)
        account = checked({"id": person, "name": name, "email": email, "seats": seat, "roles": role or (), "region": region}, password)
        if not await PgAccounts(stores.database).put(account, hash_of(password)):
            raise Conflict("This id or e-mail has an account already: maitred accounts list")
        print_entry(account.id, *_about(account.email, account.seats, account.roles, account.region), beside=account.name)

    _with_stores(make)


@app.command("list")
def list_accounts() -> None:
    """List accounts."""

    async def show(stores: Stores, settings: Settings) -> None:
        del settings
        found = await PgAccounts(stores.database).all()
        for one in found:
            beside = one.name if one.active else f"{one.name} (may not sign in)"
            print_entry(one.id, *_about(one.email, one.seats, one.roles, one.region), beside=beside)
        if not found:
            out.print("There are no accounts yet. `maitred run` prints a link that makes the first one.")

    _with_stores(show)


@app.command("password")
def password(person: Person, password_stdin: FromStdin = False) -> None:
    """Give somebody another password; all their sessions end."""

    async def change(stores: Stores, settings: Settings) -> None:
        wanted = _password(password_stdin)
        must_be_long(wanted)
        if not await PgAccounts(stores.database).set_password(person, hash_of(wanted)):
            raise _nobody(person)
        account = await PgAccounts(stores.database).one(person)
        if account is not None:
            await sessions_of(settings, stores).forgive(account.email)
        ended = await sessions_of(settings, stores).end_all(person)
        out.print(f"{person} signs in with the new password; {ended} sessions ended.")

    _with_stores(change)


@app.command("close")
def close(person: Person) -> None:
    """Keep somebody out from now on; what they did stays on record."""
    _with_stores(_activity(person, False))


@app.command("open")
def reopen(person: Person) -> None:
    """Let somebody in again."""
    _with_stores(_activity(person, True))


def _activity(person: str, active: bool) -> Callable[[Stores, Settings], Awaitable[None]]:
    async def change(stores: Stores, settings: Settings) -> None:
        if not await PgAccounts(stores.database).set_active(person, active):
            raise _nobody(person)
        ended = 0 if active else await sessions_of(settings, stores).end_all(person)
        out.print(f"{person} may sign in again." if active else f"{person} may not sign in any more; {ended} sessions ended.")

    return change


def _nobody(person: str) -> NotFound:
    return NotFound(f"Nobody has the id {person}: maitred accounts list")


def _about(email: str, seats: tuple[Seat, ...], roles: tuple[str, ...], region: str | None) -> list[str]:
    scopes = sorted({scope for seat in seats for scope in SEATS[seat]})
    lines = [email, f"seats: {', '.join(seats)} ({', '.join(scopes)})"]
    return lines + ([f"roles: {', '.join(roles)}"] if roles else []) + ([f"region: {region}"] if region else [])


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise InvalidInput("There is no terminal to ask for the password; give it with --password-stdin.")
    return typer.prompt("Password", hide_input=True, confirmation_prompt=True)


def _with_stores(do: Callable[[Stores, Settings], Awaitable[None]]) -> None:
    with plain_errors():
        settings = load_settings()
        with resolved_stack(settings) as urls:
            asyncio.run(_opened(settings, urls.database_url, urls.redis_url, do))


async def _opened(settings: Settings, database_url: str, redis_url: str, do: Callable[[Stores, Settings], Awaitable[None]]) -> None:
    await migrate(database_url)
    async with open_stores(database_url, redis_url, 2) as stores:
        await do(stores, settings)
