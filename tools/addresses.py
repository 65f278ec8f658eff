"""Addresses in one form each, so that two spellings of the same one meet."""

from __future__ import annotations

import re
from email.utils import getaddresses
from unicodedata import normalize

import idna

LONGEST = 320  # of an e-mail address (RFC 3696, erratum 1690)
FEWEST_DIGITS = 7
MARKS = re.compile(r"^[@\s]+|\s+$")
PLAIN = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
"""An address that is nothing else: most are, and parsing one by the grammar of mail headers takes thirty times as long."""
BECOMES_ASCII = re.compile("[\u037e\u1fef\u212a]")
"""Signs that small letters or composition make a `;`, a backtick and a `k`: all that there are (Unicode 14)."""


def email_key(text: str) -> str:
    """`Ada <Ada+news@Bank.Example>` becomes `ada@bank.example`; empty for what is no address."""
    given = text[: 2 * LONGEST].removeprefix("mailto:")
    address = given if PLAIN.fullmatch(given) else _the_only_one(given)
    local, _, host = address.rpartition("@")
    name, domain = _small(local.partition("+")[0]), domain_key(host)
    return f"{name}@{domain}" if name and domain and len(address) <= LONGEST and len(name) + len(domain) < LONGEST else ""


def domain_key(domain: str) -> str:
    """As the DNS knows it (IDNA2008, RFC 5891): `Weißbank.example` becomes `xn--weibank-2va.example`; empty for what cannot be a domain."""
    try:
        return ".".join(label if label.isascii() else idna.alabel(label).decode() for label in _small(domain).split("."))
    except idna.IDNAError:
        return ""


def _small(text: str) -> str:
    """In small letters, composed; empty where that would make another name of it, which somebody else may have."""
    if text.isascii():
        return text.lower()
    letters = "".join(map(str.lower, text))  # one by one: the lower case of a whole word guesses which sigma ends it
    return "" if BECOMES_ASCII.search(text) else normalize("NFC", letters)


def _the_only_one(header: str) -> str:
    """The address of a mail header; empty where there are several: `chief@bank.example <intruder@else.where>` proves nothing."""
    found = [address.strip() for _, address in getaddresses([header]) if "@" in address]
    return found[0] if len(found) == 1 else ""


def domains_of(email: str | None) -> list[str]:
    """The domain and those above it, without the top one: `mail.bank.example` may belong to `bank.example`."""
    labels = email_key(email).rpartition("@")[2].split(".") if email else []
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


def handle_key(handle: str) -> tuple[str, str]:
    """Channel and name: `Slack:@U07` becomes `slack` and `u07`; no channel for `@u07`, and both empty without a name."""
    told = _small(handle.strip())
    channel, _, name = told.partition(":") if ":" in told and not told.startswith("@") else ("", "", told)
    name = MARKS.sub("", name)
    return (channel.strip(), name) if name else ("", "")


def phone_key(phone: str) -> str:
    """Digits after a plus: `0049 (30) 555-123` becomes `+4930555123`; empty when there are too few to tell anybody by."""
    digits = re.sub(r"\D", "", phone[:64])
    digits = digits.removeprefix("00") if not phone.strip().startswith("+") else digits
    return f"+{digits}" if len(digits) >= FEWEST_DIGITS else ""
