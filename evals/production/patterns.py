"""Finds what is personal or secret by how it looks, whoever it belongs to."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evals.production.folding import squeezed
from evals.production.spans import Span

CLOSERS = (
    "kind regards|best regards|warm regards|regards|best|thanks|thank you|many thanks|cheers|sincerely|yours|"
    "viele grüße|beste grüße|mit freundlichen grüßen|freundliche grüße|grüße|gruß|mfg|lg|danke|cordialement|bien à vous|merci|"
    "un saludo|saludos|atentamente|gracias|met vriendelijke groet|cordiali saluti|atenciosamente|med vänlig hälsning"
)
INTRODUCES = (
    r"(?i:my name is|this is|i am|ich heiße|mein name ist|ich bin|je m'appelle|je suis|me llamo|mi nombre es|soy|mi chiamo|mijn naam is)"
)
TITLES = r"(?:Mr|Mrs|Ms|Dr|Prof|Herrn?|Frau|Mme|Madame|Monsieur|Sr|Sra|Señora?|Sig|Signora?|Mevrouw|Meneer)"
NAME = r"[A-ZÀ-ÖØ-Þ][\w'’\-]+"
SECRETS = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    r"\beyJ[\w\-]{8,}\.[\w\-]{8,}\.[\w\-]*",
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    r"\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w\-]{16,}",
    r"\b(?:sk|pk|rk|mk|whsec)[-_][\w\-]{16,}",
    r"\bxox[abeprs]-[\w\-]{10,}",
    r"\bAIza[\w\-]{30,}",
    r"(?i:\bbearer\s+)[\w\-.~+/=]{12,}",
    r"(?i:\b(?:password|passwd|pwd|passwort|kennwort|mot de passe|contraseña|secret|api[ _\-]?key|token|pin)\b)\s*[:=]\s*\S{3,}",
    r"(?i:\b(?:password is|passwort ist|kennwort ist|mot de passe est|contraseña es))\s+\S{4,}",
    r"\b(?=[\w+/=\-]{0,200}?\d)(?=[\w+/=\-]{0,200}?[a-z])(?=[\w+/=\-]{0,200}?[A-Z])[A-Za-z0-9+/=_\-]{24,200}",
    r"\b(?=[0-9a-fA-F]{0,31}\d)(?=[0-9a-fA-F]{0,31}[a-fA-F])[0-9a-fA-F]{32,200}",
)
CURRENCY = r"(?:€|\$|£|¥|US\$|EUR|USD|GBP|CHF|AUD|SGD|CAD|JPY|SEK|INR|euros?|dollars?|Euro|Dollar)"
NUMBER = r"\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
AMOUNT = re.compile(rf"{CURRENCY}\s?(?P<a>{NUMBER})(?![\d])|(?<![\d.,])(?P<b>{NUMBER})\s?{CURRENCY}(?!\w)")
GROUPED = re.compile(r"(?<![\d.,:])(?P<a>\d{1,3}(?:[.,'’]\d{3})+(?:[.,]\d{2})?|\d{3,}[.,]\d{2})(?![\d.,:]\d|\d)")
SIGNIFICANT = 2


@dataclass(frozen=True)
class Pattern:
    """How a kind of value looks. `group` is the part that is it; `holds` says whether a match is one."""

    kind: str
    looks: re.Pattern[str]
    holds: Callable[[str], bool] = lambda _: True
    group: int = 0


def luhn(text: str) -> bool:
    """Whether digits are a payment card's (ISO/IEC 7812-1, annex B)."""
    digits = [int(one) for one in text if one.isdigit()]
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(reversed(digits))]
    return 13 <= len(digits) <= 19 and sum(doubled) % 10 == 0 and len(set(digits)) > 1


def iban(text: str) -> bool:
    """Whether it is a bank account number (ISO 13616: ISO 7064 MOD 97-10 gives 1)."""
    plain = re.sub(r"\s", "", text).upper()
    return 15 <= len(plain) <= 34 and plain.isalnum() and int("".join(str(int(one, 36)) for one in plain[4:] + plain[:4])) % 97 == 1


