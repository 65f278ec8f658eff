"""The embedded model on held-back messages. The bounds are what it reached, rounded: they may only get tighter.

The goals are at most 5 % of dangers missed and at most 15 % of harmless messages escalated; `docs/explanation/embedded-model.md` says
how far it is.
"""

from __future__ import annotations

import pytest

from agents.embedded.texts import LANGUAGES, labelled
from agents.embedded.training import DANGER
from domain.facts import Intent, Signal
from evals.triage_report import TriageReport, render, report
from tests.service import MODELS

MISSED_AT_MOST, NEEDLESS_AT_MOST, INTENT_AT_LEAST = 0.14, 0.15, 0.49


@pytest.fixture(scope="module")
def found() -> TriageReport:
    """One reading of every held-back message."""
    return report(MODELS)


def test_there_are_enough_labelled_messages_of_every_kind() -> None:
    train, heldback = labelled("train"), labelled("heldback")
    assert len(train) + len(heldback) >= 2_500
    for language in LANGUAGES:
        written = [one for one in train if one.language == language]
        assert {one.intent for one in written} == set(Intent)
        assert {signal for one in written for signal in one.signals} == set(Signal)
        assert sum(len(one.signals) > 1 for one in written) >= 20


def test_no_held_back_message_was_trained_on() -> None:
    def bare(text: str) -> str:
        return "".join(letter for letter in text.lower() if letter.isalnum())

    assert not {bare(one.text) for one in labelled("train")} & {bare(one.text) for one in labelled("heldback")}


def test_few_dangers_are_missed_and_few_harmless_messages_escalated(found: TriageReport) -> None:
    assert found.overall.missed_danger.value <= MISSED_AT_MOST
    assert found.overall.needless.value <= NEEDLESS_AT_MOST
    assert found.overall.intent.value >= INTENT_AT_LEAST


def test_the_model_beats_the_keywords_in_every_language(found: TriageReport) -> None:
    for one in found.slices:
        assert one.missed_danger.value < one.keyword_missed.value / 2, one.name


def test_confidence_means_what_it_says(found: TriageReport) -> None:
    assert found.calibration_error <= 0.10


def test_the_report_has_a_row_for_every_language_and_signal(found: TriageReport) -> None:
    languages, signals, words = render(found)
    assert not isinstance(languages, str)
    assert not isinstance(signals, str)
    assert languages.row_count == len(LANGUAGES) + 1
    assert signals.row_count == len(Signal) >= len(DANGER)
    assert "never trained on" in str(words)
