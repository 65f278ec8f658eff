"""What an examination of a policy text found, and who examines: the proofs take seconds and much memory, so they run elsewhere."""

from __future__ import annotations

from typing import Any, Protocol

from pydantic import Field

from domain.decision import Frozen


class Remark(Frozen):
    """One thing that an examination found, where it stands, and an example of facts that show it."""

    id: str = Field(description="Stable for the same finding in the same text.")
    code: str
    line: int = 1
    column: int = 1
    reason: str
    example: dict[str, Any] | None = None


class Examination(Frozen):
    """All that an examination found. A version with `faults` is not accepted; what is `unproved` is answered for by a named approver."""

    faults: tuple[Remark, ...] = ()
    unproved: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()
    widenings: tuple[Remark, ...] = Field(default=(), description="Where the text allows more than the active version.")
    narrowings: tuple[Remark, ...] = Field(default=(), description="Where the text allows clients of the highest tier less.")
    strategic: tuple[str, ...] = Field(default=(), description="What clients of the highest tier get otherwise, as sentences.")


class Examiner(Protocol):
    """Examines a policy text."""

    async def examine(self, text: str, base: str | None) -> Examination:
        """`text` beside `base`, the text that is active. An examination that fails or takes too long proves nothing, and says so."""
        ...
