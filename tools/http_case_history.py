"""A helpdesk's closed cases behind the HTTP contract of docs/how-to/connect-a-crm.md."""

from __future__ import annotations

from datetime import datetime

from domain.client import PastCase
from domain.decision import Frozen
from tools.http_source import HttpSource


class CasesAnswer(Frozen):
    """Latest first; empty for an unknown client."""

    items: tuple[PastCase, ...]


class HttpCaseHistory:
    """Earlier cases in the helpdesk that the company used before, or still uses."""

    def __init__(self, source: HttpSource) -> None:
        self._source = source

    async def past_cases(self, client_id: str, now: datetime, limit: int = 20) -> list[PastCase]:
        """Latest first, opened before `now`."""
        asked: dict[str, str | int] = {"client_id": client_id, "before": now.isoformat(), "limit": limit}
        return list((await self._source.get("cases", CasesAnswer, asked)).items)[: max(0, limit)]
