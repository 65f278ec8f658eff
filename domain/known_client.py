"""What is known of a client, each part with its source and age, and what our own cases say of it when nobody else answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from pydantic import Field

from domain.decision import Frozen
from domain.value import ValueEstimate


class Attribute(Frozen):
    """One thing that is known of a client."""

    name: str = Field(description="Such as `industry` or `contract.renews_on`.")
    value: Any
    source: str = Field(description="Who says so: `crm:contract/778`, `telemetry:northwind`, `cases:northwind` or `maitred:case_…`.")
    as_of: datetime | None = Field(description="When the source last knew it to be true.")

    def age_s(self, now: datetime) -> int | None:
        """How old it is, in seconds; None when the source does not say."""
        return max(0, int((now - self.as_of).total_seconds())) if self.as_of else None


class KnownClient(Frozen):
    """A client as our own cases know it."""

    id: str
    name: str
    region: str
    tier: str | None = Field(description="The tier that policy last put it in.")
    last_case: str
    last_case_at: datetime
    cases: int
    cases_open: int
    cases_30d: int


class ValueMoment(Frozen):
    """The value that a decision went by."""

    at: datetime
    case_id: str
    turn: int
    estimate: ValueEstimate


class ClientRecords(Protocol):
    """Clients in our own store; `region` narrows to cases of one region."""

    async def known(self, client_id: str, region: str | None, now: datetime) -> KnownClient | None:
        """A client that a case came from; None when none did."""
        ...

    async def recent(self, region: str | None, text: str, tier: str, now: datetime, limit: int) -> list[KnownClient]:
        """Clients of the newest cases, the newest first."""
        ...

    async def values(self, client_id: str, region: str | None, limit: int) -> list[ValueMoment]:
        """What past decisions went by, the oldest first, of the newest so many."""
        ...
