"""Drafts: what a lead wrote beside a review and has not said yet. It outlives the page, the connection and the lead's turn at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from pydantic import Field

from domain.decision import Frozen

Fields = dict[str, Any]
"""A form's fields by name; one that may be given more than once holds a list."""


class Draft(Frozen):
    """What stands there now."""

    fields: dict[str, Fields] = Field(description="Fields by form, each form named as its ruling: `edit`, `ask`.")
    revision: int
    by: str = Field(description="Who wrote last.")
    at: datetime


class Kept(Frozen):
    """A draft was stored."""

    revision: int
    before: Draft | None = Field(default=None, description="What stood there before, without its fields.")


class Drafts(Protocol):
    """One draft for each review that waits."""

    async def keep(self, review_id: str, form: str, fields: Mapping[str, Any], by: str, at: datetime, most: int) -> Kept | None:
        """Lay one form over the draft. None, and nothing is stored, when nobody may write there now or it would pass `most` bytes."""
        ...

    async def of(self, review_id: str) -> Draft | None:
        """The draft of a review."""
        ...

    async def discard(self, review_id: str) -> None:
        """Forget it."""
        ...
