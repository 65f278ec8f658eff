"""Facts v1: the immutable, typed snapshot that policy may look at, and nothing else.

CEL does not coerce, so each fact has exactly one type here: scores and money are doubles, counts and
severity are ints, sets are lists of strings. An optional fact is absent (never null) when unknown and is
tested with `has()`. Every field says what it means: the policy language reference is generated from this file.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from domain.canonical import canonical_json, digest
from domain.scalars import Amount, Count, Fraction, Moment, Signed, Text, Whole

FACTS_VERSION = "v1"


class Region(StrEnum):
    """Where a client's data and cases live."""

    EU = "eu"
    US = "us"
    APAC = "apac"


class ContractTier(StrEnum):
    """The support level that the client bought."""

    STRATEGIC = "strategic"
    PLATINUM = "platinum"
    GOLD = "gold"
    SILVER = "silver"
    NONE = "none"


class ContractStatus(StrEnum):
    """Where the contract stands."""

    ACTIVE = "active"
    TRIAL = "trial"
    NOTICE = "notice"
    ENDED = "ended"
    NONE = "none"


class Segment(StrEnum):
    """Size class of the client."""

    ENTERPRISE = "enterprise"
    MID_MARKET = "mid_market"
    SMALL = "small"
    UNKNOWN = "unknown"


class ContactRole(StrEnum):
    """What the writer is in the client's organisation, as the CRM knows it."""

    EXECUTIVE = "executive"
    ADMIN = "admin"
    BILLING = "billing"
    LEGAL = "legal"
    SECURITY = "security"
    USER = "user"
    UNKNOWN = "unknown"


class Intent(StrEnum):
    """What the message is about; exactly one."""

    OUTAGE = "outage"
    DEFECT = "defect"
    PERFORMANCE = "performance"
    ACCESS = "access"
    INTEGRATION = "integration"
    HOW_TO = "how_to"
    BILLING = "billing"
    REFUND = "refund"
    CONTRACT = "contract"
    CANCELLATION = "cancellation"
    SECURITY = "security"
    PRIVACY = "privacy"
    LEGAL = "legal"
    COMPLAINT = "complaint"
    FEATURE_REQUEST = "feature_request"
    ACCOUNT_CHANGE = "account_change"
    FEEDBACK = "feedback"
    OUT_OF_SCOPE = "out_of_scope"


class Signal(StrEnum):
    """Something in the message that policy may have to act on; several can hold at once."""

    LEGAL = "legal"
    SECURITY = "security"
    OUTAGE = "outage"
    CHURN = "churn"
    EXECUTIVE = "executive"
    MONEY = "money"
    CONTRACT = "contract"
    REGULATED_DATA = "regulated_data"
    ABUSE = "abuse"
    VULNERABLE_PERSON = "vulnerable_person"
    HUMAN_REQUEST = "human_request"
    INJECTION = "injection"


class Mode(StrEnum):
    """Who answers: the AI alone, a person with an AI draft, or a person."""

    AI = "ai"
    HYBRID = "hybrid"
    HUMAN = "human"


class Action(StrEnum):
    """What the answer would do beyond words."""

    NONE = "none"
    REPLY = "reply"
    REFUND = "refund"
    CREDIT = "credit"
    CHANGE_ACCOUNT = "change_account"
    CANCEL = "cancel"
    SHARE_DATA = "share_data"


