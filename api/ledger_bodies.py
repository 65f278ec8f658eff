"""Response bodies of the ledger's routes, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.responses import Shown


class EntriesOut(Shown):
    """A page of ledger entries."""

    items: list[dict[str, Any]]
    next_cursor: str | None


class CheckpointOut(Shown):
    """A signed root over all lines of the ledger up to a size."""

    size: int
    root: str
    at: str
    note: str
    verifier: str
    public_key: str


class ProofOut(Shown):
    """An entry's bytes, and the hashes (hex, from the leaf upwards) that lead from theirs to the checkpoint's root."""

    index: int
    kind: str
    position: int
    size: int
    body: str
    digest: str
    leaf_hash: str
    path: list[str]
    checkpoint: CheckpointOut


class TreeOut(Shown):
    """How the ledger was when it had fewer lines."""

    size: int
    root: str


class ConsistencyOut(Shown):
    """The hashes that show that a later tree begins with an earlier one."""

    earlier: TreeOut = Field(alias="from")
    to: CheckpointOut
    path: list[str]
