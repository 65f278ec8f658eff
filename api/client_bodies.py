"""Clients as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import ConfigDict, Field

from api.responses import MoneyOut, Shown, ValueOut
from domain.facts import ContactRole, ContractTier, Region, Segment

PRINTABLE = r"^[^\u0000-\u001f\u007f]*$"
ClientIdPath = Annotated[str, Path(max_length=128, pattern=PRINTABLE, description="The client's id.", examples=["northwind"])]
TierQuery = Annotated[ContractTier | None, Query(description="The support level that the client bought.", examples=["strategic"])]
RegionQuery = Annotated[Region | None, Query(description="Where the client's data live.", examples=["eu"])]
WordsQuery = Annotated[
    str | None,
    Query(alias="q", max_length=200, pattern=PRINTABLE, description="Part of the name, id or domain.", examples=["northwind"]),
]
CONTACT: dict[str, Any] = {
    "id": "northwind-c0",
    "name": "Sabine Pohlmann",
    "email": "cto@northwind.example",
    "role": "executive",
    "title": "Chief Technology Officer",
    "language": "en",
}
LISTED: dict[str, Any] = {
    "id": "northwind",
    "name": "Northwind Bank",
    "region": "eu",
    "tier": "strategic",
    "segment": "enterprise",
    "country": "DE",
    "contacts": [CONTACT],
    "updated_at": "2026-11-20T08:00:00Z",
    "links": {"self": "/v1/clients/northwind"},
}
FROM_CRM: dict[str, Any] = {"source": "crm:client/northwind", "as_of": "2026-11-20T08:00:00Z", "age_s": 259_200}
PROFILE: dict[str, Any] = {
    "id": "northwind",
    "name": "Northwind Bank",
    "region": "eu",
    "tier": "strategic",
    "contacts": [CONTACT],
    "contacts_from": FROM_CRM,
    "attributes": {
        "industry": {"value": "banking", **FROM_CRM},
        "contract.renews_on": {"value": "2027-06-01", **FROM_CRM, "source": "crm:contract/contract-700"},
        "product.error_rate": {"value": 0.0008, "source": "telemetry:northwind", "as_of": "2026-11-23T07:55:00Z", "age_s": 300},
    },
    "value": {
        "score": 0.94,
        "at_stake": {"amount": "1250000.00", "currency": "EUR"},
        "interval": {"low": {"amount": "940000.00", "currency": "EUR"}, "high": {"amount": "1560000.00", "currency": "EUR"}},
        "confidence": 0.88,
        "drivers": [{"name": "annual_revenue", "contribution": 0.86, "evidence": "crm:contract/contract-700"}],
        "model": "value@1",
    },
    "value_history": [],
    "helpdesk_cases": [],
    "sources": [{"source": "crm", "ok": True, "error": ""}],
    "links": {"self": "/v1/clients/northwind", "cases": "/v1/cases?client_id=northwind"},
}


class ContactOut(Shown):
    """A person who writes for the client."""

    id: str
    name: str
    email: str
    role: ContactRole
    title: str
    language: str


class ListedClientOut(Shown):
    """A client in the list."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [LISTED]})

    id: str
    name: str
    region: Region
    tier: ContractTier
    segment: Segment
    country: str
    contacts: list[ContactOut]
    updated_at: str
    links: dict[str, str]


class ClientsOut(Shown):
    """A page of clients, by id."""

    items: list[ListedClientOut]
    next_cursor: str | None


class OriginOut(Shown):
    """Who says so, and how old it is."""

    source: str
    as_of: str | None
    age_s: int | None


class AttributeOut(OriginOut):
    """One thing that is known."""

    value: Any


class PastValueOut(Shown):
    """The value that a decision went by."""

    at: str
    case_id: str
    turn: int
    score: float
    at_stake: MoneyOut
    confidence: float
    model: str


class HelpdeskCaseOut(Shown):
    """A case in the helpdesk that was used before, or still is."""

    id: str
    subject: str
    intent: str
    severity: int
    opened_at: str
    resolved_at: str | None
    outcome: str
    csat: int | None


class SourceOut(Shown):
    """Whether a source answered: what one that did not would have said is missing."""

    source: str
    ok: bool
    error: str


class ClientProfileOut(Shown):
    """All that is known of a client."""

    id: str
    name: str
    region: str
    tier: str | None = Field(description="The contract's tier; what policy last said when the CRM does not answer.")
    contacts: list[ContactOut]
    contacts_from: OriginOut | None
    attributes: dict[str, AttributeOut] = Field(description="By name, such as `industry` or `contract.renews_on`.")
    value: ValueOut | None = Field(description="Now; null when the CRM does not answer.")
    value_history: list[PastValueOut] = Field(description="Oldest first, of the newest 60 decisions.")
    helpdesk_cases: list[HelpdeskCaseOut] = Field(description="Latest first, at most 10.")
    sources: list[SourceOut]
    links: dict[str, str]
