"""The unified profile of a client: what CRM, telemetry, helpdesk and our own cases say, each attribute with its source and age."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from desk.cases import stamp
from domain.case import Identity
from domain.client import ClientProfile, Contact, Contract, PastCase, TelemetryReport
from domain.context import Context
from domain.known_client import Attribute, KnownClient, ValueMoment
from domain.value import Money, currency_of
from graphs.snapshot import client_facts, context_facts

CRM_FIELDS = ("domains", "country", "language", "segment", "industry", "regulated", "health", "flags")
CONTRACT_FIELDS = ("tier", "status", "starts_on", "renews_on", "in_negotiation", "dpa_signed", "ai_allowed")


def attributes_of(
    profile: ClientProfile | None, report: TelemetryReport | None, past: list[PastCase], known: KnownClient | None, now: datetime
) -> list[Attribute]:
    """All that is known, in the order in which somebody would read it."""
    told = [*_from_crm(profile, now)] if profile else [*_from_cases_alone(known)] if known else []
    if report:
        told += _from_telemetry(report, now)
    if past:
        told += _from_helpdesk(past, profile.id if profile else known.id if known else "", now)
    return [*told, *_from_own_cases(known, now)] if known else told


def _from_crm(profile: ClientProfile, now: datetime) -> Iterator[Attribute]:
    source, as_of = f"crm:client/{profile.id}", profile.updated_at
    plain = profile.model_dump(mode="json", include={"name", "region", *CRM_FIELDS})
    for name in ("name", "region", *CRM_FIELDS):
        yield Attribute(name=name, value=plain[name], source=source, as_of=as_of)
    manager = profile.account_manager
    yield Attribute(name="account_manager", value=manager.model_dump() if manager else None, source=source, as_of=as_of)
    yield Attribute(name="last_contact_at", value=stamp(profile.last_contact_at), source=source, as_of=as_of)
    if profile.contract:
        yield from _from_contract(profile.contract, as_of)
    if profile.invoices:
        yield from _from_invoices(profile, now)


def _from_contract(contract: Contract, as_of: datetime) -> Iterator[Attribute]:
    source, plain = f"crm:contract/{contract.id}", contract.model_dump(mode="json")
    for name in CONTRACT_FIELDS:
        yield Attribute(name=f"contract.{name}", value=plain[name], source=source, as_of=as_of)
    worth = Money.of(contract.annual_value, contract.currency).model_dump()
    yield Attribute(name="contract.annual_value", value=worth, source=source, as_of=as_of)


def _from_invoices(profile: ClientProfile, now: datetime) -> Iterator[Attribute]:
    """Bills as policy counts them."""
    source, as_of, currency = f"crm:invoices/{profile.id}", profile.updated_at, currency_of(profile)
    identity = Identity(client_id=profile.id, client_name=profile.name, region=profile.region, resolved_by="client_id", confidence=1.0)
    facts = client_facts(identity, profile, profile.region, now)
    yield Attribute(name="invoices.open", value=facts.open_invoices, source=source, as_of=as_of)
    for name, amount in (("invoices.overdue", facts.overdue_amount), ("invoices.credits_year", facts.credits_year)):
        yield Attribute(name=name, value=Money.of(amount, currency).model_dump(), source=source, as_of=as_of)


def _from_telemetry(report: TelemetryReport, now: datetime) -> Iterator[Attribute]:
    facts = context_facts(Context(telemetry=report), now)
    source, as_of = f"telemetry:{report.client_id}", report.measured_at
    measured = {
        "product.seats_active": report.seats_active,
        "product.calls_24h": report.calls_24h,
        "product.error_rate": facts.error_rate,
        "product.top_error": report.top_error,
        "product.usage_change": facts.usage_change,
    }
    for name, value in measured.items():
        yield Attribute(name=name, value=value, source=source, as_of=as_of)
    open_now = [f"{one.title} ({one.component}, severity {one.severity})" for one in report.incidents if one.ended_at is None]
    yield Attribute(name="product.open_incidents", value=open_now, source=source, as_of=as_of)


def _from_helpdesk(past: list[PastCase], client_id: str, now: datetime) -> Iterator[Attribute]:
    """Cases of the helpdesk that was used before, or still is."""
    facts = context_facts(Context(past_cases=tuple(past)), now)
    counted = {
        "helpdesk.cases_30d": facts.cases_30d,
        "helpdesk.reopened_90d": facts.reopened_90d,
        "helpdesk.breached_90d": facts.breached_90d,
        "helpdesk.open_promises": [promise for case in past for promise in case.promises],
    }
    for name, value in counted.items():
        yield Attribute(name=name, value=value, source=f"cases:{client_id}", as_of=now)


def _from_cases_alone(known: KnownClient) -> Iterator[Attribute]:
    """What a case remembers of the client when the CRM says nothing."""
    for name, value in (("name", known.name), ("region", known.region), ("tier", known.tier)):
        yield Attribute(name=name, value=value, source=f"maitred:{known.last_case}", as_of=known.last_case_at)


def _from_own_cases(known: KnownClient, now: datetime) -> Iterator[Attribute]:
    """What is counted in our own store at this moment."""
    counted = {"cases.open": known.cases_open, "cases.last_30_days": known.cases_30d, "cases.total": known.cases}
    for name, value in counted.items():
        yield Attribute(name=name, value=value, source=f"maitred:cases/{known.id}", as_of=now)


def attribute_view(one: Attribute, now: datetime) -> dict[str, Any]:
    """The public form of an attribute."""
    return {"value": one.value, "source": one.source, "as_of": stamp(one.as_of), "age_s": one.age_s(now)}


def contact_view(one: Contact) -> dict[str, Any]:
    """The public form of a contact."""
    return {"id": one.id, "name": one.name, "email": one.email, "role": one.role, "title": one.title, "language": one.language}


def moment_view(one: ValueMoment) -> dict[str, Any]:
    """The public form of a value that a decision went by."""
    estimate = one.estimate
    return {
        "at": stamp(one.at),
        "case_id": one.case_id,
        "turn": one.turn,
        "score": estimate.score,
        "at_stake": Money.of(estimate.at_stake, estimate.currency).model_dump(),
        "confidence": estimate.confidence,
        "model": estimate.model,
    }


def past_case_view(one: PastCase) -> dict[str, Any]:
    """The public form of a case in the helpdesk."""
    moments = {"opened_at": stamp(one.opened_at), "resolved_at": stamp(one.resolved_at)}
    return {**one.model_dump(mode="json", include={"id", "subject", "intent", "severity", "outcome", "csat"}), **moments}
