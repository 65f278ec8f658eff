"""The decision record of a turn: on the screen, on paper, decided again, and proven by the ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from console.board import shown_texts
from console.form_faults import said
from console.record import fact_rows, passes_told
from console.rendering import HEADERS, page
from console.speech import _
from console.timeline import story_of, work_told
from console.visitors import CaseReader, DeskDep, Page, Visitor, form_of
from console.words import exactly
from desk.front import Desk
from desk.stories import work_of
from domain.access import Scope
from domain.errors import Conflict, InvalidInput, NotFound
from domain.events import Kind
from domain.views import LedgerQuery

router = APIRouter(prefix="/cases", route_class=Page, dependencies=[Depends(exactly)])

MOST_DECISIONS = 200
"""Of one case, that are looked through for the entry of a turn."""
Id = Annotated[str, Path(max_length=64)]
TURN = re.compile("[1-9][0-9]{0,5}")
Turn = Annotated[int | None, Query(ge=1, le=10**6)]


@dataclass(frozen=True)
class Proof:
    """The ledger's entry of a decision, with its proof or why there is none yet."""

    entry: dict[str, Any] | None = None
    told: dict[str, Any] | None = None
    missing: str = ""


@router.get("/{case_id}/decision")
async def show(case_id: Id, desk: DeskDep, visitor: CaseReader, turn: Turn = None, *, again: bool = False) -> Response:
    """The whole record of a turn's decision, the last one's by default; `again` decides it anew from its record, which changes nothing."""
    given = await _record(desk, visitor, case_id, turn)
    replayed = await desk.decisions.replay(case_id, None, turn) if again else None
    return page("decision.html", 200, **given, replayed=replayed)


@router.get("/{case_id}/print")
async def on_paper(case_id: Id, desk: DeskDep, visitor: CaseReader, turn: Turn = None) -> Response:
    """The record with the case's story and thread as one document."""
    given = await _record(desk, visitor, case_id, turn)
    now = desk.cases.clock.now()
    story = await desk.stories.of(case_id)
    steps = story_of(story.entries, story.turns, now)
    return page("print.html", 200, **given, replayed=None, story=story, steps=steps, texts=shown_texts(given["case"]), printed_at=now)


@router.post("/{case_id}/replay")
async def replay(case_id: Id, request: Request, desk: DeskDep, visitor: CaseReader) -> Response:
    """Decide again from what was recorded, without any effect; the page of the answer can be loaded again and linked to."""
    turn = _turn_of(await form_of(request))
    await desk.cases.one(case_id, visitor.key)
    asked = f"turn={turn}&again=true" if turn else "again=true"
    return RedirectResponse(f"/cases/{quote(case_id)}/decision?{asked}#replayed", 303, HEADERS)


async def _record(desk: Desk, visitor: Visitor, case_id: str, turn: int | None) -> dict[str, Any]:
    case = await desk.cases.one(case_id, visitor.key)
    record = await desk.cases.explanation(case_id, visitor.key, turn)
    raw = await desk.views.record(case_id, record["turn"]) or {}
    return {
        "visitor": visitor,
        "case": case,
        "record": record,
        "facts": fact_rows(record["facts"]),
        "allowed": passes_told(await desk.decisions.passes(case_id, record["turn"]), record),
        "work": work_told(work_of(raw)),
        "last": case["decision"]["turn"] if case["decision"] else record["turn"],
        "proof": await _proof(desk, visitor, case_id, record["decision_id"]),
    }


async def _proof(desk: Desk, visitor: Visitor, case_id: str, decision_id: str) -> Proof:
    """What the ledger holds of a decision, for whoever may read it."""
    if not visitor.key.may(Scope.LEDGER_READ):
        return Proof()
    found = await desk.views.entries(LedgerQuery(case_id=case_id, kind=Kind.CASE_DECIDED, newest_first=True, limit=MOST_DECISIONS))
    entry = next((one for one in found if one["data"].get("decision_id") == decision_id), None)
    if entry is None:
        return Proof(missing=_("The ledger's entry of this decision is not among the last of this case."))
    try:
        return Proof(entry, await desk.ledger.proof(entry["index"], visitor.key))
    except (Conflict, NotFound) as error:
        return Proof(entry, missing=said(error))


def _turn_of(form: dict[str, str]) -> int | None:
    """The turn that a form names; None for the last one. Raises InvalidInput."""
    given = form.get("turn", "")
    if not given:
        return None
    if not TURN.fullmatch(given):
        raise InvalidInput(_("This form names a turn that cannot be."))
    return int(given)
