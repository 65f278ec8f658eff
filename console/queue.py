"""The list of the inbox: which part of it somebody looks at, and the rows of that part."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qs, urlencode

import orjson
from fastapi import Depends, Query, Request
from pydantic import TypeAdapter, ValidationError

from console.bulk import MOST
from console.speech import _, mark
from console.visitors import Visitor
from desk.front import Desk
from domain.errors import InvalidInput
from domain.inbox import InboxLine, InboxQuery, Place, Sort, View

SHOWN = 100
"""Rows of one page: more than a lead rules on before looking again."""
WORDS = 8
"""Words of a search that count."""
VIEWS = {
    View.WAITING: mark("Waiting"),
    View.UNCLAIMED: mark("Nobody has it"),
    View.MINE: mark("I have it"),
    View.CLAIMED: mark("Somebody has it"),
    View.RULED: mark("Ruled"),
    View.EXPIRED: mark("Expired"),
}
SORTS = {
    Sort.URGENCY: mark("Most urgent first"),
    Sort.VALUE: mark("Most at stake first"),
    Sort.NEWEST: mark("Newest first"),
    Sort.OLDEST: mark("Longest wait first"),
}
PLACE: TypeAdapter[tuple[datetime, float, str]] = TypeAdapter(tuple[datetime, float, str])
Choice = Annotated[str, Query(max_length=128)]


@dataclass(frozen=True)
class Look:
    """Which part of the inbox somebody looks at. It lives in the address, so that it can be kept and sent to others."""

    view: View = View.WAITING
    sort: Sort = Sort.URGENCY
    pool: str = ""
    tier: str = ""
    q: str = ""
    after: str = ""
    alone: bool = False
    """The browser takes the one review out of the page and has the list already."""

    @property
    def fields(self) -> dict[str, str]:
        """What differs from the usual look, without where it was cut."""
        usual = Look()
        named = {"view": self.view, "sort": self.sort, "pool": self.pool, "tier": self.tier, "q": self.q}
        return {name: str(value) for name, value in named.items() if value != getattr(usual, name)}

    @property
    def whole(self) -> str:
        """As it stands in the address, from the first row on; empty for the usual look."""
        return f"?{urlencode(self.fields)}" if self.fields else ""

    @property
    def query(self) -> str:
        """As it stands in the address; empty for the usual look."""
        cut = {"after": self.after} if self.after else {}
        return f"?{urlencode(self.fields | cut)}" if self.fields or cut else ""

    def beyond(self, line: InboxLine) -> Look:
        """The look that goes on after a line."""
        at, at_stake, review_id = line.place(self.sort)
        raw = orjson.dumps((at, at_stake, review_id))
        return replace(self, after=base64.urlsafe_b64encode(raw).decode().rstrip("="))

    @property
    def place(self) -> Place | None:
        """Where it was cut. Raises InvalidInput for what no page of ours puts in an address."""
        if not self.after:
            return None
        refused = InvalidInput(_("The address does not say where the list goes on. Open the inbox anew."))
        try:
            place = Place(*PLACE.validate_json(base64.b64decode(self.after + "=" * (-len(self.after) % 4), b"-_", validate=True)))
        except (ValueError, ValidationError, binascii.Error) as error:
            raise refused from error
        if place.at.tzinfo is None or not 2000 <= place.at.year < 2200 or not place.id.isprintable():
            raise refused
        return place


async def look_of(
    request: Request,
    view: View = View.WAITING,
    sort: Sort = Sort.URGENCY,
    pool: Choice = "",
    tier: Choice = "",
    q: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str, Query(max_length=200)] = "",
) -> Look:
    """The look that an address names."""
    return Look(view, sort, pool, tier, q.strip(), after, "hx-history-restore-request" in request.headers)


LookDep = Annotated[Look, Depends(look_of)]


def look_from(query: str) -> Look:
    """The look that a kept query names; what is no part of a look is left out."""
    given = {name: values[-1][:200] for name, values in parse_qs(query).items()}
    view, sort = given.get("view", ""), given.get("sort", "")
    return Look(
        View(view) if view in set(View) else View.WAITING,
        Sort(sort) if sort in set(Sort) else Sort.URGENCY,
        given.get("pool", "")[:128],
        given.get("tier", "")[:128],
        given.get("q", "").strip(),
    )


async def listed(desk: Desk, visitor: Visitor, look: Look) -> dict[str, Any]:
    """What the list shows of a look: rows, whether there are more, and what one may choose by."""
    seen = await desk.events.newest()
    lines = [] if look.alone else await desk.inbox.lines(_query(look, visitor, SHOWN + 1), visitor.key)
    policy = desk.reviews.policies.active(None)
    return {
        "rows": lines[:SHOWN],
        "beyond": look.beyond(lines[SHOWN - 1]).query if len(lines) > SHOWN else "",
        "seen": seen,
        "views": VIEWS,
        "sorts": SORTS,
        "pools": sorted(policy.pools),
        "tiers": [tier.id for tier in policy.tiers],
        "looks": [] if look.alone else await desk.inbox.looks.of(visitor.account.id),
        "most": MOST,
        "now": desk.reviews.clock.now(),
    }


async def fitting(desk: Desk, visitor: Visitor, look: Look, ids: list[str]) -> list[str]:
    """Those of some reviews that a look lets through, wherever its page was cut."""
    query = _query(replace(look, after=""), visitor, len(ids)).model_copy(update={"ids": tuple(ids)})
    return [line.id for line in await desk.inbox.lines(query, visitor.key)]


def _query(look: Look, visitor: Visitor, limit: int) -> InboxQuery:
    return InboxQuery(
        view=look.view,
        sort=look.sort,
        actor=visitor.key.actor,
        pool=look.pool or None,
        tier=look.tier or None,
        words=tuple(look.q.split()[:WORDS]),
        after=look.place,
        limit=limit,
    )
