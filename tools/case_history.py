"""The earlier cases' embedded twin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.client import PastCase


class EmbeddedCaseHistory:
    """Earlier cases of the sample company."""

    def __init__(self, cases: Mapping[str, Sequence[PastCase]]) -> None:
        self._cases = cases

    async def past_cases(self, client_id: str, now: datetime, limit: int = 20) -> list[PastCase]:
        """Latest first, opened before `now`."""
        return [case for case in self._cases.get(client_id, ()) if case.opened_at <= now][: max(0, limit)]
