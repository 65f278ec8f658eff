"""Amounts are the same however they are written, and others are others."""

from __future__ import annotations

import pytest

from agents.reply_amounts import amounts_in, value_of


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("999", "999"),
        ("99.9", "99.9"),
        ("12,50", "12.5"),
        ("1.250", "1250"),
        ("1,250.00", "1250"),
        ("1.250,00", "1250"),
        ("1'250.50", "1250.5"),
        ("1 250", "1250"),
        ("1,00,000", "100000"),
        ("0.125", "0.125"),
        ("007", "7"),
        ("٥٠٠", "500"),
    ],
)
def test_a_number_is_read_with_its_separators(written: str, value: str) -> None:
    assert value_of(written) == value


@pytest.mark.parametrize(
    "same", ["1.250 €", "€1,250.00", "EUR 1250", "EUR1250", "1250EUR", "1250 eur", "1250 euros", "1'250,- €", "1 250,00 Euro"]
)
def test_one_amount_in_many_forms(same: str) -> None:
    assert amounts_in(f"We pay you {same}.") == {("1250", "EUR")}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12500 kr", ("12500", "kr")),
        ("5000 INR", ("5000", "INR")),
        ("₹5,000", ("5000", "INR")),
        ("₺ 300", ("300", "₺")),
        ("5k EUR", ("5k", "EUR")),
        ("20 US$", ("20", "USD")),
        ("7 (EUR)", ("7", "EUR")),
        ("€2 million", ("2million", "EUR")),
        ("99,9 Prozent", ("99.9", "%")),
        ("5 pour cent", ("5", "%")),
        ("XAF: 700", ("700", "XAF")),
        ("AUD:20", ("20", "AUD")),
    ],
)
def test_any_currency_is_a_unit(text: str, amount: tuple[str, str]) -> None:
    assert amounts_in(text) == {amount}


@pytest.mark.parametrize(
    "text",
    [
        "Try 3 times, all 5 of them.",
        "Press F5 within 30 seconds.",
        "Version 2.3, at 10:30.",
        "In 2026 we had 12 europeans.",
        "The 3 per team, 5 por favor.",
    ],
)
def test_other_numbers_are_no_amounts(text: str) -> None:
    assert amounts_in(text) == set()


@pytest.mark.parametrize("text", ["1" * 200_000, "1." * 100_000, "1 111" * 40_000, "EUR " * 50_000, "1k " * 50_000, "a" * 200_000 + "1"])
def test_a_text_is_read_once_whatever_it_holds(text: str) -> None:
    assert amounts_in(text) == set()
