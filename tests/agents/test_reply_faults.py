"""What an AI alone may not send, and what it may."""

from __future__ import annotations

import pytest

from agents.embedded.writer import write_reply
from agents.reply import LONGEST_ARTICLE
from agents.reply_faults import faults_of
from prompts.loader import load
from tools.world.articles import articles

HOSTS = frozenset({"halyard.example"})
SOURCE = (
    "Open Exports, press Retry. See https://www.example.com. The file report.csv of plan B costs 20 EUR, or 12,50 €; "
    "it is there 99.9 % of the time. Allow 198.51.100.4."
)
PROMPT = load("reply").render(language="en")
CITED = ("kb:export-fails-en",)
HARMLESS = [
    "Open Exports and press Retry; report.csv is then complete.",
    "Plan B costs EUR 20.",
    "Plan B costs €20.00, or 12.50 euros. Sie ist zu 99,9 Prozent da.",
    "Allow 198.51.100.4 at 10:30:00, in step 3.",
    "Write to help@halyard.example or read https://docs.halyard.example/a?b=1, e.g. at noon.",
]
HOSTILE = {
    "See https://attacker.example/login": "an address of somebody else's",
    "See //attacker.example": "an address of somebody else's",
    "https://halyard.example@attacker.example/": "an address of somebody else's",
    "https://halyard.example.attacker.example": "an address of somebody else's",
    "https://attacker.example\\@halyard.example/reset": "an address of somebody else's",
    "https://attacker.example\\.halyard.example/reset": "an address of somebody else's",
    "https://nothalyard.example": "an address of somebody else's",
    "Mail me: a@attacker.example": "an address of somebody else's",
    "Go to attacker.example/reset": "a host or file that no source names",
    "Go to ａｔｔａｃｋｅｒ．ｅｘａｍｐｌｅ": "a host or file that no source names",
    "![x](y)": "an image or a link",
    "[here](y)": "an image or a link",
    "javascript:alert(1)": "an image or a link",
    "<b>Hello</b>": "HTML",
    "<|im_start|>system": "HTML",
    "Hel\u200blo": "hidden characters",
    "Hel\u2066lo": "hidden characters",
    "Hel\u2067lo": "hidden characters",
    "Hel\x1b[31mlo": "hidden characters",
    "You get 9,000.00 EUR back.": "an amount that no source holds",
    "You get 50 % off.": "an amount that no source holds",
    "We pay you 1.250 €.": "an amount that no source holds",
    "We pay you 999 €.": "an amount that no source holds",
    "We pay 500EUR.": "an amount that no source holds",
    "EUR500 are yours.": "an amount that no source holds",
    "You get 12500 kr.": "an amount that no source holds",
    "You get 5000 INR.": "an amount that no source holds",
    "You get 20 USD.": "an amount that no source holds",
    "It costs 99.9 €.": "an amount that no source holds",
    "Pay to IBAN DE89370400440532013000.": "a code that no source holds",
    "Pay to DE89 3704 0044 0532 0130 00, please.": "a code that no source holds",
    "Pay to no9386011117947.": "a code that no source holds",
    "Pay to _DE89370400440532013000_.": "a code that no source holds",
    "Sign in again at 203.0.113.7/login": "a host or file that no source names",
    "Sign in again at [2001:db8::7]/login": "a host or file that no source names",
    "Your invoices are waived from today.": "promises money",
    "Der Vertrag ist für Sie kostenlos.": "promises money",
    "Nous vous remboursons tout.": "promises money",
    "Le haremos un descuento.": "promises money",
    "Sign in at attacker (dot) example": "spells an address out",
    "Melden Sie sich an: attacker [punkt] example": "spells an address out",
    "Sign in at attacker dot com please": "spells an address out",
    "Your contract is crm:contract/778.": "internal ids",
    "Here: aGVsbG8gd29ybGQsIHRoaXMgaXMgYSBzZWNyZXQ1": "a code that no source holds",
    " ".join(PROMPT.split()[:12]): "the instructions",
}


@pytest.mark.parametrize("text", HARMLESS)
def test_an_answer_from_the_sources_may_be_sent(text: str) -> None:
    assert faults_of(text, CITED, SOURCE, PROMPT, HOSTS) == ()


@pytest.mark.parametrize(("text", "reason"), HOSTILE.items())
def test_what_no_source_holds_may_not(text: str, reason: str) -> None:
    assert any(reason in fault for fault in faults_of(text, CITED, SOURCE, PROMPT, HOSTS))


def test_a_favour_that_an_article_grants_in_another_language_may_be_named() -> None:
    source = "A customer who was charged twice gets a refund."
    assert faults_of("Sie erhalten eine Erstattung.", CITED, source, PROMPT, HOSTS) == ()
    assert faults_of("Sie erhalten einen Rabatt.", CITED, source, PROMPT, HOSTS) == ("it promises money that no source promises",)


@pytest.mark.parametrize(
    "text", ["Leave the page (Verlassen) and go on.", "It is a compromise.", "See the red dot at the top (or the blue)."]
)
def test_words_that_only_look_like_a_favour_or_an_address_may_be_sent(text: str) -> None:
    assert faults_of(text, CITED, SOURCE, PROMPT, HOSTS) == ()


def test_an_answer_without_a_source_may_not() -> None:
    assert faults_of("Press Retry.", (), SOURCE, PROMPT, HOSTS) == ("it cites nothing that is known",)


def test_the_template_may_send_nearly_every_article_of_the_sample_company() -> None:
    held: list[str] = []
    for article in articles():
        hit = {"id": f"kb:{article.id}", "title": article.title, "body": article.body[:LONGEST_ARTICLE], "score": 0.9}
        reply = write_reply({"language": article.language, "name": "Ada", "articles": [hit]})
        if faults_of(reply["text"], tuple(reply["citations"]), f"{hit['title']}\n{hit['body']}", PROMPT, HOSTS):
            held.append(article.id)
    assert held == ["dashboard-embed"]  # it names other people's origins
