"""The embedded model on held-back messages: at most 5 % of dangers missed and at most 15 % of harmless messages escalated."""

from __future__ import annotations

import pytest

from agents.embedded.calibration import DANGER
from agents.embedded.classifier import TriageClassifier
from agents.embedded.sentences import sentence_vectors
from agents.embedded.texts import LANGUAGES, UNLEARNT, labelled
from agents.embedded.training import ensure_trained
from domain.facts import Intent, Signal
from evals.embedded_model.triage_report import TriageReport, render, report
from tests.service import MODELS

MISSED_AT_MOST, NEEDLESS_AT_MOST, INTENT_AT_LEAST = 0.05, 0.15, 0.62
NEARLY_THE_SAME = 0.75
BURIED_MISSED_AT_MOST = 0.2
AROUND = {
    "en": ("Good afternoon Ms Ito, I hope you had a nice weekend.", "We met at the user group in May.", "Best regards\nAnna"),
    "de": (
        "Guten Tag Frau Ito, ich hoffe, Sie hatten ein schönes Wochenende.",
        "Wir kennen uns vom Anwendertreffen im Mai.",
        "Viele Grüße\nAnna",
    ),
    "fr": ("Bonjour Madame Ito, j'espère que vous allez bien.", "Nous nous sommes vus au club utilisateurs en mai.", "Cordialement\nAnna"),
    "es": (
        "Buenas tardes, señora Ito: espero que se encuentre bien.",
        "Nos conocimos en la reunión de usuarios de mayo.",
        "Un saludo\nAnna",
    ),
}


@pytest.fixture(scope="module")
def classifier() -> TriageClassifier:
    """The model of the suite."""
    return TriageClassifier(ensure_trained(MODELS))


@pytest.fixture(scope="module", params=UNLEARNT)
def found(request: pytest.FixtureRequest) -> TriageReport:
    """One reading of every message of a split that was never learnt from."""
    return report(MODELS, request.param)


def test_there_are_enough_labelled_messages_of_every_kind() -> None:
    train = labelled("train")
    assert len(train) >= 10_000
    assert all(len(labelled(split)) >= 500 for split in UNLEARNT)
    for language in LANGUAGES:
        written = [one for one in train if one.language == language]
        assert {one.intent for one in written} == set(Intent)
        assert {signal for one in written for signal in one.signals} == set(Signal)
        assert sum(len(one.signals) > 1 for one in written) >= 20


@pytest.mark.parametrize("split", UNLEARNT)
def test_no_message_that_measures_was_trained_on(split: str) -> None:
    def bare(text: str) -> str:
        return "".join(letter for letter in text.lower() if letter.isalnum())

    assert not {bare(one.text) for one in labelled("train")} & {bare(one.text) for one in labelled(split)}


def test_no_message_that_measures_says_nearly_what_a_trained_one_says_in_whatever_language() -> None:
    trained, unlearnt = ([one.text for split in splits for one in labelled(split)] for splits in (["train"], UNLEARNT))
    meaning = sentence_vectors(MODELS)
    nearest = (meaning.embed(unlearnt) @ meaning.embed(trained).T).max(axis=1)
    assert [text for text, near in zip(unlearnt, nearest, strict=True) if near >= NEARLY_THE_SAME] == []


def test_few_dangers_are_missed_and_few_harmless_messages_escalated(found: TriageReport) -> None:
    assert found.overall.missed_danger.value <= MISSED_AT_MOST
    assert found.overall.needless.value <= NEEDLESS_AT_MOST
    assert found.overall.intent.value >= INTENT_AT_LEAST


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_danger_is_mostly_seen_among_harmless_sentences_and_courtesies(classifier: TriageClassifier, language: str) -> None:
    opening, filler, closing = AROUND[language]
    dangers = [one.text for one in labelled("heldback") if one.language == language and one.signals & set(DANGER)]
    missed = [text for text in dangers if not set(DANGER) & set(classifier.read(f"{opening} {filler} {text}\n{closing}").raised)]
    assert len(missed) / len(dangers) <= BURIED_MISSED_AT_MOST


@pytest.mark.parametrize("language", LANGUAGES)
def test_courtesies_alone_are_no_danger(classifier: TriageClassifier, language: str) -> None:
    opening, filler, closing = AROUND[language]
    assert not set(DANGER) & set(classifier.read(f"{opening} {filler}\n{closing}").raised)


def test_the_model_beats_the_keywords_in_every_language(found: TriageReport) -> None:
    for one in found.slices:
        assert one.missed_danger.value < one.keyword_missed.value / 2, one.name


def test_confidence_means_what_it_says(found: TriageReport) -> None:
    assert found.calibration_error <= 0.08


def test_the_report_has_a_row_for_every_language_and_signal(found: TriageReport) -> None:
    languages, signals, words = render(found)
    assert not isinstance(languages, str)
    assert not isinstance(signals, str)
    assert languages.row_count == len(LANGUAGES) + 1
    assert signals.row_count == len(Signal) >= len(DANGER)
    assert "never trained on" in str(words)
