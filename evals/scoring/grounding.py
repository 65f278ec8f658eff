"""Is every claim of a reply or note traceable to what was gathered, or to the client's own words?

Rules alone: numbers, dates, times, amounts, codes, citations, names, incidents and promises. What a client says of amounts and dates may be
repeated; a promise or an incident is true only when a source of ours says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from pydantic import Field

from domain.decision import Frozen
from evals.scoring.claims import claims_in, codes_in, known_in

CITED = re.compile(r"\[([a-z]+:[^\[\],\s]+)(?:, (\d+) (d|h|min|s) old)?\]")
NO_SUCH = "[no such fact]"
UNIT_S = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w'’-]+"
NAMED = (
    re.compile(rf"\b(?:Mr|Mrs|Ms|Dr|Herrn?|Frau|Monsieur|Madame|Mme|Señora?|Sra?|Doña)\.?\s+({CAPITAL}(?:\s+{CAPITAL})?)"),
    re.compile(
        r"(?m)^\s*(?:Hello|Hi|Dear|Guten Tag|Hallo|Liebe[rs]?|Sehr geehrte[rs]?|Bonjour|Ch[eè]re?|Hola|Estimad[oa])\s+"
        rf"({CAPITAL}(?:\s+{CAPITAL}){{0,2}})\s*[,:!]"
    ),
    re.compile(
        r"\b(?:account manager|colleague|engineer|specialist|Kollegin|Kollegen?|Ansprechpartner(?:in)?|Kundenbetreuer(?:in)?|"
        r"collègue|conseill(?:er|ère)|"
        rf"compañer[oa]|gestora?|responsable)\s*,?\s+({CAPITAL}\s+{CAPITAL})"
    ),
)
NOBODY = {
    "all",
    "team",
    "there",
    "everyone",
    "zusammen",
    "damen",
    "herren",
    "tous",
    "toutes",
    "todos",
    "todas",
    "client",
    "kundin",
    "kunde",
}
INCIDENT = re.compile(
    r"\b(?:there is|there's|we (?:have|see|are having)|known|ongoing|current|open)\s+(?:an?\s+)?(?:\w+\s+)?(?:incident|outage|disruption)\b"
    r"|\b(?:es gibt|aktuelle?n?|bekannte[nr]?|laufende[nr]?|offene[nr]?)\s+(?:gerade\s+|derzeit\s+)?(?:eine[nr]?\s+)?"
    r"(?:\w+\s+)?(?:störung|ausfall|vorfall)\b"
    r"|\bun(?:e)?\s+(?:incident|panne)\s+(?:\w+\s+)?(?:est|en cours|connue?)\b|\bil y a (?:actuellement )?une? (?:incident|panne)\b"
    r"|\b(?:hay|existe|tenemos)\s+(?:actualmente\s+)?(?:una?\s+)?(?:incidencia|caída|avería|incidente)\b",
    re.IGNORECASE,
)
PROMISE = re.compile(
    r"\b(?:we|i)(?:'ll|’ll| will| shall| are going to)\b"
    r"|\byou(?:'ll|’ll| will) (?:get|receive|be (?:refunded|credited|compensated|called))\b"
    r"|\bwill (?:call|refund|credit|compensate|send|pay|deliver|fix|contact)\b|\bwird (?:sie|ihnen)\b"
    r"|\bva vous\b|\bvous (?:rappellera|contactera|remboursera)\b|\ble (?:llamará|contactará|devolverá)\b"
    r"|\b(?:we|i) (?:guarantee|promise|commit)\b|\b(?:your|the) (?:refund|credit) (?:has been|is) (?:approved|on its way|granted)\b"
    r"|\b(?:wir|ich) (?:werden?|erstatten|überweisen|melden uns|rufen|garantieren|versprechen|liefern|beheben|gutschreiben)\b"
    r"|\bsie (?:erhalten|bekommen)\b[^.!?]*\b(?:gutschrift|erstattung|rückzahlung|geld)\b"
    r"|\bnous (?:allons|vous rembours\w+|rembours\w+|garantissons|promettons|\w+erons)\b"
    r"|\bvous (?:recevrez|serez (?:remboursé|rappelé|crédité))"
    r"|\b(?:vamos a|garantizamos|prometemos|\w+(?:are|ere|ire)mos)\b|\brecibirá\b",
    re.IGNORECASE,
)
TO_A_PERSON = re.compile(
    r"\b(?:person|human|colleague|kolleg\w+|mitarbeiter\w*|personne|collègue|conseiller|persona|compañer[oa])\b", re.IGNORECASE
)
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
WORD = re.compile(r"[^\W\d_]{4,}")
QUOTED = 0.7


class Sources(Frozen):
    """What a writer was given."""

    given: str = Field(description="Gathered facts, articles, labels and times, as one text.")
    own_words: str = Field(description="What the client wrote, in all turns.")
    names: tuple[str, ...] = Field(default=(), description="People and companies that may be named.")
    strangers: tuple[str, ...] = Field(default=(), description="Other clients and their people, as far as the text names them.")
    facts: dict[str, int] = Field(default_factory=dict, description="Id of each citable fact, and its age in seconds.")

    @cached_property
    def sentences(self) -> list[set[str]]:
        """The words of each sentence of ours."""
        return [words for one in SENTENCE.split(self.given) if (words := _words(one))]


class Fault(Frozen):
    """A claim that nothing supports."""

    kind: str = Field(description="amount, number, date, time, code, citation, age, name, stranger, incident or promise.")
    words: str

    def __str__(self) -> str:
        return f"{self.kind} {self.words!r}"


def ungrounded(text: str, sources: Sources, *, quotes: bool = False) -> list[Fault]:
    """Every claim of the text that no source supports; empty for a grounded one.

    quotes: a note may hold the client's very sentences, whatever they promise; a reply that repeats them would make them ours.
    """
    return list(dict.fromkeys(_faults(text, sources, " ".join(sources.own_words.split()) if quotes else "")))


def _faults(text: str, sources: Sources, quotable: str) -> Iterator[Fault]:
    yield from _citations(text, sources)
    plain = CITED.sub("", text).replace(NO_SUCH, "")
    said = f"{sources.given}\n{sources.own_words}"
    known = known_in(said)
    for claim in claims_in(plain):
        if not claim.agrees(known[claim.kind]):
            yield Fault(kind=claim.kind, words=claim.words)
    for code in sorted(codes_in(plain) - codes_in(said) - {one.lower() for one in sources.facts}):
        yield Fault(kind="code", words=code)
    yield from _names(plain, sources, said)
    for sentence in SENTENCE.split(plain):
        if " ".join(sentence.split()).rstrip("…") in quotable:
            continue
        if INCIDENT.search(sentence) and "open incident" not in sources.given.lower() and not _is_quoted(sentence, sources):
            yield Fault(kind="incident", words=sentence.strip())
        if PROMISE.search(sentence) and not _is_quoted(sentence, sources) and not _hands_over(sentence):
            yield Fault(kind="promise", words=sentence.strip())


def _citations(text: str, sources: Sources) -> Iterator[Fault]:
    if NO_SUCH in text:
        yield Fault(kind="citation", words=NO_SUCH)
    for match in CITED.finditer(text):
        identifier, age, unit = match[1], match[2], match[3]
        if identifier not in sources.facts:
            yield Fault(kind="citation", words=identifier)
        elif age is not None and sources.facts[identifier] // UNIT_S[unit] != int(age):
            yield Fault(kind="age", words=match[0])


def _names(text: str, sources: Sources, said: str) -> Iterator[Fault]:
    allowed = {word.lower() for name in sources.names for word in re.findall(r"[\w'’-]+", name)}
    spoken = {word.lower() for word in re.findall(r"[\w'’-]+", said)}
    for pattern in NAMED:
        for match in pattern.finditer(text):
            words = {word.lower() for word in match[1].split()} - NOBODY
            if not words <= allowed | spoken:
                yield Fault(kind="name", words=match[1])
    own = f"{said}\n{chr(10).join(sources.names)}".lower()
    for stranger in sources.strangers:
        if stranger.lower() in text.lower() and stranger.lower() not in own:
            yield Fault(kind="stranger", words=stranger)


def _hands_over(sentence: str) -> bool:
    """That a person looks at it is what the desk does in any case; with a time or an amount it would be a promise."""
    return bool(TO_A_PERSON.search(sentence)) and not claims_in(sentence)


def _is_quoted(sentence: str, sources: Sources) -> bool:
    words = _words(sentence)
    return bool(words) and any(len(words & one) / len(words) >= QUOTED for one in sources.sentences)


def _words(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(text)}
