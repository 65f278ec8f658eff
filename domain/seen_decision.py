"""A decision beside what came of it: what drift and off-policy estimates are made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pydantic import Field

from domain.decision import Frozen
from domain.simulation import Cursor, Span


class SeenDecision(Frozen):
    """One decision with its outcomes as they are known now; what concerns the end of a case is None for all but its last decision."""

    id: str
    case_id: str
    turn: int
    client_id: str | None
    region: str
    decided_at: datetime
    policy: str = Field(description="Digest of the version that decided.")
    facts: dict[str, Any]
    proposal: dict[str, Any] | None
    verdict: dict[str, Any] = Field(description="What policy said before anybody ruled.")
    found: dict[str, Any] | None = Field(default=None, description="What the context gatherer found; only where it was asked for.")
    ruling: str | None = Field(description="What a person ruled, if one did.")
    moved: bool = Field(description="A person transferred the case afterwards.")
    overruled: bool = Field(description="There was a proposal, and the route that was taken is not it.")
    sla_broken: bool | None = None
    reopened: bool | None = None
    csat: float | None = None
    answered_at: datetime | None = Field(default=None, description="When the client first heard from us.")
    ended_at: datetime | None = Field(default=None, description="When the case was resolved.")


@dataclass(frozen=True)
class SeenPage:
    """Some decisions, newest first."""

    rows: list[SeenDecision]
    last: Cursor | None


@dataclass(frozen=True)
class RolloutMoment:
    """From `at` on, `candidate` decided for a share of the clients and `active` for all others."""

    at: datetime
    active: str
    candidate: str | None
    share: float


class SeenDecisions(Protocol):
    """Decisions that were made, with what came of them."""

    async def page(self, span: Span, after: Cursor | None, size: int, *, with_context: bool = False) -> SeenPage:
        """The next `size` decisions after a cursor, newest first; an empty page is the end."""
        ...

    async def rollouts(self, name: str) -> list[RolloutMoment]:
        """How the traffic of a policy was divided, oldest first, as the ledger has it."""
        ...
