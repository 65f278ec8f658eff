"""Request and response models: the OpenAPI document is made from these."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from domain.case import CaseStatus, InboundMessage, Sender
from domain.facts import Action, Mode
from domain.review import RulingAction

METADATA_LIMIT = 8 * 1024
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Closed(BaseModel):
    """Base of request bodies: unknown fields are refused, so that a typo is noticed."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """Base of response bodies: fields may be added later."""

    model_config = ConfigDict(extra="allow")


def _small(metadata: dict[str, Any]) -> dict[str, Any]:
    if len(orjson.dumps(metadata)) > METADATA_LIMIT:
        raise ValueError(f"must not be larger than {METADATA_LIMIT} bytes")
    return metadata


def _plausible(moment: datetime) -> datetime:
    if not EARLIEST <= moment <= LATEST:
        raise ValueError("must lie between 1990 and 2200")
    return moment.astimezone(UTC)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


Word = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
ExternalId = Annotated[str, Field(min_length=1, max_length=255)]
Optional255 = Annotated[str | None, Field(max_length=255)]


class SenderIn(Closed):
    """Who wrote, as the channel says it; at least one field helps to find the client."""

    client_id: Optional255 = None
    email: Optional255 = None
    name: Optional255 = None
    handle: Optional255 = None
    phone: Optional255 = None


class AttachmentIn(Closed):
    """A file that stays with the channel; maitred keeps the reference."""

    name: Annotated[str, Field(max_length=255)]
    content_type: Optional255 = None
    size: Annotated[int | None, Field(ge=0, le=2**40)] = None
    url: Annotated[str | None, Field(max_length=2048)] = None


class MessageIn(Closed):
    """One inbound message."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "channel": "slack",
                    "external_id": "1716.42",
                    "conversation_id": "C1-99",
                    "sender": {"email": "cto@northwind.example", "name": "Ada Lindqvist"},
                    "text": "Our production export has failed since 07:10, our board meets at noon.",
                    "sent_at": "2026-11-23T08:00:00Z",
                }
            ]
        },
    )

    channel: Word
    external_id: ExternalId
    conversation_id: ExternalId
    sender: SenderIn = Field(default_factory=lambda: SenderIn())
    text: Annotated[str, Field(min_length=1, max_length=100_000), AfterValidator(_not_blank)]
    sent_at: Annotated[AwareDatetime, AfterValidator(_plausible)]
    language: Annotated[str | None, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=16)] = None
    attachments: Annotated[list[AttachmentIn], Field(max_length=50)] = Field(default_factory=list)
    metadata: Annotated[dict[str, Any], AfterValidator(_small)] = Field(default_factory=dict)

    def as_message(self) -> InboundMessage:
        """The message in the words of the domain."""
        return InboundMessage(
            channel=self.channel,
            external_id=self.external_id,
            conversation_id=self.conversation_id,
            sender=Sender(**self.sender.model_dump()),
            text=self.text,
            sent_at=self.sent_at,
            language=self.language.split("-")[0].lower() if self.language else None,
            attachments=tuple(attachment.model_dump() for attachment in self.attachments),
            metadata=self.metadata,
        )


class RouteIn(Closed):
    """The route that a lead wants; what is left out stays as it stands."""

    mode: Mode | None = None
    pool: Annotated[str | None, Field(max_length=64)] = None
    skills: Annotated[list[Annotated[str, Field(max_length=64)]] | None, Field(max_length=32)] = None
    action: Action | None = None
    amount: Annotated[float | None, Field(ge=0, le=1e15, allow_inf_nan=False)] = None
    assignee: Annotated[str | None, Field(max_length=128)] = None


class RulingIn(Closed):
    """A lead's answer."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"action": "edit", "route": {"mode": "human", "pool": "eu-senior"}, "reason": "Their board meets at noon."}]
        },
    )

    action: RulingAction
    route: RouteIn | None = None
    note: Annotated[str, Field(max_length=10_000)] = ""
    question: Annotated[str, Field(max_length=10_000)] = ""
    reason: Annotated[str, Field(max_length=10_000)] = ""


class DecideIn(Closed):
    """Facts (laid over neutral ones) and a proposal to be judged."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "facts": {
                        "client": {"region": "eu", "contract": {"tier": "strategic"}},
                        "message": {"signals": ["legal"], "severity": 4},
                    },
                    "proposal": {"mode": "ai", "pool": "eu-core", "confidence": 0.9, "rationale": "An article answers it."},
                    "policy": None,
                }
            ]
        },
    )

    facts: dict[str, Any]
    proposal: dict[str, Any] | None = None
    policy: Annotated[str | None, Field(max_length=128)] = None


class ReplayIn(Closed):
    """Which policy decides again; without one, the version that decided."""

    policy: Annotated[str | None, Field(max_length=128)] = None


class MoneyOut(Shown):
    """A decimal string with its currency."""

    amount: str
    currency: str


class ClientOut(Shown):
    """The client behind a case."""

    id: str
    name: str
    tier: str | None
    resolved_by: str
    confidence: float


class DriverOut(Shown):
    """One reason of a value estimate."""

    name: str
    contribution: float
    evidence: str


class ValueOut(Shown):
    """What is at stake."""

    score: float
    at_stake: MoneyOut
    confidence: float
    drivers: list[DriverOut]
    model: str


class RouteOut(Shown):
    """Where a case goes."""

    mode: Mode
    pool: str
    skills: list[str]
    action: Action
    assignee: str | None


class SlaOut(Shown):
    """What the client is promised and where that stands."""

    ack_within_s: int
    resolve_within_s: int
    ack_due_at: str
    resolve_due_at: str
    state: str


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
    confidence: float
    rationale: str
    model: str


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
    review: dict[str, Any] | None
    handover: dict[str, Any] | None
    reply: dict[str, Any] | None
    messages: list[dict[str, Any]]
    priority: int
    created_at: str
    updated_at: str
    links: dict[str, str]


class CasesOut(Shown):
    """A page of cases."""

    items: list[CaseOut]
    next_cursor: str | None


class ReviewOut(Shown):
    """All that a lead needs to rule."""

    id: str
    case_id: str
    turn: int
    status: str
    by: str
    opened_at: str
    due_at: str
    claimed_by: str | None
    proposal: ProposalOut | None
    route: RouteOut
    envelope: dict[str, Any]
    guards: list[GuardOut]
    sla: SlaOut
    value: ValueOut | None
    policy: PolicyRefOut
    ruling: dict[str, Any] | None
    messages: list[dict[str, Any]]


class ReviewsOut(Shown):
    """A page of reviews, most urgent first."""

    items: list[ReviewOut]
    next_cursor: str | None


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


class EntriesOut(Shown):
    """A page of ledger entries."""

    items: list[dict[str, Any]]
    next_cursor: str | None


class Problem(Shown):
    """Problem details, RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[dict[str, Any]] = Field(default_factory=list)
