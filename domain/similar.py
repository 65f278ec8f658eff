"""Earlier cases that were about the same, as a lead looks for them beside a review."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.decision import Frozen


class SimilarCase(Frozen):
    """A case of the same client that has a decision."""

    id: str
    subject: str
    """The beginning of what the client wrote."""
    intent: str
    signals: tuple[str, ...] = ()
    opened_at: datetime
    mode: str
    pool: str
    outcome: str = ""
    """How it was resolved; empty while it is not."""


class SimilarCases(Protocol):
    """Finds them among the cases of this service."""

    async def like(
        self, client_id: str, intent: str, but_not: str, region: str | None, limit: int, signals: Sequence[str] = ()
    ) -> list[SimilarCase]:
        """Those of the client with the same intent first, then those that share a signal, then the newest."""
        ...
