"""Client and Contact, and what the context gatherer's tools say of them, each with its source and age.

Bounds are those of the Facts that are made of it: what does not fit is refused where it comes in, and fails no case.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from domain.decision import Frozen
from domain.facts import ContactRole, ContractStatus, ContractTier, Region, Segment
from domain.scalars import Amount, Balance, Count, Currency, Fraction, UtcTime

Grade = Annotated[int, Field(ge=1, le=5)]
Quantity = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


class Contact(Frozen):
    """A person who writes for a client."""

    id: str
    name: str
    email: str
    role: ContactRole
    title: str = ""
    language: str = "en"
    phone: str | None = None
    handles: tuple[str, ...] = Field(default=(), description="Names in chat channels, such as `slack:U07A1`.")


class Contract(Frozen):
    """What was bought."""

    id: str
    tier: ContractTier
    status: ContractStatus
    annual_value: Amount
    currency: Currency
    starts_on: date
    renews_on: date | None = None
    in_negotiation: bool = False
    dpa_signed: bool = False
    ai_allowed: bool = True


class Invoice(Frozen):
    """One bill, or a credit note with an amount below 0; `paid_on` is None while it is open."""

    id: str
    issued_on: date
    due_on: date
    paid_on: date | None
    amount: Balance
    currency: Currency
    credit: Amount = Field(default=0.0, description="Refund or credit granted on it.")


class AccountManager(Frozen):
    """The named person of ours who looks after a client."""

    id: str
    name: str
    email: str


class ClientProfile(Frozen):
    """All that the CRM knows of a client."""

    id: str
    name: str
    domains: tuple[str, ...] = ()
    region: Region
    country: str
    language: str
    segment: Segment
    industry: str
    regulated: bool
    health: Fraction
    flags: tuple[str, ...] = ()
    account_manager: AccountManager | None
    contract: Contract | None
    contacts: tuple[Contact, ...]
    invoices: tuple[Invoice, ...] = Field(description="Oldest first, 24 months.")
    last_contact_at: UtcTime | None = None
    updated_at: UtcTime = Field(description="When the CRM last changed this record: the age of its facts.")


class ClientIncident(Frozen):
    """A product incident that touches a client."""

    id: str
    title: str
    severity: Grade
    component: str
    started_at: UtcTime
    ended_at: UtcTime | None = None


class TelemetryReport(Frozen):
    """Product telemetry of one client."""

    client_id: str
    calls_24h: Count
    errors_24h: Count
    top_error: str = ""
    usage_28d: Quantity
    usage_prior_28d: Quantity
    seats_active: Count
    incidents: tuple[ClientIncident, ...] = ()
    measured_at: UtcTime


class Article(Frozen):
    """A knowledge article that answers a question."""

    id: str
    title: str
    body: str
    product: str
    language: str = "en"
    intents: tuple[str, ...] = ()
    updated_on: date
    keywords: tuple[str, ...] = Field(default=(), description="Words, also of other languages, that people search it by.")


class ArticleHit(Frozen):
    """An article with how well it fits."""

    article: Article
    score: Fraction


class PastCase(Frozen):
    """An earlier case of a client."""

    id: str
    subject: str
    intent: str
    severity: int
    opened_at: UtcTime
    resolved_at: UtcTime | None
    pool: str
    outcome: str = ""
    reopened: bool = False
    sla_breached: bool = False
    csat: int | None = None
    promises: tuple[str, ...] = Field(default=(), description="What was promised to the client and is still open.")


class Person(Frozen):
    """An agent: a person of ours who works cases."""

    id: str
    name: str
    email: str
    region: Region
    pools: tuple[str, ...]
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    capacity: int
    timezone: str
    shift: str = Field(description="Weekly hours as `mon-fri 08:00-16:30`, in `timezone`.")
    lead: bool = False
