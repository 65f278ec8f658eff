"""Amounts, times and names as pages say them, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from console import words
from console.form_faults import forbidden_said, said
from console.kinds import WORDS
from console.product_names import KNOWN, known
from console.speech import SPOKEN, Speech
from domain.case import CaseStatus, Outcome
from domain.errors import Conflict, ForbiddenByPolicy, NotFound
from domain.events import Kind
from domain.facts import Intent, Mode, Signal
from domain.review import ReviewStatus


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
    told = words.money({"amount": amount, "currency": "EUR"}).replace("\xa0", " ")
    assert told == {"en": english, "de": german}[locale]


@pytest.mark.parametrize(
    ("amount", "english", "german"), [(999999.0, "A$999,999", "999.999 AU$"), ("1204.5", "A$1,204.50", "1.204,50 AU$"), (0, "A$0", "0 AU$")]
)
def test_what_is_paid_out_is_never_rounded(locale: str, amount: float | str, english: str, german: str) -> None:
    assert words.sum_of(amount, "AUD").replace("\xa0", " ") == {"en": english, "de": german}[locale]


def test_names_of_the_product_are_said_in_the_readers_language_and_those_of_a_policy_stay(locale: str) -> None:
    names = [known(name) for name in ("awaiting_review", "human", "out_of_scope", "eu-senior", "strategic")]
    english = ["awaiting review", "human", "out of scope", "eu-senior", "strategic"]
    assert names == (english if locale == "en" else ["wartet auf Prüfung", "Person", "nicht Sache des Supports", "eu-senior", "strategic"])


def test_every_name_that_the_product_gives_is_known() -> None:
    given = (*Intent, *Signal, *Mode, *CaseStatus, *Outcome, *ReviewStatus)
    assert {one.value.replace("_", " ") for one in given} - KNOWN == set()


def test_fractions_are_written_as_the_language_does(locale: str) -> None:
    assert words.decimal(1234.5, 2) == {"en": "1,234.50", "de": "1.234,50"}[locale]


def test_people_are_called_by_their_names_where_those_are_known() -> None:
    token = words.NAMES.set({"person:lena": "Lena Baum", "agent_9": "Maartje Dijkhuizen"})
    try:
        called = [words.actor(one) for one in ("person:lena", "agent_9", "person:otto", "policy", None)]
        refused = said(Conflict.said("%(who)s ruled on this review already.", {"who": "person:lena"}))
    finally:
        words.NAMES.reset(token)
    assert called == ["Lena Baum", "Maartje Dijkhuizen", "otto", "policy", ""]
    assert said(NotFound.said("There is no case %(id)s.", {"id": "case_01"})) == "There is no case case_01."
    assert refused == "Lena Baum ruled on this review already."


def test_a_forbidden_route_is_said_with_who_may_suspend_what_stands_in_its_way() -> None:
    guards = [{"id": "refund-limit", "because": "Refunds above 500 need a person."}]
    alone = ForbiddenByPolicy("Policy forbids this route: …", guards, "A person … by `overrides`.", ("policy_approver",), second=True)
    assert forbidden_said(alone) == (
        "Policy forbids this route. Somebody of the role policy approver may suspend refund-limit for this decision, and says why. "
        "A second person confirms it."
    )
    assert forbidden_said(ForbiddenByPolicy("Policy forbids this route: …", guards)) == "Policy forbids this route."


def test_a_refusal_tells_the_api_utc_and_a_reader_their_own_clock() -> None:
    until = datetime(2026, 11, 26, 6, 29, 15, tzinfo=UTC)
    error = Conflict.said("%(holder)s holds this review until %(until)s.", {"holder": "person:lena", "until": until})
    assert error.message == "person:lena holds this review until 06:29:15 UTC."
    token = SPOKEN.set(Speech("de", "Europe/Berlin"))
    try:
        assert said(error).startswith("lena hat diese Prüfung bis 26. Nov.")
        assert said(error).endswith("07:29 CET.")
    finally:
        SPOKEN.reset(token)
