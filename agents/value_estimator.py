"""The value estimator: a transparent score of what a client is worth and what is at stake now, with its reasons."""

from __future__ import annotations

import asyncio
import math
from datetime import datetime
from statistics import fmean

from domain.case import Identity
from domain.client import ClientProfile, Contract, Invoice
from domain.errors import ToolFailed
from domain.facts import ContractStatus, Segment
from domain.ports import Crm
from domain.scalars import AMOUNT_MOST
from domain.value import Driver, Rates, ValueEstimate, currency_of

MODEL = "value@2"
DECAY_DAYS = 364.0  # weight of an invoice is exp(-age / 52 weeks): 13 weeks rank best in retail (CDNOW), contracts bill four times slower
SCORE_MIDDLE, SCORE_STEEPNESS = 11.6, 1.05  # logistic in ln(amount at stake): 0.5 at about 110,000
COVERAGE = 1.28  # standard deviations: a nominal 80 % interval
RENEWAL_WINDOW_DAYS = 90
MONTH_DAYS, YEAR = 30, 12
FEW = 3
"""Invoices below which nothing is known of how they come."""
SEGMENT_SHARE = {Segment.ENTERPRISE: 0.08, Segment.MID_MARKET: 0.03, Segment.SMALL: 0.0, Segment.UNKNOWN: 0.0}
UNKNOWN = ValueEstimate(
    score=0.05,
    at_stake=0.0,
    low=0.0,
    high=5_000.0,
    currency="EUR",
    confidence=0.2,
    drivers=(Driver(name="unknown_client", contribution=0.05, evidence="none"),),
    model=MODEL,
)
NOTHING = ValueEstimate(score=0.0, at_stake=0.0, low=0.0, high=0.0, currency="EUR", confidence=0.0, drivers=(), model="none")


class ValueEstimator:
    """Fetches the profile and computes."""

    def __init__(self, crm: Crm, rates: Rates = Rates()) -> None:
        self._crm = crm
        self.rates = rates
        self._stranger = UNKNOWN.model_copy(update={"currency": rates.currency})
        self.nothing = NOTHING.model_copy(update={"currency": rates.currency})
        """What there is to say when the CRM does not answer."""

    async def estimate(self, identity: Identity | None, now: datetime, budget_s: float) -> ValueEstimate:
        """The estimate for a client; a small, unsure one for a stranger. Raises ToolFailed when the CRM does not answer in time."""
        if identity is None:
            return self._stranger
        try:
            async with asyncio.timeout(budget_s):
                profile = await self._crm.profile(identity.client_id)
        except TimeoutError as error:
            raise ToolFailed("crm timeout") from error
        return value_of(profile, now, self.rates) if profile else self._stranger


def value_of(profile: ClientProfile, now: datetime, rates: Rates = Rates()) -> ValueEstimate:
    """Amount at stake in the next twelve months: contract or decayed spend, moved by trend, renewal and health.

    In the currency of comparison where `rates` know the client's own; else in the client's own, and a driver says so when there are rates.
    An invoice in another currency is converted into the client's own; it is left out, and a driver says so, where a rate is missing.
    """
    contract, currency = profile.contract, currency_of(profile, rates.currency)
    invoices, lacking = _converted(profile.invoices, currency, rates)
    base = _base(contract, invoices, now)
    growth = _growth(invoices)
    rate = rates.of(currency)
    at_stake = min(AMOUNT_MOST, max(0.0, base * (1 + max(-0.3, min(0.3, growth)) / 2)) * (rate or 1.0))
    score = _score(at_stake)
    lacking |= {currency} if rate is None and rates.worth else set()
    unknown = (Driver(name="no_exchange_rate", contribution=0.0, evidence=f"settings:exchange_rates/{code}") for code in sorted(lacking))
    drivers = (*_drivers(profile, now, at_stake, score, growth), *unknown)
    spread = _spread(invoices)
    return ValueEstimate(
        score=round(sum(driver.contribution for driver in drivers), 4),
        at_stake=round(at_stake, 2),
        low=round(at_stake * max(0.0, 1 - COVERAGE * spread), 2),
        high=round(min(AMOUNT_MOST, at_stake * (1 + COVERAGE * spread)), 2),
        currency=rates.currency if rate else currency,
        confidence=round(max(0.2, min(0.97, 1 - spread)), 4),
        drivers=drivers,
        model=MODEL,
    )


def _converted(invoices: tuple[Invoice, ...], currency: str, rates: Rates) -> tuple[tuple[Invoice, ...], set[str]]:
    """The invoices in one currency without those that cannot be converted, and the currencies that lack a rate for it."""
    kept: list[Invoice] = []
    lacking: set[str] = set()
    for one in invoices:
        rate = rates.between(one.currency, currency)
        if rate is None:
            lacking |= {code for code in (one.currency, currency) if rates.of(code) is None}
        elif one.currency == currency:
            kept.append(one)
        else:
            kept.append(one.model_copy(update={"amount": one.amount * rate, "credit": one.credit * rate, "currency": currency}))
    return tuple(kept), lacking


