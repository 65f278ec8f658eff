"""Amounts, times and names as pages say them, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from console import words
from console.kinds import WORDS
from console.speech import SPOKEN, Speech
from domain.events import Kind


@pytest.fixture(params=["en", "de"])
def locale(request: pytest.FixtureRequest) -> Iterator[str]:
    token = SPOKEN.set(Speech(request.param))
    yield request.param
    SPOKEN.reset(token)


def test_every_kind_of_entry_has_words_of_its_own() -> None:
    assert set(WORDS) == set(Kind)
    assert len(set(WORDS.values())) == len(Kind)


@pytest.fixture
def exactly() -> Iterator[None]:
    token = words.EXACT.set(True)
    yield
    words.EXACT.reset(token)


def test_a_moment_of_another_year_says_so_and_evidence_always_does() -> None:
    now = datetime.now(UTC).replace(month=3, day=5, hour=14, minute=5, second=9)
    assert words.moment(now) == "5 Mar, 14:05 UTC"
    assert words.moment(now.replace(year=2024)) == "5 Mar 2024, 14:05 UTC"


@pytest.mark.usefixtures("exactly")
def test_evidence_is_dated_to_the_second() -> None:
    assert words.moment("2026-03-05T14:05:09Z") == "5 Mar 2026, 14:05:09 UTC"


@pytest.mark.parametrize(
    ("amount", "english", "german"),
    [
        ("0", "€0", "0 €"),
        ("-0.2", "€0", "0 €"),
        ("999", "€999", "999 €"),
        ("999.5", "€1K", "1.000 €"),
        ("1000", "€1K", "1.000 €"),
        ("-1250", "-€1.2K", "-1.250 €"),
        ("9960", "€10K", "9.960 €"),
        ("13600", "€14K", "13.600 €"),
        ("362175.4799999999813735485077", "€362K", "362.175 €"),
        ("-362175.48", "-€362K", "-362.175 €"),
        ("999999.5", "€1M", "1 Mio. €"),
        ("2104076.33", "€2.1M", "2,1 Mio. €"),
        ("999600000", "€1B", "1 Mrd. €"),
    ],
)
def test_amounts_are_rounded_and_grouped_as_a_reader_of_the_language_does(locale: str, amount: str, english: str, german: str) -> None:
    said = words.money({"amount": amount, "currency": "EUR"}).replace("\xa0", " ")
    assert said == {"en": english, "de": german}[locale]


@pytest.mark.parametrize(
    ("amount", "english", "german"), [(999999.0, "A$999,999", "999.999 AU$"), ("1204.5", "A$1,204.50", "1.204,50 AU$"), (0, "A$0", "0 AU$")]
)
def test_what_is_paid_out_is_never_rounded(locale: str, amount: float | str, english: str, german: str) -> None:
    assert words.sum_of(amount, "AUD").replace("\xa0", " ") == {"en": english, "de": german}[locale]
