"""Tone is judged by rules in four languages, and each fault is named."""

from __future__ import annotations

import pytest

from evals.scoring.tone import rude_words, tone_faults

POLITE = {
    "en": "Hello Tessa, thank you for your message. The link works for 30 minutes and only once.",
    "de": "Guten Tag Frau Voss, vielen Dank für Ihre Nachricht. Der Link gilt 30 Minuten und nur einmal.",
    "fr": "Bonjour, merci pour votre message. Le lien est valable 30 minutes et une seule fois.",
    "es": "Hola, gracias por su mensaje. El enlace vale 30 minutos y una sola vez.",
}
FAULTY = [
    ("en", "Hello, that was your own mistake, but we have mended it for you now.", "blames"),
    ("de", "Guten Tag, das hätten Sie selbst wissen müssen, aber wir helfen Ihnen gern.", "blames"),
    ("fr", "Bonjour, vous auriez dû lire la page, mais nous vous aidons avec plaisir.", "blames"),
    ("es", "Hola, como ya le explicamos, el enlace vale 30 minutos y una sola vez.", "blames"),
    ("en", "Hello, that is a stupid question, but the link works for 30 minutes.", "rude"),
    ("en", "Hello, READ THE WHOLE PAGE FIRST and then come back to us please!!!", "shouts"),
    ("en", "Hello, the router sees your churn signal and you are a VIP, thank you.", "stays in the house"),
    ("de", "Guten Tag, du kannst den Link in der Mail nutzen, er gilt 30 Minuten und nur einmal.", "familiar"),
    ("es", "Hola, puedes usar el enlace de tus correos, vale 30 minutos y una sola vez.", "familiar"),
    ("de", "Hello, thank you for your message. The link in the mail works for 30 minutes and only once.", "en instead of de"),
    ("en", "The link works for 30 minutes and only once, and that is all there is to say.", "greet"),
    ("en", "Hello. Yes.", "characters"),
]


@pytest.mark.parametrize("language", POLITE)
def test_a_polite_reply_has_no_fault(language: str) -> None:
    assert tone_faults(POLITE[language], language) == []


@pytest.mark.parametrize(("language", "text", "fault"), FAULTY)
def test_a_fault_of_tone_is_named(language: str, text: str, fault: str) -> None:
    assert any(fault in one for one in tone_faults(text, language))


def test_a_language_that_the_desk_does_not_write_is_answered_in_english() -> None:
    assert tone_faults(POLITE["en"], "pt") == []


def test_words_of_an_article_are_not_held_against_a_reply() -> None:
    assert tone_faults("Hello, here is how the prompt of the assistant is extended under Settings.", "en", given="its system prompt") == []


def test_a_note_may_not_speak_ill_of_a_client() -> None:
    assert rude_words("The hysterical customer writes again; it was your fault.") == ["hysterical", "your fault"]
    assert rude_words("Tessa Gillespie asks for a written statement.") == []
