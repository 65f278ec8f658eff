"""Accounts of people: who may sign in and what they do here, invitations, and each person's own page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from console.form_faults import told
from console.packing import as_it_is
from console.rendering import HEADERS, page
from console.visitors import Admin, DeskDep, LedgerReader, Page, Visitor, form_of, many_of, status_of
from desk.accounts import mark_of
from desk.front import Desk
from domain.account import SEATS, Invitation, Seat
from domain.errors import Conflict, Forbidden, InvalidInput, MaitredError, StaleObject
from domain.facts import Region

router = APIRouter(prefix="/settings/accounts", route_class=Page)

SHOWN = 200
Id = Annotated[str, Path(max_length=64)]
Words = Annotated[str, Query(max_length=100)]
Choice = Annotated[str, Query(max_length=1)]
REFUSED = (InvalidInput, Conflict, Forbidden, StaleObject)


@router.get("")
async def listed(desk: DeskDep, visitor: LedgerReader, q: Words = "", out: Choice = "") -> Response:
    """Everybody who may sign in, who is invited, and the form to invite somebody."""
    return await _listed(desk, visitor, q=q, out=bool(out))


@router.post("")
async def invite(request: Request, desk: DeskDep, visitor: Admin) -> Response:
    """A link for somebody new, shown this once."""
    form = await form_of(request)
    wanted = {**{name: form.get(name, "") for name in ("id", "email")}, **await _standing(request, form)}
    try:
        invitation, secret = await desk.accounts.invite(wanted, visitor.key)
    except REFUSED as error:
        return await _listed(desk, visitor, error=error, given=wanted)
    return as_it_is(await _listed(desk, visitor, link=_link(request, secret), invitation=invitation))


@router.post("/invitations/{invitation_id}/withdraw")
async def withdraw(invitation_id: Id, desk: DeskDep, visitor: Admin) -> Response:
    """Make a link void."""
    await desk.accounts.withdraw(invitation_id, visitor.key)
    return RedirectResponse("/settings/accounts", 303, HEADERS)


@router.get("/{person_id}")
async def show(person_id: Id, desk: DeskDep, visitor: LedgerReader) -> Response:
    """One person: what they do here, where they are signed in, and what an admin may change."""
    return await _shown(desk, visitor, person_id)


@router.post("/{person_id}")
async def change(person_id: Id, request: Request, desk: DeskDep, visitor: Admin) -> Response:
    """Another name, e-mail, seats, roles or region; whoever is signed in has it at once."""
    form = await form_of(request)
    wanted = {**{name: form.get(name, "") for name in ("name", "email")}, **await _standing(request, form)}

    async def do() -> object:
        return await desk.accounts.change(person_id, wanted, visitor.key, form.get("mark", ""))

    return await _done(desk, visitor, person_id, do, wanted)


@router.post("/{person_id}/out")
async def keep_out(person_id: Id, desk: DeskDep, visitor: Admin) -> Response:
    """Keep somebody out; their sessions end."""
    return await _done(desk, visitor, person_id, lambda: desk.accounts.keep_out(person_id, visitor.key))


@router.post("/{person_id}/in")
async def let_in(person_id: Id, desk: DeskDep, visitor: Admin) -> Response:
    """Let somebody sign in again."""
    return await _done(desk, visitor, person_id, lambda: desk.accounts.let_in(person_id, visitor.key))


@router.post("/{person_id}/unlock")
async def unlock(person_id: Id, desk: DeskDep, visitor: Admin) -> Response:
    """Let somebody try again who gave too many wrong passwords."""
    return await _done(desk, visitor, person_id, lambda: desk.sign_in.lockouts.lift(person_id, visitor.key))


@router.post("/{person_id}/link")
async def link(person_id: Id, request: Request, desk: DeskDep, visitor: Admin) -> Response:
    """A link by which somebody chooses another password, shown this once."""
    try:
        invitation, secret = await desk.accounts.invite_again(person_id, visitor.key)
    except REFUSED as error:
        return await _shown(desk, visitor, person_id, error=error)
    return as_it_is(await _shown(desk, visitor, person_id, link=_link(request, secret), invitation=invitation))


@router.post("/{person_id}/sessions/end")
async def end_sessions(person_id: Id, desk: DeskDep, visitor: Admin) -> Response:
    """End every session of somebody, without keeping them out."""
    await desk.accounts.end_sessions(person_id, visitor.key)
    return RedirectResponse(f"/settings/accounts/{person_id}", 303, HEADERS)


async def _done(desk: Desk, visitor: Visitor, person_id: str, do: Any, given: dict[str, Any] | None = None) -> Response:
    try:
        await do()
    except REFUSED as error:
        return await _shown(desk, visitor, person_id, error=error, given=given)
    return RedirectResponse(f"/settings/accounts/{person_id}", 303, HEADERS)


async def _standing(request: Request, form: dict[str, str]) -> dict[str, Any]:
    """Seats, roles and region of a form: roles are ticked, and others written with commas between."""
    others = [one.strip() for one in form.get("other_roles", "").split(",") if one.strip()]
    return {
        "seats": tuple(one for one in await many_of(request, "seats") if one in set(Seat)),
        "roles": tuple(dict.fromkeys([*await many_of(request, "roles"), *others])),
        "region": form.get("region") or None,
    }


async def _listed(
    desk: Desk,
    visitor: Visitor,
    *,
    q: str = "",
    out: bool = False,
    error: MaitredError | None = None,
    given: dict[str, Any] | None = None,
    link: str = "",
    invitation: Invitation | None = None,
) -> Response:
    everybody = await desk.accounts.all(visitor.key)
    looked_for = q.strip().casefold()
    fits = [
        one
        for one in everybody
        if one.active is not out and looked_for in f"{one.id}\n{one.name}\n{one.email}\n{' '.join((*one.seats, *one.roles))}".casefold()
    ]
    return page(
        "accounts.html",
        status_of(error) if error else 200,
        visitor=visitor,
        accounts=fits[:SHOWN],
        more=len(fits) - SHOWN,
        kept_out=sum(not one.active for one in everybody),
        look={"q": q, "out": out},
        invitations=await desk.accounts.invitations(visitor.key),
        error=told(error),
        given={"id": "", "email": "", "seats": (), "roles": (), "region": visitor.key.region, **(given or {})},
        link=link,
        invitation=invitation,
        **_choices(desk, visitor),
    )


async def _shown(
    desk: Desk,
    visitor: Visitor,
    person_id: str,
    *,
    error: MaitredError | None = None,
    given: dict[str, Any] | None = None,
    link: str = "",
    invitation: Invitation | None = None,
) -> Response:
    account = await desk.accounts.one(person_id, visitor.key)
    return page(
        "person.html",
        status_of(error) if error else 200,
        visitor=visitor,
        account=account,
        mark=mark_of(account),
        given={**account.model_dump(), **(given or {})},
        sessions=len(await desk.sign_in.sessions.of(account.id)),
        locks=await desk.sign_in.lockouts.of(account),
        error=told(error),
        link=link,
        invitation=invitation,
        **_choices(desk, visitor),
    )


def _choices(desk: Desk, visitor: Visitor) -> dict[str, Any]:
    regions = [visitor.key.region] if visitor.key.region else [one.value for one in Region]
    return {"seats": list(SEATS.items()), "asked_roles": desk.roles.asked(), "regions": regions}


def _link(request: Request, secret: str) -> str:
    return f"{str(request.base_url).rstrip('/')}/join/{secret}"
