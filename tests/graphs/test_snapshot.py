"""Facts come out of whatever a customer database holds."""

from __future__ import annotations

from datetime import timedelta

from domain.facts import Region
from domain.scalars import TEXT_MOST
from graphs.snapshot import client_facts
from tests.agents.examples import NOW, profile, turn

WHO = turn("Hello").identity
OPEN = {"due_on": NOW.date() - timedelta(days=3), "paid_on": None, "credit": 10.0}
EURO = profile(monthly=500.0, months=1).invoices[0].model_copy(update=OPEN)
YEN = profile(monthly=700_000.0, months=1, currency="JPY").invoices[0].model_copy(update=OPEN)


def test_a_text_of_the_record_that_is_longer_than_a_fact_is_cut_and_fails_no_case() -> None:
    record = profile(industry="x" * 5_000, country="y" * 5_000, language="z" * 5_000, flags=("press", "w" * 5_000))
    facts = client_facts(turn("Hello").identity, record, Region.EU, NOW)
    assert (len(facts.industry), len(facts.country), len(facts.language)) == (TEXT_MOST, TEXT_MOST, TEXT_MOST)
    assert facts.flags == ("press", "w" * TEXT_MOST)


def test_overdue_amount_and_credits_are_sums_of_one_currency_and_open_invoices_counts_all() -> None:
    facts = client_facts(WHO, profile(invoices=(EURO, YEN)), Region.EU, NOW)
    assert (facts.contract.currency, facts.overdue_amount, facts.credits_year, facts.open_invoices) == ("EUR", 500.0, 10.0, 2)
    yen = client_facts(WHO, profile(currency="JPY", invoices=(YEN, EURO)), Region.EU, NOW)
    assert (yen.contract.currency, yen.overdue_amount, yen.credits_year, yen.open_invoices) == ("JPY", 700_000.0, 10.0, 2)


def test_without_a_contract_the_sums_are_in_the_currency_of_the_latest_invoice() -> None:
    facts = client_facts(WHO, profile(contract=None, invoices=(EURO, YEN)), Region.EU, NOW)
    assert (facts.overdue_amount, facts.credits_year, facts.open_invoices) == (700_000.0, 10.0, 2)
