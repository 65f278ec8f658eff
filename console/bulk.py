"""Many reviews at once: each is done by the use case for one, stands by itself, and is told by itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable
from dataclasses import dataclass

from console.form_faults import said
from console.speech import _, mark
from console.visitors import Visitor
from desk.front import Desk
from domain.errors import InvalidInput, MaitredError, StaleObject
from domain.inbox import InboxLine
from domain.review import Ruling, RulingAction

MOST = 100
AT_ONCE = 4
"""Rulings that wait for their outcome side by side; the rest of the desk has work too."""
CHOSEN = re.compile(r"([A-Za-z0-9_-]{1,64}) ([0-9]{1,9})")
DONE = {"claim": mark("claimed"), "release": mark("given back"), "approve": mark("approved")}


@dataclass(frozen=True)
class Outcome:
    """What became of one of them."""

    id: str
    name: str | None
    done: bool
    says: str


def chosen_of(values: list[str]) -> dict[str, int]:
    """The revision of each chosen review, as its row showed it. Raises InvalidInput."""
    found = [CHOSEN.fullmatch(value) for value in values]
    chosen = {one[1]: int(one[2]) for one in found if one is not None}
    if len(found) != len(values) or None in found:
        raise InvalidInput(_("This is no form of this console."))
    if not chosen:
        raise InvalidInput(_("Tick at least one review."))
    if len(chosen) > MOST:
        raise InvalidInput(_("At most %(most)s reviews are done at once. Tick fewer.", most=MOST))
    return chosen


async def done_to(desk: Desk, visitor: Visitor, act: str, chosen: dict[str, int], request_id: str) -> list[Outcome]:
    """Do one thing to each, in the order of the list. Raises InvalidInput for an act that there is not."""
    if act not in DONE:
        raise InvalidInput(_("This is no form of this console."))
    slots = asyncio.Semaphore(AT_ONCE)
    lines = {line.id: line for line in await desk.inbox.lines_of(chosen) if visitor.key.sees(line.region, line.client_id)}

    async def one(review_id: str, revision: int) -> Outcome:
        async with slots:
            return await _done(_do(desk, visitor, act, review_id, revision, request_id), lines.get(review_id), review_id)

    return list(await asyncio.gather(*(one(*each) for each in chosen.items())))


async def _do(desk: Desk, visitor: Visitor, act: str, review_id: str, revision: int, request_id: str) -> str:
    """What was done, in words."""
    if act == "claim":
        await desk.reviews.claim(review_id, visitor.key, request_id)
    elif act == "release":
        await desk.reviews.release(review_id, visitor.key, request_id)
    else:
        ruling = Ruling(action=RulingAction.APPROVE, actor=visitor.key.actor, ruled_at=desk.reviews.clock.now())
        if await desk.grace.rule(review_id, ruling, visitor.key, revision, request_id) is None:
            return _("approved; it takes effect in some seconds, and until then you can take it back")
    return _(DONE[act])


async def _done(doing: Awaitable[str], line: InboxLine | None, review_id: str) -> Outcome:
    name = line.client_name if line else None
    try:
        says = await doing
    except StaleObject:
        return Outcome(review_id, name, False, _("It changed since you saw its row; look at it first."))
    except MaitredError as error:
        return Outcome(review_id, name, False, said(error))
    return Outcome(review_id, name, True, says)
