"""24 months of invoices: growth or decline, seasons, late payers, credits."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta

from domain.client import Contract, Invoice

MONTHS = 24


def invoices_of(rng: random.Random, today: date, client: str, annual: float, trend: float, contract: Contract | None) -> tuple[Invoice, ...]:
    """Oldest first; `trend` is the growth of one year. A client without a contract bought now and then."""
    late = rng.random() < 0.12
    season = rng.uniform(0.0, 0.25)
    currency = contract.currency if contract else "EUR"
    invoices: list[Invoice] = []
    for back in range(MONTHS - 1, -1, -1):
        if contract is None and rng.random() < 0.7:
            continue
        issued = (today.replace(day=1) - timedelta(days=30 * back)).replace(day=1)
        share = (1 + trend) ** (-back / 12) * (1 + season * math.sin(issued.month / 12 * 2 * math.pi)) * rng.uniform(0.93, 1.07)
        due = issued + timedelta(days=30)
        paid: date | None = due + timedelta(days=rng.randint(5, 70) if late else rng.randint(-20, 4))
        amount = round(max(50.0, annual / 12 * share), 2)
        credit = round(amount * rng.uniform(0.02, 0.15), 2) if rng.random() < 0.015 else 0.0
        invoices.append(
            Invoice(
                id=f"{client}-{issued:%Y%m}",
                issued_on=issued,
                due_on=due,
                paid_on=paid if paid and paid <= today else None,
                amount=amount,
                currency=currency,
                credit=credit,
            )
        )
    return tuple(invoices)
