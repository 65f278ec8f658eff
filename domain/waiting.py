"""Cases that wait for a lead under a version that decides no more."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from domain.decision import Frozen


class WaitingTurn(Frozen):
    """A turn that stopped for a lead, with what it was routed by."""

    case_id: str
    turn: int
    review_id: str
    due_at: datetime
    client_id: str | None
    region: str
    record: dict[str, Any]


class WaitingTurns(Protocol):
    """Finds them."""

    async def under_others(
        self, name: str, live: list[str], *, region: str | None, client_id: str | None, limit: int
    ) -> tuple[int, list[WaitingTurn]]:
        """How many turns of a policy wait under versions that are not `live`, and the most urgent of them."""
        ...