class FactGroup(BaseModel):
    """Base of all groups of facts: frozen, closed, and strict (no coercion, no null, no NaN)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ContractFacts(FactGroup):
    """`client.contract`: what was bought and when it ends."""

    tier: ContractTier = Field(default=ContractTier.NONE, strict=False, description="Support level bought.")
    status: ContractStatus = Field(default=ContractStatus.NONE, strict=False, description="Where the contract stands.")
    annual_value: Amount = Field(default=0.0, description="Annual recurring revenue in the contract's currency.")
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$", description="ISO 4217 code of `annual_value`.")
    months_active: Count = Field(default=0, description="Whole months since the first contract began.")
    renewal_in_days: Whole | None = Field(default=None, description="Days to the renewal date; negative when it has passed. Optional.")
    in_negotiation: bool = Field(default=False, description="A renewal or change is being negotiated now.")
    dpa_signed: bool = Field(default=False, description="A data-processing agreement is in force.")
    ai_allowed: bool = Field(default=True, description="The contract lets an AI answer this client.")


class ClientFacts(FactGroup):
    """`client`: the account whose value matters, as the CRM knows it."""

    id: Text = Field(default="", description="The client's id in the CRM; empty when unknown.")
    known: bool = Field(default=False, description="The sender was matched to a client.")
    identity_confidence: Fraction = Field(default=0.0, description="How sure the match is.")
    region: Region = Field(default=Region.EU, strict=False, description="Where the client's data must stay.")
    country: Text = Field(default="", description="ISO 3166 code of the head office.")
    language: Text = Field(default="en", description="The client's contract language (ISO 639-1).")
    segment: Segment = Field(default=Segment.UNKNOWN, strict=False, description="Size class.")
    industry: Text = Field(default="", description="Industry in the CRM's words, such as `banking` or `healthcare`.")
    regulated: bool = Field(default=False, description="The client works under sector rules (bank, insurer, hospital, public body).")
    health: Fraction = Field(default=0.5, description="The account manager's health score; 1 is healthy.")
    has_account_manager: bool = Field(default=False, description="A named person looks after this client.")
    overdue_amount: Amount = Field(default=0.0, description="Sum of overdue invoices, whatever their currency: nothing overdue is missed.")
    open_invoices: Count = Field(default=0, description="Number of unpaid invoices, in any currency.")
    credits_year: Amount = Field(default=0.0, description="Refunds and credits of the last 365 days, added likewise.")
    days_since_contact: Count | None = Field(
        default=None, description="Days since anybody of ours last wrote to or met this client. Optional."
    )
    flags: tuple[Text, ...] = Field(default=(), strict=False, description="Free marks of the CRM, such as `litigation` or `press`.")
    contract: ContractFacts = Field(default_factory=lambda: ContractFacts(), description="What was bought and when it ends.")


class ValueFacts(FactGroup):
    """`value`: what the value estimator says is at stake."""

    score: Fraction = Field(default=0.0, description="Value of the client among all clients, 0 to 1.")
    at_stake: Amount = Field(default=0.0, description="Amount at stake in the next twelve months.")
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$", description="ISO 4217 code of `at_stake`.")
    confidence: Fraction = Field(default=0.0, description="How sure the estimate is.")
    low: Amount = Field(default=0.0, description="Lower end of the interval of `at_stake`.")
    high: Amount = Field(default=0.0, description="Upper end of the interval of `at_stake`.")


class SenderFacts(FactGroup):
    """`message.sender`: who wrote."""

    role: ContactRole = Field(default=ContactRole.UNKNOWN, strict=False, description="The contact's role in the CRM.")
    known: bool = Field(default=False, description="The contact is in the CRM.")
    verified: bool = Field(default=False, description="The channel or the CRM vouches for the address.")


class MessageFacts(FactGroup):
    """`message`: what triage read in the message."""

    intent: Intent = Field(default=Intent.HOW_TO, strict=False, description="What the message is about.")
    confidence: Fraction = Field(default=1.0, description="How sure triage is of the intent.")
    severity: int = Field(default=1, ge=1, le=5, description="1: nothing is broken … 5: production down, breach or danger.")
    urgency: Fraction = Field(default=0.0, description="How soon the writer needs it.")
    sentiment: Signed = Field(default=0.0, description="-1 is furious, 1 is delighted.")
    signals: tuple[Annotated[Signal, Field(strict=False)], ...] = Field(
        default=(), strict=False, description="What policy may have to act on."
    )
    language: Text = Field(default="en", description="Language of the text (ISO 639-1).")
    channel: Text = Field(default="api", description="Channel of the message, such as `email`, `slack` or `chat`.")
    sender: SenderFacts = Field(default_factory=lambda: SenderFacts(), description="Who wrote.")
    attachments: Count = Field(default=0, description="Number of attachments.")
    turn: Count = Field(default=1, ge=1, description="Number of this message in its case.")
    earlier_signals: tuple[Annotated[Signal, Field(strict=False)], ...] | None = Field(
        default=None, strict=False, description="Signals of earlier messages, until somebody has resolved the case. Optional."
    )


class ContextFacts(FactGroup):
    """`context`: what the context gatherer found; `missing` says which tools gave nothing."""

    complete: bool = Field(default=True, description="Every tool answered in time, and whole.")
    missing: tuple[Text, ...] = Field(
        default=(), strict=False, description="Tools that failed, ran out of time, or did not know the client or all of its cases."
    )
    open_incidents: Count = Field(default=0, description="Product incidents that touch this client now.")
    incident_severity: int = Field(default=0, ge=0, le=5, description="Worst severity among the open incidents, 0 without any.")
    error_rate: Fraction = Field(default=0.0, description="Share of the client's API calls that failed in the last 24 hours.")
    usage_change: float = Field(
        default=0.0, ge=-1.0, le=1e6, allow_inf_nan=False, description="Usage of the last 28 days against the 28 before: -0.4 is 40 % less."
    )
    open_cases: Count = Field(default=0, description="Cases of this client that are open now in the case history (the helpdesk).")
    cases_30d: Count = Field(default=0, description="Cases of this client in the last 30 days, of the case history.")
    reopened_90d: Count = Field(default=0, description="Those of the last 90 days that were re-opened, of the case history.")
    breached_90d: Count = Field(default=0, description="Those of the last 90 days whose SLA was missed, of the case history.")
    oldest_open_days: Count = Field(default=0, description="Age in days of the oldest open case of the case history.")
    knowledge_score: Fraction = Field(default=0.0, description="How well the best knowledge article fits the message.")
    knowledge_hits: Count = Field(default=0, description="Articles above the relevance floor.")


class PoolLoad(FactGroup):
    """`load.pools[<pool>]`: how busy a pool is."""

    available: Count = Field(default=0, description="People on shift with free capacity.")
    open: Count = Field(default=0, description="Cases assigned now.")
    capacity: Count = Field(default=0, description="Cases that the people on shift can hold.")


class LoadFacts(FactGroup):
    """`load`: how busy the desk is; taken from a snapshot that is at most some seconds old."""

    utilization: Fraction = Field(default=0.0, description="Open cases over capacity, over all pools.")
    pools: dict[Text, PoolLoad] = Field(default_factory=dict, description="Load by pool id.")


class ProposalFacts(FactGroup):
    """`proposal`: what the router agent suggests; `present` is false in the first pass and when it failed."""

    present: bool = Field(default=False, description="There is a usable proposal.")
    mode: Mode = Field(default=Mode.HUMAN, strict=False, description="Suggested mode.")
    pool: Text = Field(default="", description="Suggested pool.")
    skills: tuple[Text, ...] = Field(default=(), strict=False, description="Suggested skills.")
    action: Action = Field(default=Action.NONE, strict=False, description="What the answer would do beyond words.")
    amount: Amount = Field(default=0.0, description="Amount of a suggested refund or credit.")
    confidence: Fraction = Field(default=0.0, description="The router's calibrated confidence.")
    model: Text = Field(default="", description="The model that spoke.")
    model_region: Text = Field(default="", description="Region in which that model runs; `local` never leaves this machine.")


class Facts(FactGroup):
    """Everything that policy may look at for one turn, frozen at the moment `now`."""

    client: ClientFacts = Field(default_factory=lambda: ClientFacts(), description="The client and its contract.")
    value: ValueFacts = Field(default_factory=lambda: ValueFacts(), description="What is at stake.")
    message: MessageFacts = Field(default_factory=lambda: MessageFacts(), description="What the message says.")
    context: ContextFacts = Field(default_factory=lambda: ContextFacts(), description="What the tools found.")
    load: LoadFacts = Field(default_factory=lambda: LoadFacts(), description="How busy the desk is.")
    proposal: ProposalFacts = Field(default_factory=lambda: ProposalFacts(), description="What the router suggests.")
    now: Moment = Field(
        default=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        strict=False,
        description="The moment of the turn (UTC): time is a fact, not a clock.",
    )

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The facts as plain JSON data, absent optionals left out; treat it as read-only."""
        return self.model_dump(mode="json", exclude_none=True)

    @cached_property
    def digest(self) -> str:
        """Digest of the canonical JSON."""
        return digest(canonical_json(self.plain))

    def with_proposal(self, proposal: ProposalFacts) -> Facts:
        """The same facts with another proposal (built anew: a copy would keep the cached digest)."""
        groups: dict[str, Any] = {name: getattr(self, name) for name in Facts.model_fields}
        return Facts.model_construct(None, **groups | {"proposal": proposal})


def neutral_facts() -> Facts:
    """Facts of an unremarkable message of an unknown client: what a policy test's `given` is laid over."""
    return Facts()
