"""24 months of invoices: growth or decline, seasons, late payers, credits."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta

from domain.client import Contract, Invoice
from domain.facts import ContractStatus

MONTHS = 24
TERM = timedelta(days=30)
LATE_PAYER, CREDITED = 0.12, 0.015


def invoices_of(rng: random.Random, today: date, client: str, contract: Contract | None, trend: float) -> tuple[Invoice, ...]:
    """Oldest first, one a month while the contract ran; `trend` is the growth of one year. A trial is billed nothing."""
    if contract is None or contract.status is ContractStatus.TRIAL:
        return ()
    late = rng.random() < LATE_PAYER
    season = rng.uniform(0.0, 0.25)
    invoices: list[Invoice] = []
    for back in range(MONTHS - 1, -1, -1):
        issued = month_before(today, back)
        share = (1 + trend) ** (-back / 12) * (1 + season * math.sin(issued.month / 6 * math.pi)) * rng.uniform(0.93, 1.07)
        pause = timedelta(days=rng.randint(5, 70) if late else rng.randint(-20, 4))
        credit = rng.uniform(0.02, 0.15) if rng.random() < CREDITED else 0.0
        if issued < contract.starts_on or (contract.status is ContractStatus.ENDED and contract.renews_on and issued > contract.renews_on):
            continue
        amount = round(max(50.0, contract.annual_value / 12 * share), 2)
        invoices.append(
            Invoice(
                id=f"{client}-{issued:%Y%m}",
                issued_on=issued,
                due_on=issued + TERM,
                paid_on=max(issued, issued + TERM + pause) if issued + TERM + pause <= today else None,
                amount=amount,
                currency=contract.currency,
                credit=round(amount * credit, 2),
            )
        )
    return tuple(invoices)


def month_before(today: date, months: int) -> date:
    """The first day of the month that lies `months` before that of `today`."""
    count = today.year * 12 + today.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)
