"""Facts come out of whatever a customer database holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.client import TelemetryReport
from domain.context import Context
from domain.facts import Region
from domain.scalars import AMOUNT_MOST, TEXT_MOST
from graphs.snapshot import USAGE_CHANGE_MOST, client_facts, context_facts
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


def test_a_credit_note_takes_nothing_from_what_is_overdue() -> None:
    note = EURO.model_copy(update={"id": "note-1", "amount": -500.0})
    assert client_facts(WHO, profile(invoices=(EURO, note)), Region.EU, NOW).overdue_amount == 500.0
    assert client_facts(WHO, profile(invoices=(note,)), Region.EU, NOW).overdue_amount == 0.0


def test_sums_stay_within_what_a_fact_may_be() -> None:
    most = tuple(EURO.model_copy(update={"amount": AMOUNT_MOST, "credit": AMOUNT_MOST}) for _ in range(2))
    facts = client_facts(WHO, profile(invoices=most), Region.EU, NOW)
    assert (facts.overdue_amount, facts.credits_year) == (AMOUNT_MOST, AMOUNT_MOST)


def test_usage_that_began_lately_is_a_great_change_and_no_failure() -> None:
    measured: dict[str, Any] = {"calls_24h": 0, "errors_24h": 0, "seats_active": 1, "measured_at": NOW}
    report = TelemetryReport(client_id="northwind", usage_28d=2_000_100.0, usage_prior_28d=1.0, **measured)
    assert context_facts(Context(telemetry=report), NOW).usage_change == USAGE_CHANGE_MOST
