"""The value of a client: a sum that a lead can check."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.value_estimator import UNKNOWN, ValueEstimator, value_of
from domain.client import ClientProfile, Invoice
from domain.errors import ToolFailed
from domain.scalars import AMOUNT_MOST
from domain.value import Rates, ValueEstimate
from tests.agents.examples import NOW, profile, turn

WHO = turn("Hello").identity


class Crm:
    """A CRM with one answer."""

    def __init__(self, answer: ClientProfile | Exception | None) -> None:
        self._answer = answer

    async def identify(self, sender: object) -> None:
        """Nobody."""

    async def clients(self, **_: object) -> list[ClientProfile]:
        """Nobody."""
        return []

    async def profile(self, client_id: str) -> ClientProfile | None:
        """The answer."""
        del client_id
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


@settings(max_examples=300)
@given(st.floats(0, 1e9), st.integers(0, 36), st.floats(0, 1e7), st.floats(0, 1))
def test_the_drivers_are_the_score_and_every_figure_keeps_its_bounds(annual: float, months: int, monthly: float, health: float) -> None:
    estimate = value_of(profile(annual, months, monthly, health=health), NOW)
    assert math.isclose(sum(driver.contribution for driver in estimate.drivers), estimate.score, abs_tol=1e-3)
    assert 0 <= estimate.score <= 1
    assert 0 <= estimate.low <= estimate.at_stake <= estimate.high
    assert 0.2 <= estimate.confidence <= 0.97


def test_more_money_is_never_a_lower_score() -> None:
    scores = [value_of(profile(annual, monthly=annual / 12), NOW).score for annual in (1e3, 1e4, 1e5, 1e6, 1e7)]
    assert scores == sorted(scores)
    assert scores[-1] - scores[0] > 0.5


def test_old_spend_counts_less_than_new_spend() -> None:
    bought = profile(contract=None)
    recent, long_ago = value_of(bought, NOW), value_of(bought, NOW + timedelta(days=700))
    assert long_ago.at_stake < recent.at_stake


def test_a_client_without_contract_or_invoices_is_worth_little_and_unsure() -> None:
    estimate = value_of(profile(months=0, contract=None), NOW)
    assert estimate.at_stake == 0
    assert estimate.confidence <= 0.4


def test_amounts_are_compared_in_one_currency_where_its_rate_is_known() -> None:
    own = value_of(profile(annual_value=90_000_000, monthly=7_500_000, currency="JPY"), NOW)
    assert (own.currency, own.at_stake > 1_000_000) == ("JPY", True)

    compared = value_of(
        profile(annual_value=90_000_000, monthly=7_500_000, currency="JPY"), NOW, Rates(currency="EUR", worth={"JPY": 0.006, "USD": 0.9})
    )
    assert compared.currency == "EUR"
    assert math.isclose(compared.at_stake, own.at_stake * 0.006, abs_tol=0.01)
    assert math.isclose(compared.high, own.high * 0.006, abs_tol=0.01)
    assert compared.score < own.score
    assert compared.confidence == own.confidence

    same = value_of(profile(annual_value=90_000, monthly=7_500, currency="EUR"), NOW, Rates(worth={"USD": 0.9}))
    assert same == value_of(profile(annual_value=90_000, monthly=7_500, currency="EUR"), NOW)


def test_a_currency_without_a_rate_stays_and_is_named() -> None:
    unknown = value_of(profile(annual_value=90_000, monthly=7_500, currency="CHF"), NOW, Rates(worth={"USD": 0.9}))
    own = value_of(profile(annual_value=90_000, monthly=7_500, currency="CHF"), NOW)
    assert (unknown.currency, unknown.at_stake, unknown.score) == ("CHF", own.at_stake, own.score)
    assert [one.evidence for one in unknown.drivers if one.name == "no_exchange_rate"] == ["settings:exchange_rates/CHF"]
    assert "no_exchange_rate" not in {one.name for one in own.drivers}


YEN = profile(monthly=700_000, months=12, currency="JPY").invoices
EURO = profile(50_000, monthly=50_000 / 12, months=12)


def missing(estimate: ValueEstimate) -> list[str]:
    return [one.evidence for one in estimate.drivers if one.name == "no_exchange_rate"]


def test_invoices_in_another_currency_than_the_contracts_are_converted_before_they_are_added() -> None:
    abroad = profile(50_000, invoices=YEN)
    converted = value_of(abroad, NOW, Rates(worth={"JPY": 50_000 / 12 / 700_000}))
    own = value_of(EURO, NOW, Rates(worth={"JPY": 50_000 / 12 / 700_000}))
    assert math.isclose(converted.at_stake, own.at_stake, rel_tol=1e-6)
    assert math.isclose(converted.confidence, own.confidence, abs_tol=1e-3)
    assert (converted.currency, missing(converted)) == ("EUR", [])


def test_rates_convert_by_way_of_the_currency_of_comparison() -> None:
    rates = Rates(currency="EUR", worth={"USD": 0.9, "JPY": 0.006})
    assert rates.between("JPY", "USD") == pytest.approx(0.006 / 0.9)
    assert rates.between("CHF", "CHF") == 1.0
    assert rates.between("JPY", "CHF") is None
    assert rates.between("CHF", "EUR") is None


@pytest.mark.parametrize("rates", [Rates(), Rates(worth={"USD": 0.9})])
def test_an_invoice_that_cannot_be_converted_is_left_out_and_its_currency_named(rates: Rates) -> None:
    estimate = value_of(profile(50_000, invoices=YEN), NOW, rates)
    assert estimate.at_stake == value_of(profile(50_000, months=0), NOW, rates).at_stake == 50_000
    assert missing(estimate) == ["settings:exchange_rates/JPY"]
    mixed = value_of(EURO.model_copy(update={"invoices": (*EURO.invoices, YEN[-1])}), NOW, rates)
    assert mixed.at_stake == value_of(EURO, NOW, rates).at_stake
    assert missing(mixed) == ["settings:exchange_rates/JPY"]


def test_where_the_contracts_own_currency_has_no_rate_that_is_what_is_named() -> None:
    estimate = value_of(profile(50_000, currency="CHF", invoices=EURO.invoices), NOW)
    assert (estimate.currency, estimate.at_stake, missing(estimate)) == ("CHF", 50_000, ["settings:exchange_rates/CHF"])


def test_credits_are_converted_with_their_invoice() -> None:
    refunded = tuple(one.model_copy(update={"credit": 700_000.0}) for one in YEN)
    estimate = value_of(profile(contract=None, invoices=(*refunded, *EURO.invoices[-1:])), NOW, Rates(worth={"JPY": 0.006}))
    assert estimate.currency == "EUR"
    assert 0 < estimate.at_stake < 12 * EURO.invoices[0].amount


def test_a_client_without_contract_is_counted_in_the_currency_of_the_latest_invoice() -> None:
    bought = profile(contract=None, invoices=(*YEN, *EURO.invoices))
    assert value_of(bought, NOW).currency == "EUR"
    assert value_of(bought, NOW).at_stake < 60_000


def bill(days_ago: int, amount: float = 200_000.0) -> Invoice:
    """A bill of so many days ago."""
    issued = NOW.date() - timedelta(days=days_ago)
    return Invoice(id=f"bill-{days_ago}", issued_on=issued, due_on=issued, paid_on=issued, amount=amount, currency="EUR")


@pytest.mark.parametrize("days_ago", [0, 10, 120, 300])
def test_a_year_that_is_paid_in_advance_is_worth_what_the_contract_says(days_ago: int) -> None:
    assert value_of(profile(200_000, invoices=(bill(days_ago),)), NOW).at_stake == 200_000


def test_less_than_a_year_of_bills_adds_nothing_to_a_live_contract() -> None:
    few, year = (profile(60_000, monthly=8_000, months=months) for months in (6, 13))
    assert value_of(few, NOW).at_stake == 60_000 < value_of(year, NOW).at_stake


@pytest.mark.parametrize("days_ago", [0, 120])
def test_one_bill_without_a_contract_is_a_years(days_ago: int) -> None:
    assert value_of(profile(contract=None, invoices=(bill(days_ago),)), NOW).at_stake == 200_000


@pytest.mark.parametrize(
    ("apart", "count"),
    [(365, 2), (365, 3), (365, 5), (182, 4), (91, 8)],
    ids=["two years", "three years", "five years", "halves", "quarters"],
)
def test_a_bill_is_for_the_time_until_the_next_one(apart: int, count: int) -> None:
    a_year = 200_000 * (365 / apart)
    bills = tuple(bill(apart * number) for number in reversed(range(count)))
    for contract in (None, profile(a_year).contract):
        assert value_of(profile(contract=contract, invoices=bills), NOW).at_stake == pytest.approx(a_year, rel=0.02)


def test_the_largest_record_that_a_crm_may_tell_makes_an_estimate() -> None:
    most = profile(AMOUNT_MOST, monthly=AMOUNT_MOST)
    assert value_of(most, NOW, Rates(currency="USD", worth={"EUR": 1.1})).high == AMOUNT_MOST
    notes = tuple(one.model_copy(update={"amount": -one.amount}) for one in most.invoices)
    assert value_of(profile(contract=None, invoices=notes), NOW).at_stake == 0


async def test_whoever_is_unknown_is_counted_in_the_houses_currency() -> None:
    dollars = ValueEstimator(Crm(profile(contract=None, invoices=())), Rates(currency="USD"))
    assert [(await dollars.estimate(who, NOW, 1.0)).currency for who in (None, WHO)] == ["USD", "USD"]
    assert dollars.nothing.currency == "USD"


async def test_a_stranger_is_unknown() -> None:
    assert await ValueEstimator(Crm(profile())).estimate(None, NOW, 1.0) == UNKNOWN
    assert await ValueEstimator(Crm(None)).estimate(WHO, NOW, 1.0) == UNKNOWN


async def test_a_crm_that_fails_is_said_to_have_failed() -> None:
    with pytest.raises(ToolFailed):
        await ValueEstimator(Crm(ToolFailed("crm down"))).estimate(WHO, NOW, 1.0)
