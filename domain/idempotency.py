"""What an idempotency key can turn out to be."""

from __future__ import annotations

from pydantic import Field

from domain.decision import Frozen


class Begun(Frozen):
    """The key is new: do the work."""


class StillRunning(Frozen):
    """The first request with this key has no answer yet."""


class Mismatch(Frozen):
    """The key was used with another body."""


class FirstAnswer(Frozen):
    """The answer that the first request got."""

    status: int
    headers: dict[str, str] = Field(default_factory=dict)
    body: bytes
