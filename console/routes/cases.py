"""Cases: what became of each, and the whole record of a decision."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from console.board import cut
from console.rendering import page
from console.timeline import steps_of
from console.visitors import CaseReader, DeskDep, Page, Visitor
from desk.front import Desk
from domain.case import CaseStatus
from domain.errors import NotFound
from domain.views import CaseQuery, LedgerQuery

router = APIRouter(prefix="/cases", route_class=Page)

SHOWN = 50
ENTRIES = 200
"""Entries of one case that are shown; who needs the rest has the ledger's own pages."""
Id = Annotated[str, Path(max_length=64)]
Choice = Annotated[str, Query(max_length=128)]


async def chosen(status: Choice = "", tier: Choice = "", pool: Choice = "", client: Choice = "") -> dict[str, str]:
    """What an address chooses among cases; an unknown status chooses nothing."""
    known = status if status in {one.value for one in CaseStatus} else ""
    return {"status": known, "tier": tier, "pool": pool, "client": client}


ChosenDep = Annotated[dict[str, str], Depends(chosen)]


@router.get("")
async def listed(desk: DeskDep, visitor: CaseReader, look: ChosenDep) -> Response:
    """The newest cases."""
    found = await desk.cases.some(
        CaseQuery(
            status=look["status"] or None,
            tier=look["tier"] or None,
            pool=look["pool"] or None,
            client_id=look["client"] or None,
            region=visitor.key.region,
            limit=SHOWN + 1,
        )
    )
    policy = desk.reviews.policies.active(None)
    return page(
        "cases.html",
        visitor=visitor,
        look=look,
        cases=found[:SHOWN],
        more=len(found) > SHOWN,
        statuses=[one.value for one in CaseStatus],
        tiers=[tier.id for tier in policy.tiers],
        pools=sorted(policy.pools),
    )


@router.get("/{case_id}")
async def show(case_id: Id, desk: DeskDep, visitor: CaseReader) -> Response:
    """One case: its story, its messages, and why it went where it went."""
    return await _shown(desk, visitor, case_id)


@router.post("/{case_id}/replay")
async def replay(case_id: Id, desk: DeskDep, visitor: CaseReader) -> Response:
    """Decide again from what was recorded, without any effect, and hold the two digests beside each other."""
    await desk.cases.one(case_id, visitor.key)
    return await _shown(desk, visitor, case_id, await desk.decisions.replay(case_id, None))


async def _shown(desk: Desk, visitor: Visitor, case_id: str, replayed: dict[str, Any] | None = None) -> Response:
    case = await desk.cases.one(case_id, visitor.key)
    try:
        record = await desk.cases.explanation(case_id, visitor.key)
    except NotFound:
        record = None
    entries = await desk.views.entries(LedgerQuery(case_id=case_id, limit=ENTRIES))
    texts = [{**one, "cut": len(one["text"]) > len(cut(one["text"])), "text": cut(one["text"])} for one in case["messages"]]
    return page(
        "case.html",
        visitor=visitor,
        case=case,
        record=record,
        texts=texts,
        steps=steps_of(entries),
        replayed=replayed,
    )
