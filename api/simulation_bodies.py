"""Bodies of the routes that compare versions, as they come in and as the OpenAPI document shows what goes out."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from api.requests import Closed, Time
from api.responses import PolicyRefOut, Shown
from domain.simulation import Source
from policies.comparison.behavioural_diff import COUNTED

MOST_CASES = 20_000


class SimulationIn(Closed):
    """What to compare the version with, and over which cases; `from` and `to` bound recorded decisions, newest first."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"against": 7, "source": "recorded", "limit": 1000}, {"source": "tests"}]},
    )

    against: Annotated[int | None, Field(ge=1, le=2**31 - 1, strict=True, description="A version; without it the active one.")] = None
    source: Annotated[Source, Field(description="Recorded decisions, the sample company's messages, or both versions' own tests.")] = (
        Source.RECORDED
    )
    limit: Annotated[int, Field(ge=1, le=MOST_CASES, strict=True, description="Cases at most.")] = 1_000
    since: Annotated[Time | None, Field(alias="from", description="Decisions from this moment on.")] = None
    until: Annotated[Time | None, Field(alias="to", description="Decisions before this moment.")] = None

    @model_validator(mode="after")
    def _bounds(self) -> SimulationIn:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError("`from` must lie before `to`")
        if self.source is not Source.RECORDED and (self.since is not None or self.until is not None):
            raise ValueError("`from` and `to` bound recorded decisions only")
        return self


class StructuralChangeOut(Shown):
    """One part of a policy that is not what it was."""

    part: str
    name: str
    change: str
    field: str
    before: Any
    after: Any
    line_before: int | None
    line_after: int | None
    sentence: str


class PolicyDiffOut(Shown):
    """Two versions side by side."""

    policy: str
    before: PolicyRefOut
    after: PolicyRefOut
    identical: bool
    text: Annotated[str, Field(description="The unified diff of the texts.")]
    structure: list[StructuralChangeOut]
    widenings: Annotated[
        list[dict[str, Any]] | None, Field(description="Where the later version allows more, with examples; null unless asked for.")
    ]
    unproved: Annotated[list[dict[str, Any]] | None, Field(description="What a prover could not tell; null unless asked for.")]


class ChangedCaseOut(Shown):
    """A case that the two versions treat differently."""

    id: str
    harm: str
    tier_before: str
    tier_after: str
    rank: int
    region: str
    language: str
    client_id: str
    at_stake: float
    ack_later_s: int
    resolve_later_s: int
    differences: list[dict[str, Any]]
    fires_now: list[str]
    no_longer: list[str]


class SimulationOut(Shown):
    """What two versions do differently."""

    policy: str
    before: PolicyRefOut
    after: PolicyRefOut
    source: str
    cases: Annotated[int, Field(description="How many were judged.")]
    total: Annotated[int, Field(description="How many there were to judge.")]
    complete: Annotated[bool, Field(description="False when time ran out before the last case.")]
    go_on_before: Annotated[
        str | None, Field(description="Recorded decisions before this moment were not judged for want of time: ask again with it as `to`.")
    ] = None
    changed: Annotated[int, Field(description="How many get another outcome.")]
    counts: Annotated[dict[str, dict[str, dict[str, int]]], Field(description=COUNTED)]
    worst: Annotated[list[ChangedCaseOut], Field(description="The worst of the changed cases, worst first.")]
