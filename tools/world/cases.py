"""Earlier cases of each client, with outcomes and the promises that are still open."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from domain.client import ClientProfile, PastCase
from domain.facts import ContractTier, Intent

SUBJECTS = [  # subject, intent, desk, usual outcome
    ("Scheduled export arrives late", Intent.INTEGRATION, "core", "Export window moved to 04:00 UTC"),
    ("Export to our bucket is denied", Intent.INTEGRATION, "core", "Role of the bucket corrected together"),
    ("Dashboard shows last week's numbers", Intent.DEFECT, "core", "Cache rule corrected"),
    ("Dashboards load slowly in the morning", Intent.PERFORMANCE, "core", "Two tiles set to cached"),
    ("Cannot sign in through SSO", Intent.ACCESS, "core", "Certificate renewed in the identity provider"),
    ("Second factor lost", Intent.ACCESS, "core", "Factor reset after a call back"),
    ("Invoice lists seats that we removed", Intent.BILLING, "finance", "Credit note issued"),
    ("Charged twice in one month", Intent.REFUND, "finance", "Second payment returned"),
    ("How do we add a row filter?", Intent.HOW_TO, "core", "Pointed to the article and confirmed"),
    ("How do we embed a dashboard?", Intent.HOW_TO, "core", "Origin added, works"),
    ("API returns 429 during the nightly load", Intent.PERFORMANCE, "senior", "Batch size lowered, limit raised for two weeks"),
    ("Pipeline stopped after a schema change", Intent.DEFECT, "senior", "Column mapping restored"),
    ("All pages gave 503 for half an hour", Intent.OUTAGE, "senior", "Incident closed, report sent"),
    ("Question on data retention", Intent.PRIVACY, "legal", "Retention statement sent"),
    ("Deletion request of a customer", Intent.PRIVACY, "legal", "Certificate handed over"),
    ("Renewal terms", Intent.CONTRACT, "finance", "Offer sent"),
    ("Unknown sign-ins to an administrator's account", Intent.SECURITY, "security", "Sessions ended, no data was read"),
    ("Webhook deliveries stopped", Intent.INTEGRATION, "core", "Endpoint enabled after five days of failures"),
    ("Unhappy with the answers of the last weeks", Intent.COMPLAINT, "care", "Apology by the team lead"),
    ("More seats from next month", Intent.ACCOUNT_CHANGE, "core", "Seats added"),
]
PROMISES = (
    "A post-mortem by the end of the month",
    "A call with the product team",
    "A fix in the next release",
    "A credit note for the downtime",
    "A visit by the account manager",
)
MEAN = {ContractTier.STRATEGIC: 9, ContractTier.PLATINUM: 6, ContractTier.GOLD: 4, ContractTier.SILVER: 2, ContractTier.NONE: 1}
MOST = 15
SPAN_H, PROMISED_WITHIN_H = 24 * 540, 24 * 120
REOPENED, BREACHED, PROMISED, SLOW = 0.07, 0.05, 0.3, 0.08


def cases_of(rng: random.Random, clients: tuple[ClientProfile, ...], now: datetime) -> dict[str, tuple[PastCase, ...]]:
    """Latest first, by client."""
    return {client.id: tuple(_cases(rng, client, now)) for client in clients}


def _cases(rng: random.Random, client: ClientProfile, now: datetime) -> list[PastCase]:
    tier = client.contract.tier if client.contract else ContractTier.NONE
    count = min(MOST, int(rng.expovariate(1 / MEAN[tier])))
    cases = [_case(rng, client, now, number) for number in range(count)]
    return sorted(cases, key=lambda case: (case.opened_at, case.id), reverse=True)


def _case(rng: random.Random, client: ClientProfile, now: datetime, number: int) -> PastCase:
    subject, intent, desk, outcome = rng.choice(SUBJECTS)
    hours = rng.randint(2, SPAN_H)
    opened = now - timedelta(hours=hours)
    ended = opened + timedelta(hours=round(rng.expovariate(1 / (400 if rng.random() < SLOW else 30)), 1))
    over = ended < now
    return PastCase(
        id=f"past-{client.id}-{number}",
        subject=subject,
        intent=intent,
        severity=4 if intent in (Intent.OUTAGE, Intent.SECURITY) else rng.choice((1, 2, 2, 3, 3)),
        opened_at=opened,
        resolved_at=ended if over else None,
        pool=f"{client.region}-{desk}",
        outcome=outcome if over else "",
        reopened=over and rng.random() < REOPENED,
        sla_breached=rng.random() < BREACHED,
        csat=rng.choice((None, None, 2, 3, 4, 4, 5, 5)) if over else None,
        promises=(rng.choice(PROMISES),) if hours < PROMISED_WITHIN_H and rng.random() < PROMISED else (),
    )
