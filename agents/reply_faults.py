"""Why a reply may not go out without a person who reads it first.

A model that writes has read what strangers wrote. So its words are held against what it was given: an AI alone sends nothing that a
mail client would load or link, nothing that a source does not hold, and nothing of its own instructions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from agents.embedded.normal import INVISIBLE

HTML = re.compile(r"<[a-z/!?]", re.IGNORECASE)
IMAGE_OR_LINK = re.compile(r"!\[|\]\s*\(|\]\s*:\s*\S|\b(?:javascript|data|file|vbscript)\s*:(?=\S)", re.IGNORECASE)
ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]*:)?//\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}(?:/\S*)?", re.IGNORECASE
)
CURRENCY = r"(?:€|\$|£|¥|%|\b(?:eur|usd|gbp|chf|sgd|aud|jpy|euros?|dollars?|dólares|pounds?|percent|prozent)\b)"
AMOUNT = re.compile(rf"{CURRENCY}\s?(\d[\d.,'\u2019\u202f\u00a0]*)|(\d[\d.,'\u2019\u202f\u00a0]*)\s?{CURRENCY}", re.IGNORECASE)
INTERNAL = re.compile(r"\b(?:crm|telemetry|cases|kb|guard|pool):\S")
CODE = re.compile(r"(?=[A-Za-z+/=_-]*\d)[A-Za-z0-9+/=_-]{32,}")
WORD = re.compile(r"\w+")
RUN_OF_WORDS = 7


def faults_of(text: str, citations: tuple[str, ...], sources: str, instructions: str) -> tuple[str, ...]:
    """What keeps `text` from being sent; empty when nothing does.

    sources: all that the writer was given to answer from; instructions: its prompt.
    """
    return tuple(dict.fromkeys(_faults(text, citations, unicodedata.normalize("NFKC", sources), instructions)))


def _faults(text: str, citations: tuple[str, ...], sources: str, instructions: str) -> Iterator[str]:
    if not citations:
        yield "it cites nothing that is known"
    if INVISIBLE.search(text) or any(unicodedata.category(letter) == "Cc" and letter not in "\n\r\t" for letter in text):
        yield "it holds hidden characters"
    plain = unicodedata.normalize("NFKC", text)
    if HTML.search(plain):
        yield "it holds HTML"
    if IMAGE_OR_LINK.search(plain):
        yield "it holds an image or a link"
    if _found(ADDRESS, plain) - _found(ADDRESS, sources):
        yield "it holds an address that no source holds"
    if _found(CODE, plain) - _found(CODE, sources):
        yield "it holds a code that no source holds"
    if _amounts(plain) - _amounts(sources):
        yield "it names an amount that no source holds"
    if INTERNAL.search(plain):
        yield "it names internal ids"
    if _runs(plain) & (_runs(instructions) - _runs(sources)):
        yield "it repeats the instructions"


def _found(kind: re.Pattern[str], text: str) -> set[str]:
    return {one.rstrip(".,;:!?)»”").lower() for one in kind.findall(text)}


def _amounts(text: str) -> set[str]:
    return {re.sub(r"[.,]00$|\D", "", before or after) for before, after in AMOUNT.findall(text)}


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [word.lower() for word in WORD.findall(text)]
    return {tuple(words[place : place + RUN_OF_WORDS]) for place in range(len(words) - RUN_OF_WORDS + 1)}
