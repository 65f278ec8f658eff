"""Earlier cases of each client, with outcomes and the promises that are still open."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from domain.client import ClientProfile, PastCase
from domain.facts import ContractTier

SUBJECTS = [
    ("Scheduled export arrives late", "integration", "core", "Export window moved to 04:00 UTC"),
    ("Dashboard shows last week's numbers", "defect", "core", "Cache rule corrected"),
    ("Cannot sign in through SSO", "access", "core", "Certificate renewed in the identity provider"),
    ("Invoice lists seats that we removed", "billing", "finance", "Credit note issued"),
    ("How do we add a row-level filter?", "how_to", "core", "Pointed to the article and confirmed"),
    ("API returns 429 during the nightly load", "performance", "senior", "Batch size lowered, limit raised for the account"),
    ("Pipeline stopped after a schema change", "defect", "senior", "Column mapping restored"),
    ("Question on data retention", "privacy", "legal", "Retention statement sent"),
    ("Renewal terms", "contract", "finance", "Offer sent"),
    ("Webhook deliveries stopped", "integration", "core", "Endpoint re-enabled after five failures in a row"),
]
PROMISES = ["A post-mortem by the end of the month", "A call with the product team", "A fix in the next release", "A credit note for the downtime"]
MEAN = {ContractTier.STRATEGIC: 9, ContractTier.PLATINUM: 6, ContractTier.GOLD: 4, ContractTier.SILVER: 2, ContractTier.NONE: 1}


def cases_of(rng: random.Random, clients: tuple[ClientProfile, ...], now: datetime) -> dict[str, tuple[PastCase, ...]]:
    """Latest first, by client."""
    return {client.id: tuple(_cases(rng, client, now)) for client in clients}


def _cases(rng: random.Random, client: ClientProfile, now: datetime) -> list[PastCase]:
    tier = client.contract.tier if client.contract else ContractTier.NONE
    count = min(15, int(rng.expovariate(1 / MEAN[tier])))
    cases = [_case(rng, client, now, number) for number in range(count)]
    return sorted(cases, key=lambda case: (case.opened_at, case.id), reverse=True)


def _case(rng: random.Random, client: ClientProfile, now: datetime, number: int) -> PastCase:
    subject, intent, desk, outcome = rng.choice(SUBJECTS)
    opened = now - timedelta(hours=rng.randint(2, 24 * 540))
    took = timedelta(hours=rng.expovariate(1 / 30))
    resolved = opened + took if opened + took < now else None
    promised = (rng.choice(PROMISES),) if rng.random() < 0.08 else ()
    return PastCase(
        id=f"past-{client.id}-{number}",
        subject=subject,
        intent=intent,
        severity=rng.choice([1, 2, 2, 3, 3, 4]),
        opened_at=opened,
        resolved_at=resolved,
        pool=f"{client.region}-{desk}",
        outcome=outcome if resolved else "",
        reopened=rng.random() < 0.07,
        sla_breached=rng.random() < 0.05,
        csat=rng.choice([None, None, 3, 4, 4, 5, 5, 2]),
        promises=promised,
    )
