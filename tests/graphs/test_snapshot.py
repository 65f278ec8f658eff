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


def test_nothing_overdue_is_missed_because_it_is_in_another_currency() -> None:
    facts = client_facts(WHO, profile(invoices=(EURO, YEN)), Region.EU, NOW)
    assert (facts.overdue_amount, facts.credits_year, facts.open_invoices) == (700_500.0, 20.0, 2)
    assert client_facts(WHO, profile(invoices=(YEN,)), Region.EU, NOW).overdue_amount > 0
