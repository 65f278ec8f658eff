"""The ledger as auditors read it: every entry in its order, chosen by case, actor, kind and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from console.rendering import page
from console.timeline import steps_of
from console.visitors import DeskDep, LedgerReader, Page
from domain.events import Kind
from domain.views import LedgerQuery

router = APIRouter(prefix="/audit", route_class=Page)

SHOWN = 100
Choice = Annotated[str, Query(max_length=128)]


@dataclass(frozen=True)
class Look:
    """What an address chooses of the ledger."""

    case: str = ""
    actor: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""
    after: int = 0

    def moment(self, name: str) -> datetime | None:
        """A time of the form; what is none chooses nothing."""
        try:
            given = datetime.fromisoformat(getattr(self, name))
            return given if given.tzinfo else given.replace(tzinfo=UTC)
        except ValueError:
            return None

    def onward(self, after: int) -> str:
        """The address of the entries after an index."""
        chosen: dict[str, Any] = {name: value for name, value in vars(self).items() if value} | {"after": after}
        return f"/audit?{urlencode(chosen)}"


async def look_of(
    case: Choice = "",
    actor: Choice = "",
    kind: Choice = "",
    since: Annotated[str, Query(max_length=32)] = "",
    until: Annotated[str, Query(max_length=32)] = "",
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Look:
    """The look that an address names."""
    return Look(case.strip(), actor.strip(), kind, since, until, after)


@router.get("")
async def show(desk: DeskDep, visitor: LedgerReader, look: Annotated[Look, Depends(look_of)]) -> Response:
    """Entries in the order of their index."""
    query = LedgerQuery(
        case_id=look.case or None,
        actor=look.actor or None,
        kind=look.kind or None,
        since=look.moment("since"),
        until=look.moment("until"),
        region=visitor.key.region,
        after=look.after,
        limit=SHOWN + 1,
    )
    entries = await desk.views.entries(query)
    shown = entries[:SHOWN]
    onward = look.onward(shown[-1]["index"]) if len(entries) > SHOWN else ""
    rows = list(zip(shown, steps_of(shown), strict=True))
    return page("audit.html", visitor=visitor, look=look, rows=rows, onward=onward, kinds=[kind.value for kind in Kind])
