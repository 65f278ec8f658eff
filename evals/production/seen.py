"""Decisions of a span with what came of them, page by page."""

from __future__ import annotations

from domain.seen_decision import SeenDecision, SeenDecisions
from domain.simulation import Cursor, Span

PAGE = 200
"""Decisions a page: their records are read by the server, well within the time for one statement."""


async def seen_in(decisions: SeenDecisions, span: Span, *, with_context: bool = False) -> list[SeenDecision]:
    """The decisions of a span, newest first, at most its limit."""
    seen: list[SeenDecision] = []
    after: Cursor | None = None
    read = 0
    while read < span.limit:
        size = min(PAGE, span.limit - read)
        page = await decisions.page(span, after, size, with_context=with_context)
        if page.last is None:
            break
        seen += page.rows
        after, read = page.last, read + size
    return seen
