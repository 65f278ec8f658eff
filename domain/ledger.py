"""Ledger entries: the append-only record of what was done, by whom, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.canonical import canonical_json, digest
from domain.decision import Frozen
from domain.events import Kind


class Entry(Frozen):
    """One line of the ledger. `id` is derived from what it records, so a retry cannot write it twice."""

    id: str
    kind: Kind
    case_id: str | None
    actor: str
    at: datetime
    request_id: str = ""
    data: dict[str, Any]

    def body(self) -> bytes:
        """The canonical bytes that are stored and hashed."""
        return canonical_json(self.model_dump(mode="json"))

    @property
    def digest(self) -> str:
        """Digest of the stored bytes."""
        return digest(self.body())
