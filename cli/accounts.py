"""`maitred accounts`: who may sign in to the console; works while the service runs."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from cli.console import out, print_entry
from cli.shell import SHELL, with_stores
from desk.accounts import AccountOffice
from domain.account import SEATS, Seat
from domain.errors import InvalidInput
from runtime.clock import shared_clock
from runtime.servers import Stores
from runtime.settings import Settings
from runtime.sign_in import open_sign_in, served_at

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Let people sign in to the console, or keep them out.")
Person = Annotated[str, typer.Argument(help="The person's id, as in `person:ID`.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking for it.")]
Seats = Annotated[list[Seat], typer.Option("--seat", help="What the person does here; several times for several.")]
Roles = Annotated[
    list[str] | None,
    typer.Option("--role", help="What the person stands for in policies: `legal`, `policy_approver`; several times for several."),
]
Region = Annotated[str | None, typer.Option(help="Only objects of this region exist for the person.")]
Name = Annotated[str, typer.Option(help="As colleagues read it.")]
Email = Annotated[str, typer.Option(help="What the person signs in with.")]


@app.command("create")
def create(
    person: Person, name: Name, email: Email, seat: Seats, role: Roles = None, region: Region = None, password_stdin: FromStdin = False
) -> None:
    """Make an account with a password; `invite` lets its person choose one."""
    wanted = {"id": person, "name": name, "email": email, "seats": seat, "roles": role or (), "region": region}

    async def make(office: AccountOffice) -> None:
        account = await office.create(wanted, _password(password_stdin), SHELL)
        print_entry(account.id, *_about(account.email, account.seats, account.roles, account.region), beside=account.name)

    _with_office(make)


@app.command("invite")
def invite(person: Person, email: Email, seat: Seats, role: Roles = None, region: Region = None) -> None:
    """Print a link by which somebody chooses their name and password; it counts once, for three days."""
    wanted = {"id": person, "email": email, "seats": seat, "roles": role or (), "region": region}

    async def make(office: AccountOffice, settings: Settings) -> None:
        invitation, secret = await office.invite(wanted, SHELL)
        _print_link(settings, secret, f"{person} <{invitation.email}>")

    _with_office_and_settings(make)


@app.command("link")
def link(person: Person) -> None:
    """Print a link by which somebody who has an account chooses another password; it counts once, for three days."""

    async def make(office: AccountOffice, settings: Settings) -> None:
        invitation, secret = await office.invite_again(person, SHELL)
        _print_link(settings, secret, f"{person} <{invitation.email}>")

    _with_office_and_settings(make)


@app.command("change")
def change(
    person: Person,
    name: Annotated[str | None, typer.Option(help="As colleagues read it.")] = None,
    email: Annotated[str | None, typer.Option(help="What the person signs in with.")] = None,
    seat: Annotated[list[Seat] | None, typer.Option(help="The seats from now on, in place of those before.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="The roles from now on, in place of those before.")] = None,
    no_roles: Annotated[bool, typer.Option("--no-roles", help="No role from now on.")] = False,
    region: Region = None,
    every_region: Annotated[bool, typer.Option("--every-region", help="The person belongs to no region from now on.")] = False,
) -> None:
    """Change what is named, and nothing else; whoever is signed in has it at once."""
    if (role and no_roles) or (region and every_region):
        raise typer.BadParameter("give either --role or --no-roles, either --region or --every-region")
    wanted: dict[str, Any] = {"name": name, "email": email, "seats": seat, "roles": role, "region": region}
    wanted = {key: value for key, value in wanted.items() if value is not None}
    wanted |= ({"roles": ()} if no_roles else {}) | ({"region": None} if every_region else {})

    async def make(office: AccountOffice) -> None:
        if not wanted:
            raise InvalidInput("Say what should change: maitred accounts change --help")
        account = await office.change(person, wanted, SHELL)
        print_entry(account.id, *_about(account.email, account.seats, account.roles, account.region), beside=account.name)

    _with_office(make)


@app.command("list")
def list_accounts() -> None:
    """List accounts, and who is invited."""

    async def show(office: AccountOffice) -> None:
        found, invited = await office.all(SHELL), await office.invitations(SHELL)
        for one in found:
            beside = one.name if one.active else f"{one.name} (may not sign in)"
            print_entry(one.id, *_about(one.email, one.seats, one.roles, one.region), beside=beside)
        for one in invited:
            until = f"{one.expires_at:%Y-%m-%d %H:%M} UTC"
            print_entry(one.person_id, *_about(one.email, one.seats, one.roles, one.region), beside=f"has a link that counts until {until}")
        if not found:
            out.print("There are no accounts yet. `maitred run` prints a link that makes the first one.")

    _with_office(show)


@app.command("password")
def password(person: Person, password_stdin: FromStdin = False) -> None:
    """Give somebody another password; all their sessions end."""

    async def make(office: AccountOffice) -> None:
        ended = await office.set_password(person, _password(password_stdin), SHELL)
        out.print(f"{person} signs in with the new password; {ended} sessions ended.")

    _with_office(make)


@app.command("close")
def close(person: Person) -> None:
    """Keep somebody out from now on; their keys end, and what they did stays on record."""

    async def make(office: AccountOffice) -> None:
        _, ended = await office.keep_out(person, SHELL)
        out.print(f"{person} may not sign in any more; {ended} sessions and all their keys ended.")

    _with_office(make)


@app.command("open")
def reopen(person: Person) -> None:
    """Let somebody in again."""

    async def make(office: AccountOffice) -> None:
        await office.let_in(person, SHELL)
        out.print(f"{person} may sign in again.")

    _with_office(make)


def _print_link(settings: Settings, secret: str, whom: str) -> None:
    out.print(f"For {whom}, once, within three days; it is not shown again:", markup=False)
    out.print(f"{served_at(settings)}/join/{secret}", markup=False, soft_wrap=True)


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


def _with_office(do: Callable[[AccountOffice], Awaitable[None]]) -> None:
    async def made(office: AccountOffice, settings: Settings) -> None:
        del settings
        await do(office)

    _with_office_and_settings(made)


def _with_office_and_settings(do: Callable[[AccountOffice, Settings], Awaitable[None]]) -> None:
    async def opened(settings: Settings, stores: Stores) -> None:
        await do(open_sign_in(settings, stores, await shared_clock(stores.database)).office, settings)

    with_stores(opened)
