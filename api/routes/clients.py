"""Clients: who they are, and all that is known of one, each attribute with its source and age."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.client_bodies import ClientIdPath, ClientProfileOut, ClientsOut, RegionQuery, TierQuery, WordsQuery
from api.deps import CaseReader, DeskDep
from api.idempotent import IdempotentRoute
from api.pages import Cursor, Limit, answer, cursor_of, parts_of, problems
from desk.clients import ClientSearch

router = APIRouter(prefix="/v1/clients", tags=["clients"], route_class=IdempotentRoute)


@router.get("", summary="List clients by id", response_model=ClientsOut, responses=problems())
async def list_clients(
    desk: DeskDep,
    key: CaseReader,
    tier: TierQuery = None,
    region: RegionQuery = None,
    words: WordsQuery = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Clients of the CRM that the key may see, with their contacts."""
    after = parts_of(cursor, str)
    search = ClientSearch(text=words or "", tier=tier or "", region=region or "", after=after[0] if after else "", limit=limit + 1)
    items = await desk.clients.some(search, key)
    more = len(items) > limit
    return answer({"items": items[:limit], "next_cursor": cursor_of(items[limit - 1]["id"]) if more else None})


@router.get("/{client_id}", summary="All that is known of a client", response_model=ClientProfileOut, responses=problems(404))
async def get_client(client_id: ClientIdPath, desk: DeskDep, key: CaseReader) -> Response:
    """The unified profile of CRM, telemetry, helpdesk and own cases; a source that does not answer is named, and the rest is shown."""
    return answer(await desk.clients.one(client_id, key))
