"""API keys: what each may do and when it was used; made with a secret that is shown once, and revoked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from console.form_faults import told
from console.packing import as_it_is
from console.rendering import HEADERS, page
from console.visitors import Admin, DeskDep, LedgerReader, Page, Visitor, form_of, many_of, status_of
from desk.front import Desk
from desk.keys import KeyWish
from domain.access import ApiKey, Scope
from domain.errors import Conflict, Forbidden, InvalidInput, MaitredError
from domain.facts import Region
from domain.identifiers import new_id

router = APIRouter(prefix="/settings/keys", route_class=Page)

SHOWN = 200
Id = Annotated[str, Path(max_length=64)]
Words = Annotated[str, Query(max_length=100)]
Choice = Annotated[str, Query(max_length=1)]


@router.get("")
async def listed(desk: DeskDep, visitor: LedgerReader, q: Words = "", revoked: Choice = "") -> Response:
    """Every live key, and the form for a new one; those that were revoked when asked."""
    return await _listed(desk, visitor, q=q, revoked=bool(revoked))


@router.post("")
async def create(request: Request, desk: DeskDep, visitor: Admin) -> Response:
    """A new key; its secret is on this page and nowhere else. Sent again, the form makes no second one."""
    form = await form_of(request)
    wanted = KeyWish(
        name=form.get("name", ""),
        scopes=tuple(await many_of(request, "scopes")),
        person=form.get("person", "").strip() or None,
        roles=tuple(one.strip() for one in form.get("roles", "").split(",") if one.strip()),
        region=form.get("region") or None,
        client_id=form.get("client_id", "").strip() or None,
        id=form.get("id", ""),
    )
    try:
        key, secret = await desk.keys.create(wanted, visitor.key)
    except (InvalidInput, Conflict, Forbidden) as error:
        return await _listed(desk, visitor, error=error, given=wanted)
    return as_it_is(await _listed(desk, visitor, made=key, secret=secret))


@router.get("/{key_id}/revoke")
async def ask_to_revoke(key_id: Id, desk: DeskDep, visitor: Admin) -> Response:
    """What ends with the key, before it ends."""
    return page("key_revoke.html", visitor=visitor, one=await desk.keys.one(key_id, visitor.key))


@router.post("/{key_id}/revoke")
async def revoke(key_id: Id, desk: DeskDep, visitor: Admin) -> Response:
    """End a key; running workers refuse it within five seconds."""
    await desk.keys.revoke(key_id, visitor.key)
    return RedirectResponse("/settings/keys", 303, HEADERS)


async def _listed(
    desk: Desk,
    visitor: Visitor,
    *,
    q: str = "",
    revoked: bool = False,
    error: MaitredError | None = None,
    given: KeyWish | None = None,
    made: ApiKey | None = None,
    secret: str = "",
) -> Response:
    everything, looked_for = await desk.keys.all(visitor.key), q.strip().casefold()
    fits = [
        one
        for one in reversed(everything)
        if (one.revoked_at is not None) is revoked
        and looked_for in f"{one.key.id}\n{one.key.name}\n{one.key.actor}\n{' '.join((*one.key.scopes, *one.key.roles))}".casefold()
    ]
    return page(
        "keys.html",
        status_of(error) if error else 200,
        visitor=visitor,
        found=fits[:SHOWN],
        more=len(fits) - SHOWN,
        revoked_ones=sum(one.revoked_at is not None for one in everything),
        look={"q": q, "revoked": revoked},
        scopes=[one.value for one in Scope],
        regions=[visitor.key.region] if visitor.key.region else [one.value for one in Region],
        error=told(error),
        given=given or KeyWish("", (), region=visitor.key.region),
        fresh_id=new_id("key"),
        made=made,
        secret=secret,
    )
