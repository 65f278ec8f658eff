"""Response bodies, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.problem import TYPES
from domain.case import CaseStatus, Outcome
from domain.facts import Action, Mode


class Shown(BaseModel):
    """Base of response bodies: fields may be added later."""

    model_config = ConfigDict(extra="allow")


class MoneyOut(Shown):
    """A decimal string with its currency."""

    amount: str
    currency: str


class ContactRefOut(Shown):
    """Which of the client's people wrote; all null when none of those that are known did."""

    id: str | None
    name: str | None
    role: str | None


class ClientOut(Shown):
    """The client behind a case."""

    id: str
    name: str
    tier: str | None
    resolved_by: str
    confidence: float
    contact: ContactRefOut


class DriverOut(Shown):
    """One reason of a value estimate."""

    name: str
    contribution: float
    evidence: str


class IntervalOut(Shown):
    """Between which amounts it lies."""

    low: MoneyOut
    high: MoneyOut


class ValueOut(Shown):
    """What is at stake."""

    score: float
    at_stake: MoneyOut
    interval: IntervalOut
    confidence: float
    drivers: list[DriverOut]
    model: str


class RouteOut(Shown):
    """Where a case goes."""

    mode: Mode
    pool: str
    skills: list[str]
    action: Action
    amount: float
    assignee: str | None


class SlaOut(Shown):
    """What the client is promised and where that stands."""

    ack_within_s: int
    resolve_within_s: int
    calendar: str
    """Of the policy: in its hours both promises run."""
    ack_due_at: str
    resolve_due_at: str
    state: str
    """Of both promises together."""
    acked_at: str | None
    """When the client heard from us; null while they wait for it."""
    ack_state: str
    """Of the first promise alone."""


class GuardOut(Shown):
    """A guard that fired."""

    id: str
    effect: str
    because: str
    values: dict[str, Any]


class ProposalOut(Shown):
    """The router agent's suggestion."""

    mode: Mode
    pool: str
    skills: list[str]
    action: Action
    amount: float
    confidence: float
    rationale: str
    evidence: list[str]
    """Ids of the facts that the rationale cites."""
    model: str
    model_region: str
    prompt: str
    """Id, version and hash of the prompt."""


class PolicyRefOut(Shown):
    """Which text decided."""

    name: str
    version: int
    digest: str
    stage: str


class DecisionOut(Shown):
    """The recorded route with its provenance."""

    id: str
    turn: int
    route: RouteOut
    priority: int
    sla: SlaOut
    guards: list[GuardOut]
    proposal: ProposalOut | None
    overruled: bool
    degraded: list[str]
    decided_by: str
    policy: PolicyRefOut
    facts_digest: str
    explanation: str
    decided_at: str
    latency_ms: dict[str, float]


class AssignmentOut(Shown):
    """Whom the case is reserved for, and since when that person took it on."""

    person: str
    pool: str
    at: str
    accepted_at: str | None


class ResolutionOut(Shown):
    """How the case ended."""

    outcome: Outcome
    csat: int | None
    notes: str
    by: str
    at: str


class MessageOut(Shown):
    """What was written: by the client (`inbound`), or to them. Only the client's has a sender and the channel's id."""

    id: str
    turn: int
    direction: Literal["inbound", "outbound"]
    external_id: str | None
    text: str
    language: str | None
    sender: dict[str, Any] | None
    attachments: list[dict[str, Any]]
    metadata: dict[str, Any]
    sent_at: str


class CaseOut(Shown):
    """One conversation that needs an end."""

    id: str
    status: CaseStatus
    channel: str
    conversation_id: str
    region: str
    client: ClientOut | None
    value: ValueOut | None
    decision: DecisionOut | None
    assignment: AssignmentOut | None
    review: dict[str, Any] | None
    handover: dict[str, Any] | None
    reply: dict[str, Any] | None
    messages: list[MessageOut]
    asks: str | None = None
    """In lists, which have no messages: the beginning of what the client wrote first."""
    priority: int
    acknowledged_at: str | None
    resolved_at: str | None
    outcome: ResolutionOut | None
    created_at: str
    updated_at: str
    revision: int
    """What the ETag says."""
    links: dict[str, str]


class CasesOut(Shown):
    """A page of cases."""

    items: list[CaseOut]
    next_cursor: str | None


class EscalationOut(Shown):
    """What happens when a share of a promise is used up."""

    promise: str
    at_percent: int
    do: str
    raise_by: int


class VerdictOut(Shown):
    """The policy engine's answer."""

    policy: PolicyRefOut
    tier: dict[str, Any]
    priority: int
    sla: dict[str, Any]
    envelope: dict[str, Any]
    guards: list[dict[str, Any]]
    review: dict[str, Any] | None
    route: RouteOut
    source: str
    overruled: bool
    escalation: list[EscalationOut]
    errors: list[str]
    facts_digest: str
    digest: str


class ReplayOut(Shown):
    """A decision made again."""

    case_id: str
    turn: int
    policy: PolicyRefOut
    facts_digest: str
    recorded_digest: str
    digest: str
    identical: bool
    verdict: dict[str, Any]
    changes: list[dict[str, Any]]


class Problem(Shown):
    """Problem details, RFC 9457."""

    type: Annotated[str, Field(description="docs/reference/problems.md says what each means.", json_schema_extra={"enum": [*TYPES]})]
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[dict[str, Any]] = []
    errors_left_out: int = 0
    """How many more faults there are than `errors` lists."""
