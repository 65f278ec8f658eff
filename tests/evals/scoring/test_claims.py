"""What a text claims is found in four languages, and a number means what its writer meant."""

from __future__ import annotations

import pytest

from evals.scoring.claims import claims_in, codes_in, known_in, value_of


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("4,800", 4800.0),
        ("4.800", 4800.0),
        ("4.800,50", 4800.5),
        ("4,800.50", 4800.5),
        ("1 234,50", 1234.5),
        ("1’234’567", 1234567.0),
        ("1.234.567", 1234567.0),
        ("12,5", 12.5),
        ("0.125", 0.125),
        ("7", 7.0),
    ],
)
def test_a_number_is_read_in_every_way_of_writing_it(written: str, meant: float) -> None:
    assert value_of(written) == meant


@pytest.mark.parametrize(
    "written",
    ["2027-03-02", "2.3.2027", "02.03.2027", "2 March 2027", "March 2, 2027", "2. März 2027", "2 mars 2027", "2 de marzo de 2027"],
)
def test_one_day_in_four_languages_is_one_day(written: str) -> None:
    (claim,) = claims_in(f"x {written}.")
    assert claim.kind == "date"
    assert claim.agrees(known_in("renews on 2027-03-02")["date"])
    assert not claim.agrees(known_in("renews on 2027-03-03")["date"])


def test_a_day_without_a_year_agrees_with_the_same_day_of_a_year_and_with_no_other() -> None:
    (claim,) = claims_in("on 31 January")
    assert claim.agrees(known_in("2027-01-31")["date"])
    assert not claim.agrees(known_in("2027-01-30")["date"])


def test_a_day_that_can_be_read_in_two_ways_agrees_with_both() -> None:
    (claim,) = claims_in("since 03/04/2026")
    assert claim.agrees(known_in("3 April 2026")["date"])
    assert claim.agrees(known_in("4 March 2026")["date"])
    assert not claim.agrees(known_in("5 March 2026")["date"])


@pytest.mark.parametrize(("written", "source"), [("5:10 pm", "17:10"), ("17h10", "17:10"), ("17 Uhr", "17:00"), ("9 am", "09:00")])
def test_a_time_is_the_same_time_however_it_is_written(written: str, source: str) -> None:
    (claim,) = claims_in(f"by {written}")
    assert claim.kind == "time"
    assert claim.agrees(known_in(source)["time"])


def test_an_amount_is_told_from_a_number_and_markers_of_lists_are_none() -> None:
    found = claims_in("1. Pay 240 EUR\n2. Wait\n3. Count 17 rows")
    assert [(one.kind, one.words) for one in found] == [("amount", "240"), ("number", "17")]


def test_words_for_numbers_count_where_a_unit_follows() -> None:
    assert [one.words for one in claims_in("two people wait two working days")] == ["two working days"]
    assert claims_in("drei Stunden")[0].agrees(known_in("3 h, 3 Stunden, drei Leute")["number"])


def test_codes_and_ids_are_found() -> None:
    assert codes_in("EXPORT_TIMEOUT in inc-eu-41 of contract-778, read-only") == {"export_timeout", "inc-eu-41", "contract-778"}


def test_a_small_number_of_a_source_is_no_amount() -> None:
    (claim,) = claims_in("You get 5 EUR.")
    assert not claim.agrees(known_in("severity 3 of 5")["amount"])
    assert claim.agrees(known_in("5.00 EUR")["amount"])
    assert claims_in("You paid 4,800 EUR.")[0].agrees(known_in("we paid 4800")["amount"])