def _drivers(profile: ClientProfile, now: datetime, at_stake: float, score: float, growth: float) -> tuple[Driver, ...]:
    """The score's parts; together they are the score, so that a lead can check the sum."""
    contract = profile.contract
    source = f"crm:contract/{contract.id}" if contract else f"crm:invoices/{profile.id}"
    parts = [Driver(name="annual_revenue", contribution=round(score * 0.9, 4), evidence=source)]
    if growth:
        parts.append(
            Driver(name="spend_trend", contribution=round(max(-0.05, min(0.05, growth * 0.1)), 4), evidence=f"crm:invoices/{profile.id}")
        )
    if contract and contract.renews_on and 0 <= (contract.renews_on - now.date()).days <= RENEWAL_WINDOW_DAYS:
        parts.append(Driver(name="renewal_near", contribution=round(0.05 * score, 4), evidence=source))
    if profile.health < 0.5:
        parts.append(
            Driver(name="health_at_risk", contribution=round((0.5 - profile.health) * 0.1, 4), evidence=f"crm:client/{profile.id}")
        )
    if share := SEGMENT_SHARE[profile.segment]:
        parts.append(Driver(name="segment", contribution=share, evidence=f"crm:client/{profile.id}"))
    return tuple(sorted(_fitting(parts), key=lambda driver: -abs(driver.contribution)))


def _fitting(parts: list[Driver]) -> list[Driver]:
    """The parts, shrunk in proportion when together they exceed 1; the first gives way when they fall below 0."""
    total = sum(part.contribution for part in parts)
    if total > 1:
        return [part.model_copy(update={"contribution": math.floor(part.contribution / total * 1e4) / 1e4}) for part in parts]
    if total < 0:
        return [parts[0].model_copy(update={"contribution": round(parts[0].contribution - total, 4)}), *parts[1:]]
    return parts


def _base(contract: Contract | None, invoices: tuple[Invoice, ...], now: datetime) -> float:
    """A live contract, and what is billed beyond it once that was seen for a year; the spend of a client without one."""
    spend = _yearly_spend(invoices, now)
    if contract is None or contract.status not in (ContractStatus.ACTIVE, ContractStatus.NOTICE):
        return spend
    year_seen = bool(invoices) and _months_since(invoices[0], now) >= YEAR
    return max(contract.annual_value, 0.6 * contract.annual_value + 0.4 * spend) if year_seen else contract.annual_value


def _months_since(first: Invoice, now: datetime) -> float:
    return ((now.date() - first.issued_on).days + MONTH_DAYS) / MONTH_DAYS


def _months_billed(invoices: tuple[Invoice, ...], now: datetime) -> float:
    """Months that the invoices are for: a bill is for the time until the next one, and one or two may be for a year."""
    gaps = len(invoices) - 1
    apart = (invoices[-1].issued_on - invoices[0].issued_on).days // gaps // MONTH_DAYS if gaps else 0
    return max(YEAR if len(invoices) < FEW else 1.0, _months_since(invoices[0], now), len(invoices) * apart)


def _yearly_spend(invoices: tuple[Invoice, ...], now: datetime) -> float:
    """Recency-decayed monthly spend times twelve."""
    weights = [math.exp(-max(0, (now.date() - one.issued_on).days) / DECAY_DAYS) for one in invoices]
    total = sum(weights)
    if not total:
        return 0.0
    density = min(1.0, len(invoices) / _months_billed(invoices, now))
    return YEAR * density * sum(weight * (one.amount - one.credit) for weight, one in zip(weights, invoices, strict=True)) / total


def _growth(invoices: tuple[Invoice, ...]) -> float:
    if len(invoices) < 12:
        return 0.0
    recent, before = fmean(one.amount for one in invoices[-6:]), fmean(one.amount for one in invoices[-12:-6])
    return round(recent / before - 1, 4) if before else 0.0


def _spread(invoices: tuple[Invoice, ...]) -> float:
    """Relative spread of the last year's invoices, wide when there are few."""
    amounts = [one.amount for one in invoices[-12:]]
    if len(amounts) < FEW:
        return 0.6
    mean = fmean(amounts)
    deviation = math.sqrt(fmean((amount - mean) ** 2 for amount in amounts))  # statistics.pstdev is exact, at a hundred times the price
    return min(0.8, deviation / max(1.0, mean) + 0.6 / len(amounts))


def _score(at_stake: float) -> float:
    return 1 / (1 + math.exp(-SCORE_STEEPNESS * (math.log(max(1.0, at_stake)) - SCORE_MIDDLE)))
