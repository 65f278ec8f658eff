"""What a text claims that can be checked: dates, times, amounts, numbers, codes. Four languages and their ways of writing them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier janv enero ene",
            "february feb februar février févr febrero",
            "march mar märz mrz mars marzo",
            "april apr avril avr abril abr",
            "may mai mayo",
            "june jun juni juin junio",
            "july jul juli juillet juil julio",
            "august aug août agosto ago",
            "september sep sept septembre septiembre",
            "october oct oktober okt octobre octubre",
            "november nov novembre noviembre",
            "december dec dezember dez décembre déc diciembre dic",
        ),
        start=1,
    )
    for name in names.split()
}
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
OF = r"(?:of\s+|de\s+|del\s+)?"
DATES = (
    re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b"),
    re.compile(r"\b(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?:\s?(?P<y>\d{4}))?(?!\d)"),
    re.compile(r"\b(?P<either>\d{1,2})/(?P<other>\d{1,2})(?:/(?P<y>\d{4}))\b"),
    re.compile(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s+{OF}(?P<name>{MONTH})\b\.?(?:,?\s+{OF}(?P<y>\d{{4}}))?", re.IGNORECASE),
    re.compile(rf"\b(?P<name>{MONTH})\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*\d)(?:,?\s+(?P<y>\d{{4}}))?", re.IGNORECASE),
    re.compile(rf"\b(?P<name>{MONTH})\s+{OF}(?P<y>\d{{4}})\b", re.IGNORECASE),
)
TIMES = (
    re.compile(r"\b(?P<h>[01]?\d|2[0-3])(?::|\s?h\s?)(?P<min>[0-5]\d)\b(?:\s?(?P<half>[ap]m)\b)?", re.IGNORECASE),
    re.compile(r"\b(?P<h>[01]?\d|2[0-3])\s?(?:(?P<half>[ap]m)|uhr|heures|h)\b", re.IGNORECASE),
)
LARGE = 100
"""From here on a number without a currency may be an amount: a client writes `we paid 4800`, and no grade or count is so large."""
CODE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\b[A-Za-z]+(?:-[A-Za-z0-9]+)*-\d[\w-]*\b")
NUMBER = re.compile(r"(?<![\w.,])\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d+)?(?![\w])|(?<![A-Za-z_])\d[\d.,]*\d|(?<![A-Za-z_])\d")
CURRENCY = r"(?:€|\$|£|%|\b(?:eur|usd|gbp|chf|aud|jpy|euros?|dollars?|dólares|pounds?|per ?cent|prozent|pour cent|por ciento)\b)"
AFTER, BEFORE = re.compile(rf"\s?{CURRENCY}", re.IGNORECASE), re.compile(rf"{CURRENCY}\s?$", re.IGNORECASE)
MARKER = re.compile(r"(?m)^\s*\d{1,2}[.)]\s")
COUNTED = {
    word: number
    for number, words in {
        2: "two zwei deux dos",
        3: "three drei trois tres",
        4: "four vier quatre cuatro",
        5: "five fünf cinq cinco",
        6: "six sechs seis",
        7: "seven sieben sept siete",
        8: "eight acht huit ocho",
        9: "nine neun neuf nueve",
        10: "ten zehn dix diez",
        12: "twelve zwölf douze doce",
        14: "fourteen vierzehn quatorze catorce",
        15: "fifteen fünfzehn quinze quince",
        20: "twenty zwanzig vingt veinte",
        24: "twenty-four vierundzwanzig veinticuatro",
        30: "thirty dreißig trente treinta",
    }.items()
    for word in words.split()
}
UNIT = (
    r"(?:working |business |calendar )?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|"
    r"sekunden|minuten|stunden|(?:arbeits|werk)?tagen?|"
    r"wochen|monaten?|jahren?|secondes|heures|jours|semaines|mois|ans|segundos|minutos|horas|días|semanas|meses|años|percent|prozent)"
)
SPELT = re.compile(rf"\b(?P<word>{'|'.join(sorted(COUNTED, key=len, reverse=True))})\s+{UNIT}\b", re.IGNORECASE)
ANY_SPELT = re.compile(rf"\b(?:{'|'.join(sorted(COUNTED, key=len, reverse=True))})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Claim:
    """One checkable statement: `readings` are what its words may mean (03/04 is two days)."""

    kind: str
    words: str
    readings: frozenset[tuple[float | None, ...]]

    def agrees(self, others: frozenset[tuple[float | None, ...]]) -> bool:
        """Whether a source says the same; what one of them leaves open (the year) contradicts nothing."""
        return any(_same(one, other) for one, other in product(self.readings, others))


def _same(one: tuple[float | None, ...], other: tuple[float | None, ...]) -> bool:
    return len(one) == len(other) and all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))


def claims_in(text: str) -> list[Claim]:
    """Everything in the text that has a number in it. Markers of lists are none."""
    return list(_claims(MARKER.sub("\n", unicodedata.normalize("NFC", text)), spelt=SPELT))


@lru_cache(maxsize=64)
def known_in(text: str) -> dict[str, frozenset[tuple[float | None, ...]]]:
    """By kind, all that sources say. Number words count wherever they stand, an amount is a number too, and a large number an amount."""
    found: dict[str, set[tuple[float | None, ...]]] = {"date": set(), "time": set(), "number": set(), "amount": set()}
    for claim in _claims(unicodedata.normalize("NFC", text), spelt=ANY_SPELT):
        found[claim.kind] |= claim.readings
    large = {reading for reading in found["number"] if (reading[0] or 0) >= LARGE}
    return {kind: frozenset(readings | {"number": found["amount"], "amount": large}.get(kind, set())) for kind, readings in found.items()}


def codes_in(text: str) -> set[str]:
    """Error codes and ids, such as EXPORT_TIMEOUT and contract-778, in small letters."""
    return {one.lower() for one in CODE.findall(text)}


def _claims(text: str, spelt: re.Pattern[str]) -> Iterator[Claim]:
    for pattern in DATES:
        for match in pattern.finditer(text):
            if readings := _days(match):
                yield Claim("date", match[0].strip(), readings)
        text = pattern.sub(lambda match: " ; " if _days(match) else match[0], text)
    for pattern in TIMES:
        for match in pattern.finditer(text):
            yield Claim("time", match[0], frozenset({(_hour(match), float(match.groupdict().get("min") or 0))}))
        text = pattern.sub(" ; ", text)
    text = CODE.sub(" ; ", text)
    for match in NUMBER.finditer(text):
        money = AFTER.match(text, match.end()) or BEFORE.search(text[max(0, match.start() - 10) : match.start()])
        yield Claim("amount" if money else "number", match[0], frozenset({(value_of(match[0]),)}))
    for match in spelt.finditer(text):
        word = match.groupdict().get("word") or match[0]
        yield Claim("number", match[0], frozenset({(float(COUNTED[word.lower()]),)}))


def _days(match: re.Match[str]) -> frozenset[tuple[float | None, ...]]:
    """Day, month and year of a date; None for what is not said. Empty when it is no date after all (12.40. is none)."""
    parts = match.groupdict()
    year = float(parts["y"]) if parts.get("y") else None
    if parts.get("either"):
        pairs = {(int(parts["either"]), int(parts["other"])), (int(parts["other"]), int(parts["either"]))}
    else:
        month = MONTHS[parts["name"].lower()] if parts.get("name") else int(parts["m"])
        pairs = {(int(parts["d"]) if parts.get("d") else 0, month)}
    return frozenset((float(day) or None, float(month), year) for day, month in pairs if day <= 31 and 1 <= month <= 12)


def _hour(match: re.Match[str]) -> float:
    hour = int(match["h"])
    half = (match.groupdict().get("half") or "").lower()
    return float(hour % 12 + 12 if half == "pm" else hour % 12 if half == "am" else hour)


def value_of(number: str) -> float:
    """What a number means. 1.234 and 1,234 are both thousands: three digits after one mark are hardly ever decimals, but in 0.125."""
    plain = re.sub(r"[ \u00a0\u202f'’]", "", number).strip(".,")
    marks = re.findall(r"[.,]", plain)
    if not marks:
        return float(plain)
    last = marks[-1]
    whole, _, rest = plain.rpartition(last)
    grouped = float(re.sub(r"[.,]", "", plain))
    if marks.count(last) > 1:
        return grouped
    is_grouped = len(rest) == 3 and len(set(marks)) == 1 and whole != "0"
    return grouped if is_grouped else float(f"{re.sub('[.,]', '', whole)}.{rest}")
