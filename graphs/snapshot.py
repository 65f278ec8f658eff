"""Builds the Facts of a turn from what the three agents brought."""

from __future__ import annotations

from datetime import datetime

from agents.value_estimator import NOTHING
from domain.case import Identity, TurnInput
from domain.client import ClientProfile, PastCase, TelemetryReport
from domain.context import Context
from domain.facts import (
    ClientFacts,
    ContextFacts,
    ContractFacts,
    Facts,
    LoadFacts,
    MessageFacts,
    Region,
    SenderFacts,
    ValueFacts,
)
from domain.scalars import AMOUNT_MOST, TEXT_MOST
from domain.triage import Triage
from domain.value import ValueEstimate

RELEVANCE_FLOOR = 0.35
DAY_S = 86_400
USAGE_CHANGE_MOST = 1e6


def client_facts(identity: Identity | None, profile: ClientProfile | None, home: Region, now: datetime) -> ClientFacts:
    """What policy may know of the client; an unknown sender is a neutral client of the home region."""
    if identity is None or profile is None:
        known = identity is not None
        return ClientFacts(
            id=identity.client_id if identity else "",
            known=known,
            identity_confidence=identity.confidence if identity else 0.0,
            region=identity.region if identity else home,
        )
    unpaid = [invoice for invoice in profile.invoices if invoice.paid_on is None]
    overdue = sum(max(0.0, invoice.amount) for invoice in unpaid if invoice.due_on < now.date())  # a credit note hides nothing
    credits = sum(invoice.credit for invoice in profile.invoices if (now.date() - invoice.issued_on).days <= 365)
    return ClientFacts(
        id=profile.id,
        known=True,
        identity_confidence=identity.confidence,
        region=profile.region,
        country=profile.country[:TEXT_MOST],
        language=profile.language[:TEXT_MOST],
        segment=profile.segment,
        industry=profile.industry[:TEXT_MOST],
        regulated=profile.regulated,
        health=profile.health,
        has_account_manager=profile.account_manager is not None,
        overdue_amount=round(min(overdue, AMOUNT_MOST), 2),
        open_invoices=len(unpaid),
        credits_year=round(min(credits, AMOUNT_MOST), 2),
        days_since_contact=max(0, (now - profile.last_contact_at).days) if profile.last_contact_at else None,
        flags=tuple(sorted(flag[:TEXT_MOST] for flag in profile.flags)),
        contract=_contract_facts(profile, now),
    )


def _contract_facts(profile: ClientProfile, now: datetime) -> ContractFacts:
    contract = profile.contract
    if contract is None:
        return ContractFacts()
    return ContractFacts(
        tier=contract.tier,
        status=contract.status,
        annual_value=contract.annual_value,
        currency=contract.currency,
        months_active=max(0, (now.date() - contract.starts_on).days // 30),
        renewal_in_days=(contract.renews_on - now.date()).days if contract.renews_on else None,
        in_negotiation=contract.in_negotiation,
        dpa_signed=contract.dpa_signed,
        ai_allowed=contract.ai_allowed,
    )


def context_facts(context: Context, now: datetime) -> ContextFacts:
    """What policy may know of incidents, usage, earlier cases and knowledge."""
    incidents = [i for i in context.telemetry.incidents if i.ended_at is None] if context.telemetry else []
    open_cases = [case for case in context.past_cases if case.resolved_at is None]
    scores = [hit.score for hit in context.articles]
    return ContextFacts(
        complete=not context.missing,
        missing=tuple(sorted(context.missing)),
        open_incidents=len(incidents),
        incident_severity=max((incident.severity for incident in incidents), default=0),
        error_rate=_error_rate(context.telemetry),
        usage_change=_usage_change(context.telemetry),
        open_cases=len(open_cases),
        cases_30d=_count(context.past_cases, now, 30),
        reopened_90d=_count([case for case in context.past_cases if case.reopened], now, 90),
        breached_90d=_count([case for case in context.past_cases if case.sla_breached], now, 90),
        oldest_open_days=max(((now - case.opened_at).days for case in open_cases if case.opened_at <= now), default=0),
        knowledge_score=max(scores, default=0.0),
        knowledge_hits=sum(score >= RELEVANCE_FLOOR for score in scores),
    )


def _error_rate(telemetry: TelemetryReport | None) -> float:
    if telemetry is None or telemetry.calls_24h == 0:
        return 0.0
    return round(min(1.0, telemetry.errors_24h / telemetry.calls_24h), 4)


def _usage_change(telemetry: TelemetryReport | None) -> float:
    if telemetry is None or telemetry.usage_prior_28d <= 0:
        return 0.0
    return round(min(USAGE_CHANGE_MOST, telemetry.usage_28d / telemetry.usage_prior_28d - 1.0), 4)


def _count(cases: list[PastCase] | tuple[PastCase, ...], now: datetime, days: int) -> int:
    return sum(0 <= (now - case.opened_at).total_seconds() <= days * DAY_S for case in cases)


def message_facts(turn: TurnInput, triage: Triage) -> MessageFacts:
    """What triage read, and who wrote."""
    identity = turn.identity
    known = identity is not None and identity.contact_id is not None
    return MessageFacts(
        intent=triage.intent,
        confidence=triage.confidence,
        severity=triage.severity,
        urgency=triage.urgency,
        sentiment=triage.sentiment,
        signals=tuple(sorted(triage.signals)),
        language=triage.language,
        channel=turn.message.channel,
        sender=SenderFacts(
            role=identity.contact_role if identity else SenderFacts().role,
            known=known,
            verified=known and identity is not None and identity.confidence >= 0.9,
        ),
        attachments=len(turn.message.attachments),
        turn=turn.turn,
        earlier_signals=turn.earlier_signals or None,
    )


def without(tool: str, context: ContextFacts) -> ContextFacts:
    """The context where `tool` gave nothing."""
    return context.model_copy(update={"complete": False, "missing": tuple(sorted({*context.missing, tool}))})


def facts_of(
    turn: TurnInput, *, client: ClientFacts, context: ContextFacts, value: ValueEstimate, triage: Triage, load: LoadFacts
) -> Facts:
    """The facts of a turn, frozen at the moment its message came in: a run that is repeated sees the same time."""
    if client.known and value.model == NOTHING.model:  # the CRM said something to one agent and nothing to the other
        context = without("crm", context)
    return Facts(
        client=client,
        value=ValueFacts(
            score=value.score,
            at_stake=value.at_stake,
            currency=value.currency,
            confidence=value.confidence,
            low=value.low,
            high=value.high,
        ),
        message=message_facts(turn, triage),
        context=context,
        load=load,
        now=turn.received_at,
    )
