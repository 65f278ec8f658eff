"""The list of the inbox: which part of it somebody looks at, and the rows of that part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query

from console.board import rows_of
from console.visitors import Visitor
from desk.front import Desk
from domain.views import ReviewQuery

SHOWN = 100
"""Rows of one page: more than a lead rules on before looking again."""
WORDS = 8
"""Words of a search that count."""
View = Literal["waiting", "open", "claimed", "ruled", "expired"]


@dataclass(frozen=True)
class Look:
    """Which part of the inbox somebody looks at. It lives in the address, so that it can be kept and sent to others."""

    view: View = "waiting"
    pool: str = ""
    q: str = ""

    @property
    def query(self) -> str:
        """As it stands in the address; empty for the usual look."""
        chosen = {name: value for name, value in (("view", self.view), ("pool", self.pool), ("q", self.q)) if value and value != "waiting"}
        return f"?{urlencode(chosen)}" if chosen else ""


async def look_of(
    view: View = "waiting", pool: Annotated[str, Query(max_length=128)] = "", q: Annotated[str, Query(max_length=200)] = ""
) -> Look:
    """The look that an address names."""
    return Look(view, pool, q.strip())


LookDep = Annotated[Look, Depends(look_of)]


async def listed(desk: Desk, visitor: Visitor, look: Look) -> dict[str, Any]:
    """What the list shows of a look: rows, whether there are more, and what one may choose by."""
    now = desk.reviews.clock.now()
    query = ReviewQuery(
        status=look.view, pool=look.pool or None, region=visitor.key.region, words=tuple(look.q.split()[:WORDS]), limit=SHOWN + 1
    )
    rows = rows_of(await desk.views.reviews(query), now)
    pools = sorted(desk.reviews.policies.active(None).pools)
    return {"rows": rows[:SHOWN], "more": len(rows) > SHOWN, "pools": pools, "now": now}
