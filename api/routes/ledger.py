"""The ledger, read only."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import DeskDep, LedgerReader
from api.pages import Cursor, Limit, answer, cursor_of, parts_of, problems
from api.requests import Time
from api.responses import EntriesOut
from desk.cases import stamp
from domain.events import Kind
from domain.views import LedgerQuery

router = APIRouter(prefix="/v1/ledger", tags=["ledger"])

Word = Annotated[str | None, Query(max_length=128)]


@router.get("/entries", summary="Read the ledger", response_model=EntriesOut, responses=problems())
async def list_entries(
    desk: DeskDep,
    key: LedgerReader,
    case_id: Word = None,
    actor: Word = None,
    kind: Kind | None = None,
    since: Annotated[Time | None, Query(alias="from")] = None,
    until: Annotated[Time | None, Query(alias="to")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Entries in the order of their index."""
    after = parts_of(cursor, int)
    query = LedgerQuery(
        case_id=case_id,
        actor=actor,
        kind=kind,
        since=since,
        until=until,
        region=key.region,
        client_id=key.client_id,
        after=after[0] if after else 0,
        limit=limit + 1,
    )
    rows = await desk.views.entries(query)
    items = [{**row, "at": stamp(row["at"])} for row in rows[:limit]]
    return answer({"items": items, "next_cursor": cursor_of(items[-1]["index"]) if len(rows) > limit else None})