def address(text: str) -> bool:
    """Whether it is an IP address."""
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def telephone(text: str) -> bool:
    """Seven to fifteen digits (E.164) that are neither a date nor a bare number."""
    digits = sum(one.isdigit() for one in text)
    bare = digits == len(text) and not text.startswith("0")
    return 7 <= digits <= 15 and not bare and not re.match(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4}", text)


PATTERNS = (
    *(Pattern("secret", re.compile(looks)) for looks in SECRETS),
    Pattern("url", re.compile(r"(?i)\b(?:https?|ftp|wss?|file|s3|postgres(?:ql)?|redis|amqp)://[^\s<>\"']+|\bwww\.[^\s<>\"']+")),
    Pattern(
        "email",
        re.compile(r"[\w.+%\-']{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w\-]+(?:\.[\w\-]+|\s?(?:\(dot\)|\[dot\])\s?[\w\-]+)+"),
    ),
    Pattern("card", re.compile(r"(?<!\d)\d(?:[ \-]?\d){12,18}(?!\d)"), luhn),
    Pattern("address", re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]\d)"), address),
    Pattern("address", re.compile(r"(?i)(?<![:\w])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![:\w])"), address),
    Pattern("phone", re.compile(r"(?<![\w.])(?:\+|00)?\(?\d(?:[\s().\-/\u00a0\u202f]{0,2}\d){6,14}(?!\w)"), telephone),
    Pattern("number", re.compile(r"\d{6,}")),
    Pattern(
        "contact",
        re.compile(rf"(?im)^[ \t]*(?:{CLOSERS})[ \t]*[,.!]?[ \t]*\n\s*([^\W\d_][^\n\d@{{}}]{{1,60}})$"),
        lambda text: len(text.split()) < 6,
        1,
    ),
    Pattern("contact", re.compile(rf"\b{INTRODUCES}\s+({NAME}(?:\s+{NAME}){{0,2}})"), group=1),
    Pattern("contact", re.compile(rf"\b{TITLES}\.?\s+({NAME}(?:\s+{NAME})?)"), group=1),
)


ACCOUNT = re.compile(r"(?i)\b[a-z]{2}\d{2}(?: ?[a-z0-9]){11,30}")


def _accounts(text: str) -> Iterator[Span]:
    """Bank accounts; a word behind one looks like a part of it, so the longest part that is one counts."""
    for match in ACCOUNT.finditer(text):
        for end in range(match.end(), match.start() + 14, -1):
            if not text[end : end + 1].isalnum() and iban(text[match.start() : end]):
                yield Span(match.start(), end, "account", squeezed(text[match.start() : end]))
                break


def pattern_spans(text: str) -> Iterator[Span]:
    """Where something stands that looks personal or secret; amounts are made coarser."""
    for pattern in PATTERNS:
        for match in pattern.looks.finditer(text):
            found = match[pattern.group].rstrip(".,;:!?)") if pattern.kind in ("url", "secret") else match[pattern.group].rstrip()
            if found and pattern.holds(found):
                begin = match.start(pattern.group)
                yield Span(begin, begin + len(found), pattern.kind, squeezed(found))
    yield from _accounts(text)
    for looks in (AMOUNT, GROUPED):
        for match in looks.finditer(text):
            name = "a" if match["a"] else "b"
            yield Span(match.start(name), match.end(name), "amount", coarse(match[name]))


def coarse(text: str) -> str:
    """A number of a text with two significant digits: `1.234,56` is `1200`."""
    whole = re.sub(r"[.,]\d{1,2}$", "", text) if re.search(r"[.,]\d{1,2}$", text) else text
    return f"{rounded(float(re.sub(r'[^0-9]', '', whole) or '0')):.0f}"


def rounded(value: float, digits: int = SIGNIFICANT) -> float:
    """A number with so many significant digits."""
    return float(f"{value:.{digits}g}")
