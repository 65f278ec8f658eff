"""The ledger, read only: its entries, the proof of each, and all of it as lines."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response, StreamingResponse

from api.deps import DeskDep, LedgerReader
from api.ledger_bodies import CheckpointOut, ConsistencyOut, EntriesOut, ProofOut
from api.pages import Cursor, Limit, answer, begun, cursor_of, parts_of, problems
from api.requests import Time
from desk.cases import stamp
from domain.events import Kind
from domain.views import LedgerQuery

router = APIRouter(prefix="/v1/ledger", tags=["ledger"])

Word = Annotated[str | None, Query(max_length=128)]
Words = Annotated[
    str | None,
    Query(
        max_length=200,
        description='Words of the entry: all of them, `or` between two, `-not`, `"a phrase"`. An entry is found by them within seconds.',
        examples=["goodwill refund"],
    ),
]
LINES: dict[int | str, dict[str, Any]] = {
    200: {"description": "Lines of JSON", "content": {"application/x-ndjson": {"schema": {"type": "string"}}}}
}
Size = Annotated[int | None, Query(ge=1, le=2**62, description="Entries under the root; the newest checkpoint when left out.")]


async def chosen(
    key: LedgerReader,
    case_id: Word = None,
    actor: Word = None,
    kind: Kind | None = None,
    since: Annotated[Time | None, Query(alias="from")] = None,
    until: Annotated[Time | None, Query(alias="to")] = None,
    q: Words = None,
) -> LedgerQuery:
    """The entries that an address chooses, of those that the key may see."""
    return LedgerQuery(
        case_id=case_id, actor=actor, kind=kind, since=since, until=until, q=q or None, region=key.region, client_id=key.client_id
    )


Chosen = Annotated[LedgerQuery, Depends(chosen)]


@router.get("/entries", summary="Read the ledger", response_model=EntriesOut, responses=problems())
async def list_entries(desk: DeskDep, query: Chosen, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Entries in the order of their index."""
    after = parts_of(cursor, int)
    rows = await desk.views.entries(query.model_copy(update={"after": after[0] if after else 0, "limit": limit + 1}))
    items = [{**row, "at": stamp(row["at"])} for row in rows[:limit]]
    return answer({"items": items, "next_cursor": cursor_of(items[-1]["index"]) if len(rows) > limit else None})


@router.get("/export", summary="Read the ledger as lines", response_class=StreamingResponse, responses={**problems(), **LINES})
async def export_entries(desk: DeskDep, query: Chosen) -> Response:
    """Every entry that the filters choose, in the order of its index, one JSON object a line, with its `position` in the tree."""
    headers = {"Content-Disposition": 'attachment; filename="ledger.jsonl"'}
    return StreamingResponse(await begun(desk.ledger.export(query)), headers=headers, media_type="application/x-ndjson")


@router.get("/checkpoint", summary="The newest signed root", response_model=CheckpointOut, responses=problems(404))
async def get_checkpoint(desk: DeskDep, key: LedgerReader) -> Response:
    """The root over all sealed entries, as a signed note (C2SP tlog-checkpoint, Ed25519)."""
    return answer(await desk.ledger.checkpoint())


@router.get("/entries/{index}/proof", summary="Prove an entry", response_model=ProofOut, responses=problems(404, 409))
async def get_proof(
    index: Annotated[int, Path(ge=1, le=2**62, description="The entry's index.")], desk: DeskDep, key: LedgerReader, size: Size = None
) -> Response:
    """The entry's exact bytes and the path from their hash to a signed root (RFC 9162, section 2.1.3)."""
    return answer(await desk.ledger.proof(index, key, size))


@router.get("/consistency", summary="Prove that nothing was changed", response_model=ConsistencyOut, responses=problems(404))
async def get_consistency(
    desk: DeskDep,
    key: LedgerReader,
    earlier: Annotated[int, Query(alias="from", ge=1, le=2**62, description="Size of the earlier tree.")],
    size: Annotated[int | None, Query(alias="to", ge=1, le=2**62, description="Size of a checkpoint; the newest when left out.")] = None,
) -> Response:
    """That a later tree begins with an earlier one (RFC 9162, section 2.1.4)."""
    return answer(await desk.ledger.consistency(earlier, size))
