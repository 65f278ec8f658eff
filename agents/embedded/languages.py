"""Which language a text is in: the four that we train on by their n-grams, others by script and small words."""

from __future__ import annotations

import re

OTHERS = {
    "it": frozenset(
        [
            "il",
            "lo",
            "gli",
            "che",
            "non",
            "per",
            "una",
            "della",
            "come",
            "posso",
            "sono",
            "questo",
            "buongiorno",
            "grazie",
            "salve",
            "vorrei",
            "abbiamo",
            "nostro",
            "dalla",
            "favore",
            "nessuno",
        ]
    ),
    "pt": frozenset(
        [
            "não",
            "uma",
            "você",
            "obrigado",
            "bom",
            "dia",
            "onde",
            "encontro",
            "como",
            "posso",
            "nosso",
            "nossa",
            "preciso",
            "olá",
            "das",
            "dos",
            "pelo",
            "isso",
            "está",
            "estamos",
        ]
    ),
    "nl": frozenset(
        [
            "het",
            "een",
            "niet",
            "wij",
            "ons",
            "onze",
            "graag",
            "hoe",
            "kan",
            "goedemorgen",
            "bedankt",
            "voor",
            "deze",
            "naar",
            "wordt",
            "zijn",
            "hebben",
            "jullie",
            "mijn",
            "geen",
        ]
    ),
    "pl": frozenset(["nie", "jest", "się", "czy", "jak", "dzień", "dobry", "proszę", "dziękuję", "mamy", "nasz", "dla", "przez", "który"]),
}
OURS = frozenset(
    [
        "the",
        "and",
        "is",
        "are",
        "we",
        "you",
        "not",
        "for",
        "with",
        "der",
        "die",
        "das",
        "und",
        "ist",
        "nicht",
        "wir",
        "le",
        "les",
        "des",
        "est",
        "nous",
        "vous",
        "pour",
        "el",
        "los",
        "las",
        "que",
        "por",
        "con",
        "para",
    ]
)
SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
)
WORD = re.compile(r"[^\W\d_]+")


def foreign_language(text: str) -> str | None:
    """A language that we do not train on, when the text clearly is in one."""
    for language, letters in SCRIPTS:
        if len(letters.findall(text)) >= max(2, len(text) * 0.15):
            return language
    words = WORD.findall(text.lower())
    if not words:
        return None
    ours = sum(word in OURS for word in words)
    best, hits = max(((name, sum(word in small for word in words)) for name, small in OTHERS.items()), key=lambda pair: pair[1])
    return best if hits >= 2 and hits > ours and hits / len(words) >= 0.2 else None
