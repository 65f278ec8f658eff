"""Rows of the inbox as they are sent to browsers that look at it: each rendered once for all who see it alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from console.rendering import templates
from console.speech import SPOKEN, Speech
from console.visitors import Visitor
from desk.front import Desk
from domain.events import Event
from domain.inbox import InboxLine

REVIEW = "review."
"""What kinds of events about reviews begin with."""


@dataclass
class Change:
    """A review as it stands after some events."""

    line: InboxLine
    now: datetime
    sequence: int = 0
    """Of the last of the events."""
    kinds: tuple[str, ...] = ()
    at: datetime | None = None
    """When the last of the events happened."""
    _pieces: dict[tuple[Speech, bool, bool], bytes] = field(default_factory=dict[tuple[Speech, bool, bool], bytes])

    def is_for(self, visitor: Visitor) -> bool:
        """Whether the review exists for somebody."""
        return visitor.key.sees(self.line.region, self.line.client_id)

    def piece(self, visitor: Visitor, speech: Speech) -> bytes:
        """What goes down somebody's stream. `retry` and the like are the stream's own matter."""
        may_rule, mine = visitor.may("reviews:rule"), self.line.holder(self.now) == visitor.key.actor
        seen_as = (speech, may_rule, mine)
        if seen_as not in self._pieces:
            body = orjson.dumps(self.shown(may_rule, mine, speech))
            self._pieces[seen_as] = f"id: {self.sequence}\nevent: row\ndata: ".encode() + body + b"\n\n"
        return self._pieces[seen_as]

    def shown(self, may_rule: bool, mine: bool, speech: Speech) -> dict[str, Any]:
        """What a page puts in the place of its row, or counts when it has none."""
        line = self.line
        before = SPOKEN.set(speech)
        try:
            html = _row(line, self.now, may_rule, mine)
        finally:
            SPOKEN.reset(before)
        told = {"id": line.id, "revision": line.revision, "kinds": self.kinds, "at": self.at, "pool": line.pool, "tier": line.tier}
        return {**told, "html": html}


async def changes_of(desk: Desk, events: Sequence[Event]) -> list[Change]:
    """The reviews that events are about, in the order of the last event of each."""
    last: dict[str, Event] = {}
    kinds: dict[str, list[str]] = {}
    for event in events:
        review_id = event.data.get("review_id")
        if event.kind.startswith(REVIEW) and isinstance(review_id, str):
            last[review_id] = event
            kinds.setdefault(review_id, []).append(event.kind)
    if not last:
        return []
    lines = await desk.inbox.lines_of(last)
    now = desk.reviews.clock.now()
    made = [Change(one, now, last[one.id].sequence, tuple(kinds[one.id]), last[one.id].at) for one in lines]
    return sorted(made, key=lambda change: change.sequence)


def _row(line: InboxLine, now: datetime, may_rule: bool, mine: bool) -> str:
    shared: Any = templates().get_template("row.html").module
    return str(shared.row(line, now, may_rule, mine))
