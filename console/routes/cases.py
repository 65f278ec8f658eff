"""Cases: what became of each, as a list and as a story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from console.board import shown_texts
from console.casework import moves_of, refused
from console.rendering import page
from console.timeline import story_of
from console.visitors import CaseReader, DeskDep, Page, Visitor, status_of
from desk.front import Desk
from domain.case import CaseStatus
from domain.errors import MaitredError, NotFound
from domain.views import CaseQuery

router = APIRouter(prefix="/cases", route_class=Page)

SHOWN = 50
MOST_WORDS = 8
FILTERS = ("status", "tier", "pool", "client", "words")
Id = Annotated[str, Path(max_length=64)]
Choice = Annotated[str, Query(max_length=128)]
Place = tuple[datetime, str]


async def chosen(
    status: Choice = "",
    tier: Choice = "",
    pool: Choice = "",
    client: Choice = "",
    words: Choice = "",
    before: Choice = "",
    after: Choice = "",
) -> dict[str, str]:
    """What an address chooses among cases; an unknown status chooses nothing."""
    known = status if status in {one.value for one in CaseStatus} else ""
    return {"status": known, "tier": tier, "pool": pool, "client": client.strip(), "words": words.strip(), "before": before, "after": after}


ChosenDep = Annotated[dict[str, str], Depends(chosen)]


@router.get("")
async def listed(desk: DeskDep, visitor: CaseReader, look: ChosenDep) -> Response:
    """Cases, the newest first, a page at a time in both directions."""
    before, after = _place(look["before"]), _place(look["after"])
    found = await desk.cases.some(
        CaseQuery(
            status=look["status"] or None,
            tier=look["tier"] or None,
            pool=look["pool"] or None,
            client_id=look["client"] or None,
            words=tuple(look["words"].split()[:MOST_WORDS]),
            region=visitor.key.region,
            before=before,
            after=None if before else after,
            limit=SHOWN + 1,
        )
    )
    upwards = before is None and after is not None
    more, cases = len(found) > SHOWN, (found[-SHOWN:] if upwards else found[:SHOWN])
    policy = desk.reviews.policies.active(None)
    return page(
        "cases.html",
        visitor=visitor,
        look=look,
        rows=cases,
        newer=_onward(look, "after", cases[0]) if cases and (before or (upwards and more)) else "",
        older=_onward(look, "before", cases[-1]) if cases and (upwards or more) else "",
        statuses=[one.value for one in CaseStatus],
        tiers=[tier.id for tier in policy.tiers],
        pools=sorted(policy.pools),
    )


@router.get("/{case_id}")
async def show(case_id: Id, desk: DeskDep, visitor: CaseReader) -> Response:
    """One case: its story, its messages, in short where it went, and what can be done with it."""
    return await case_page(desk, visitor, case_id)


@dataclass(frozen=True)
class Tried:
    """A move that was refused, with what was written."""

    move: str
    form: Mapping[str, str]
    error: MaitredError


async def case_page(desk: Desk, visitor: Visitor, case_id: str, tried: Tried | None = None) -> Response:
    """A case as it stands now; after a refused move with why."""
    case = await desk.cases.one(case_id, visitor.key)
    try:
        record = await desk.cases.explanation(case_id, visitor.key)
    except NotFound:
        record = None
    story = await desk.stories.of(case_id)
    return page(
        "case.html",
        status_of(tried.error) if tried else 200,
        visitor=visitor,
        case=case,
        record=record,
        texts=shown_texts(case),
        story=story,
        steps=story_of(story.entries, story.turns, desk.cases.clock.now()),
        moves=await moves_of(desk, visitor, case),
        error=refused(tried.error if tried else None),
        tried=tried.move if tried else "",
        filled=tried.form if tried else {},
    )


def _place(cursor: str) -> Place | None:
    """A place between cases, as `_onward` wrote it; None for what it did not."""
    stamp, _, case_id = cursor.partition("|")
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC), case_id) if case_id else None


def _onward(look: Mapping[str, str], way: str, case: Mapping[str, Any]) -> str:
    """The address of the page before or after a case, with the same filters."""
    kept = {name: look[name] for name in FILTERS if look[name]}
    place = f"{case['created_at']}|{case['id']}"
    return f"/cases?{urlencode({**kept, way: place})}"
