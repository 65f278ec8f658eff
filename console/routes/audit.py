"""The ledger as auditors read it: every entry, chosen by case, actor, kind, time and words, with what proves it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response, StreamingResponse

from console.form_faults import said
from console.kinds import kind_words, kinds_called
from console.rendering import HEADERS, page
from console.speech import _
from console.timeline import steps_of
from console.visitors import DeskDep, LedgerReader, Page, Visitor
from console.words import NAMES, exactly
from domain.errors import Conflict, InvalidInput, NotFound
from domain.events import Kind
from domain.views import LedgerQuery

router = APIRouter(prefix="/audit", route_class=Page, dependencies=[Depends(exactly)])

SHOWN = 100
NEWEST, OLDEST = "newest", "oldest"
Choice = Annotated[str, Query(max_length=128)]
Index = Annotated[int, Path(ge=1, le=2**62)]
Place = Annotated[int, Query(ge=0, le=2**62)]


@dataclass(frozen=True)
class Look:
    """What an address chooses of the ledger."""

    case: str = ""
    actor: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""
    q: str = ""
    order: str = NEWEST
    after: int = 0
    before: int = 0

    def moment(self, name: str) -> datetime | None:
        """A time of the form; None for an empty one. Raises InvalidInput for what is none: nobody is to read more than they chose."""
        if not (text := getattr(self, name)):
            return None
        try:
            given = datetime.fromisoformat(text)
        except ValueError as error:
            raise InvalidInput(_("%(text)s is no time. Write it as 2026-11-25T14:00, in UTC.", text=text)) from error
        return given if given.tzinfo else given.replace(tzinfo=UTC)

    @property
    def narrowed(self) -> bool:
        """Whether any filter is set."""
        return any((self.case, self.actor, self.kind, self.since, self.until, self.q))

    @property
    def filters(self) -> str:
        """The filters as the end of an address."""
        return urlencode({name: value for name, value in vars(replace(self, after=0, before=0)).items() if value and value != NEWEST})

    def onward(self, way: str, index: int = 0) -> str:
        """The address of the entries `after` or `before` an index; without one, of the first page."""
        chosen = "&".join(part for part in (self.filters, urlencode({way: index}) if index else "") if part)
        return f"/audit?{chosen}" if chosen else "/audit"

    def of_kind(self, kind: str) -> str:
        """The address of the entries of a kind in place of the words."""
        return replace(self, q="", kind=kind).onward("after")

    def query(self, visitor: Visitor) -> LedgerQuery:
        """The entries of this look that the visitor may see."""
        return LedgerQuery(
            case_id=self.case or None,
            actor=_called(self.actor) or None,
            kind=self.kind or None,
            since=self.moment("since"),
            until=self.moment("until"),
            q=self.q or None,
            region=visitor.key.region,
        )


async def look_of(
    case: Choice = "",
    actor: Choice = "",
    kind: Choice = "",
    since: Annotated[str, Query(max_length=32)] = "",
    until: Annotated[str, Query(max_length=32)] = "",
    q: Annotated[str, Query(max_length=200)] = "",
    order: Choice = NEWEST,
    after: Place = 0,
    before: Place = 0,
) -> Look:
    """The look that an address names."""
    known = order if order in (NEWEST, OLDEST) else NEWEST
    return Look(case.strip(), actor.strip(), kind, since, until, q.strip(), known, after, 0 if after else before)


LookDep = Annotated[Look, Depends(look_of)]


@router.get("")
async def show(desk: DeskDep, visitor: LedgerReader, look: LookDep) -> Response:
    """Entries, the newest or the oldest first, a page at a time in both directions, each looked at anew."""
    downwards = bool(look.before) or (look.order == NEWEST and not look.after)
    paged = {"after": look.after, "before": look.before or None, "newest_first": downwards, "limit": SHOWN + 1}
    found = await desk.views.entries(look.query(visitor).model_copy(update=paged))
    shown = sorted(found[:SHOWN], key=lambda entry: entry["index"], reverse=look.order == NEWEST)
    more = len(found) > SHOWN
    older, newer = (more, bool(look.before)) if downwards else (bool(look.after), more)
    low, high = (min(map(_index, shown)), max(map(_index, shown))) if shown else (0, 0)
    return page(
        "audit.html",
        visitor=visitor,
        look=look,
        rows=list(zip(shown, steps_of(shown), strict=True)),
        checked=await desk.ledger.check(shown),
        older=look.onward("before", low) if low and older else "",
        newer=look.onward("after", high) if high and newer else "",
        kinds=sorted(((kind.value, kind_words(kind)) for kind in Kind), key=lambda one: one[1].casefold()),
        called=[(kind, kind_words(kind)) for kind in kinds_called(look.q)] if not shown else [],
    )


@router.get("/export")
async def export(desk: DeskDep, visitor: LedgerReader, look: LookDep) -> Response:
    """All entries of a look as lines of JSON."""
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="ledger.jsonl"'}
    return StreamingResponse(desk.ledger.export(look.query(visitor)), headers=headers, media_type="application/x-ndjson")


@router.get("/checkpoint")
async def checkpoint(desk: DeskDep, visitor: LedgerReader) -> Response:
    """The newest signed root as a file, which an export is verified against."""
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="checkpoint.json"'}
    return Response(orjson.dumps(await desk.ledger.checkpoint()), headers=headers, media_type="application/json")


@router.get("/{index}")
async def one(index: Index, desk: DeskDep, visitor: LedgerReader) -> Response:
    """One entry with its bytes and its proof."""
    entry = await desk.ledger.entry(index, visitor.key)
    proof, missing = None, ""
    try:
        proof = await desk.ledger.proof(index, visitor.key)
    except (Conflict, NotFound) as error:
        missing = said(error)
    checked = await desk.ledger.check([entry])
    return page("entry.html", visitor=visitor, entry=entry, step=steps_of([entry])[0], proof=proof, missing=missing, checked=checked)


@router.get("/{index}/proof")
async def proof(index: Index, desk: DeskDep, visitor: LedgerReader, size: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> Response:
    """What the page's script computes from: the entry's exact bytes, its path and the signed root, as the page shows them."""
    return Response(orjson.dumps(await desk.ledger.proof(index, visitor.key, size)), headers=HEADERS, media_type="application/json")


def _called(name: str) -> str:
    """The actor whose name somebody wrote as pages show it; else as it was written."""
    return next((actor for actor, known in NAMES.get().items() if ":" in actor and known.casefold() == name.casefold()), name)


def _index(entry: dict[str, Any]) -> int:
    return entry["index"]
