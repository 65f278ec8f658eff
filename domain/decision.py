"""Proposal, Envelope, Verdict, Route and Decision: what was suggested, what is allowed, what was done."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.facts import Action, Mode, ProposalFacts
from domain.scalars import Fraction, Text, UtcTime


class Frozen(BaseModel):
    """Base of the records of this package: immutable and closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OnExpiry(StrEnum):
    """What happens to a review that nobody ruled on in time."""

    ESCALATE = "escalate"
    DEFAULT = "default"


LEAD = "lead"
"""No role that somebody has to be given: whoever may rule at all."""


class Gate(Frozen):
    """A person must rule before the route takes effect."""

    by: str = Field(description="Role that may rule; `lead` is whoever may at all.")
    within_s: int = Field(description="Seconds until `on_expiry`.", gt=0)
    on_expiry: OnExpiry


class Proposal(Frozen):
    """The router agent's suggestion. It is data that policy judges, never a command."""

    mode: Mode
    pool: Text
    skills: tuple[Text, ...] = ()
    action: Action = Action.REPLY
    amount: float = Field(default=0.0, ge=0, le=1e15, allow_inf_nan=False)
    confidence: Fraction
    rationale: str = Field(max_length=20_000, description="Why, citing facts by their id such as [crm:contract/778].")
    evidence: tuple[str, ...] = Field(default=(), description="Ids of the facts that the rationale cites.")
    model: Text = ""
    model_region: Text = "local"
    prompt: str = Field(default="", description="Id, version and hash of the prompt, such as `router@1#5f2c9a`.")

    def as_facts(self) -> ProposalFacts:
        """The proposal as policy sees it."""
        shared = {name: getattr(self, name) for name in ProposalFacts.model_fields if name != "present"}
        return ProposalFacts(present=True, **shared)


class Envelope(Frozen):
    """What is still allowed. Sets are sorted tuples, so equal envelopes are equal bytes."""

    modes: tuple[Mode, ...]
    pools: tuple[str, ...]
    model_regions: tuple[str, ...] | None = Field(default=None, description="None: any region.")
    actions: tuple[Action, ...] = tuple(Action)
    required_skills: tuple[str, ...] = ()
    reviews: tuple[Gate, ...] = ()
    priority_floor: int = 0

    @property
    def empty(self) -> bool:
        """Nothing is left that a case could go to."""
        return not self.modes or not self.pools

    def allows(self, route: Route) -> bool:
        """Whether `route` lies inside."""
        return (
            route.mode in self.modes
            and route.pool in self.pools
            and route.action in self.actions
            and set(self.required_skills) <= set(route.skills)
        )


class Route(Frozen):
    """Where a case goes."""

    mode: Mode
    pool: str
    skills: tuple[str, ...] = ()
    action: Action = Action.REPLY
    amount: float = Field(default=0.0, ge=0, le=1e15, allow_inf_nan=False)
    assignee: str | None = None


class Effect(Frozen):
    """How one guard narrows: None leaves a dimension alone."""

    modes: tuple[Mode, ...] | None = None
    pools: tuple[str, ...] | None = None
    model_regions: tuple[str, ...] | None = None
    forbid_actions: tuple[Action, ...] = ()
    require_skills: tuple[str, ...] = ()
    review: Gate | None = None
    priority_floor: int = 0

    def forbids(self, route: Route) -> bool:
        """Whether this effect alone keeps `route` out of the envelope."""
        return (
            (self.modes is not None and route.mode not in self.modes)
            or (self.pools is not None and route.pool not in self.pools)
            or route.action in self.forbid_actions
            or not set(self.require_skills) <= set(route.skills)
        )


class FiredGuard(Frozen):
    """A guard that held, with what it did and the facts that its condition read."""

    id: str
    because: str
    when: str = Field(default="", description="The condition, as the policy states it.")
    effect: Effect
    summary: str = Field(description="The effect in words: `modes human; require review`.")
    values: dict[str, Any] = Field(default_factory=dict, description="Fact path to value as the condition read it.")
    error: str | None = Field(default=None, description="Set when the condition failed and therefore counts as fired.")


class TierGrade(Frozen):
    """The tier that a case falls in."""

    id: str
    rank: int
    budget_ms: int


class SlaTarget(Frozen):
    """What the client is promised, with due times counted in the target's calendar."""

    ack_within_s: int
    resolve_within_s: int
    calendar: str
    ack_due_at: UtcTime
    resolve_due_at: UtcTime


class EscalationStep(Frozen):
    """What a durable timer does when a share of a promise is used up."""

    promise: Literal["ack", "resolve"]
    at_percent: int = Field(ge=1, le=1000)
    do: str
    raise_by: int = 0


class PolicyRef(Frozen):
    """Which text decided."""

    name: str
    version: int
    digest: str
    stage: str = "active"


class Verdict(Frozen):
    """The policy engine's answer. The same facts and policy give the same bytes everywhere."""

    policy: PolicyRef
    tier: TierGrade
    priority: int = Field(ge=0, le=200)
    sla: SlaTarget
    envelope: Envelope
    guards: tuple[FiredGuard, ...]
    review: Gate | None = Field(description="The strictest review asked for, if any.")
    route: Route
    source: str = Field(description="proposal, default, envelope or fallback: where the route came from.")
    overruled: bool = Field(description="There was a proposal and the route is not it.")
    escalation: tuple[EscalationStep, ...] = Field(default=(), description="The policy's timers for this case.")
    errors: tuple[str, ...] = Field(default=(), description="Conditions that failed, and what was wrong with invalid facts.")
    facts_digest: str

    @property
    def rulers(self) -> frozenset[str]:
        """The roles that whoever rules has to hold, every one: a gate that closes sooner takes nothing from the role of another."""
        gates = (*self.envelope.reviews, *([self.review] if self.review else []))
        return frozenset(gate.by for gate in gates) - {LEAD}

    def refusals(self, route: Route) -> list[dict[str, str]]:
        """Why `route` lies outside the envelope: the guards to blame with their reasons; empty when it is allowed."""
        blamed = [{"id": guard.id, "because": guard.because} for guard in self.guards if guard.effect.forbids(route)]
        if not blamed and not self.envelope.allows(route):
            return [{"id": "envelope", "because": "The policy knows no such route."}]
        return blamed


class DecidedBy(StrEnum):
    """Who or what had the last word; a person is `person:<id>`."""

    POLICY = "policy"
    MODEL = "model"


class Decision(Frozen):
    """The final, recorded route with its provenance."""

    id: str
    case_id: str
    turn: int
    route: Route
    verdict: Verdict
    proposal: Proposal | None
    overruled: bool
    degraded: tuple[str, ...] = ()
    decided_by: str
    explanation: str
    decided_at: datetime
    latency_ms: dict[str, float]
