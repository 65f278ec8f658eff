"""Contracts: what was bought, when it renews, and where it stands."""

from __future__ import annotations

import random
from datetime import date, timedelta

from domain.client import Contract
from domain.facts import ContractStatus, ContractTier

YEARLY = {  # annual value by tier
    ContractTier.STRATEGIC: (650_000, 2_400_000),
    ContractTier.PLATINUM: (180_000, 620_000),
    ContractTier.GOLD: (60_000, 210_000),
    ContractTier.SILVER: (12_000, 70_000),
    ContractTier.NONE: (1_200, 14_000),
}
WITHOUT_TIER = [ContractStatus.ACTIVE] * 8 + [ContractStatus.TRIAL] * 7 + [ContractStatus.ENDED] * 3 + [ContractStatus.NONE] * 2
NOTICE, AI_FORBIDDEN, NEGOTIATING, RENEWS_SOON = 0.05, 0.05, 0.5, 0.25


def contract_of(rng: random.Random, today: date, number: int, tier: ContractTier, currency: str, plain: bool) -> Contract | None:
    """A contract, or None for somebody who never bought. `plain` keeps everything unusual out of it."""
    bought = tier is not ContractTier.NONE
    status = ContractStatus.ACTIVE if bought else rng.choice(WITHOUT_TIER)
    if status is ContractStatus.NONE:
        return None
    if bought and not plain and rng.random() < NOTICE:
        status = ContractStatus.NOTICE
    days = rng.randint(5, 60) if rng.random() < RENEWS_SOON else rng.randint(61, 365)
    low, high = YEARLY[tier]
    trial = status is ContractStatus.TRIAL
    age = rng.randint(1, 20) if trial else rng.randint(300, 2600) if bought else rng.randint(40, 1500)
    return Contract(
        id=f"contract-{number}",
        tier=tier,
        status=status,
        annual_value=0.0 if trial else round(rng.triangular(low, high, low + (high - low) * 0.3), -2),
        currency=currency,
        starts_on=today - timedelta(days=age),
        renews_on=_renews_on(rng, today, status, days, age),
        in_negotiation=bought and not plain and status is ContractStatus.ACTIVE and days < 120 and rng.random() < NEGOTIATING,
        dpa_signed=bought and rng.random() < 0.9,
        ai_allowed=plain or not bought or rng.random() > AI_FORBIDDEN,
    )


def _renews_on(rng: random.Random, today: date, status: ContractStatus, days: int, age: int) -> date | None:
    if status is ContractStatus.ENDED:
        return today - timedelta(days=rng.randint(10, max(11, min(400, age - 20))))
    if status is ContractStatus.TRIAL:
        return today + timedelta(days=21 - age)
    return today + timedelta(days=days)
