"""What the analysis of a policy finds: where, in plain words, and with facts that show it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Finding(BaseModel):
    """One thing that was found in a policy's text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(description="The check that found it, such as `guard-never-fires`.")
    id: str = Field(default="", description="What it is about, stable between runs, such as `invariant:EU stays in the EU`.")
    line: int = Field(ge=1)
    column: int = Field(ge=1)
    reason: str = Field(description="One sentence for the owner of the policy.")
    example: dict[str, Any] | None = Field(
        default=None,
        description="A case that shows it: `given` (facts laid over neutral ones, only what differs) and, when there is one, `proposal`.",
    )


class Analysis(BaseModel):
    """Everything that was found about one version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    faults: tuple[Finding, ...] = Field(default=(), description="To be mended before the version is accepted.")
    unproved: tuple[Finding, ...] = Field(default=(), description="Out of the prover's reach; an approver accepts each by its `id`.")
    notes: tuple[Finding, ...] = Field(default=(), description="Worth knowing; nothing has to be done.")
    widenings: tuple[Finding, ...] = Field(default=(), description="Where the version allows more than the one it was compared with.")
    narrowings: tuple[Finding, ...] = Field(default=(), description="Where it allows clients of the highest tier less.")


def in_order(found: list[Finding]) -> tuple[Finding, ...]:
    """Findings in the order of the lines, each once."""
    once = {(one.code, one.id, one.line, one.column, one.reason): one for one in found}
    return tuple(sorted(once.values(), key=_order))


def _order(one: Finding) -> tuple[int, int, str, str]:
    return one.line, one.column, one.code, one.id
