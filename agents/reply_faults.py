"""Why a reply may not go out without a person who reads it first.

A model that writes has read what strangers wrote. So its words are held against what it was given: an AI alone sends nothing that a
mail client would load, no address but the company's own, no sum or favour that a source does not hold, and nothing of its instructions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address

from agents.embedded.normal import INVISIBLE
from agents.reply_amounts import amounts_in

EMOJI_STYLE = "\ufe0f"
"""Asks for the coloured form of the character before it; an article may hold one."""
HTML = re.compile(r"<[a-z/!?|]", re.IGNORECASE)  # `<|` begins a turn in the chat formats of models
IMAGE_OR_LINK = re.compile(r"!\[|\]\s*\(|\]\s*:\s*\S|\b(?:javascript|data|file|vbscript)\s*:(?=\S)", re.IGNORECASE)
ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//[^\s/?#]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)*", re.IGNORECASE)
NAME = re.compile(r"\b[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}(?:/\S*)?", re.IGNORECASE)  # of a host, or of a file: they look the same
NUMERIC = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)|(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])", re.IGNORECASE)
"""Addresses by number: of IPv4, and of IPv6 among times of the day, which look the same."""
IBAN = re.compile(
    r"(?<![^\W_])(?:[A-Za-z]{2}\d{2}(?:[ .-]?[A-Z0-9]{4}){2,7}(?:[ .-]?[A-Z0-9]{1,3})?|[a-z]{2}\d{2}[a-z0-9]{11,30})(?![^\W_])"
)
INTERNAL = re.compile(r"\b(?:crm|telemetry|cases|kb|guard|pool):\S")
CODE = re.compile(r"(?=[A-Za-z+/=_-]*\d)[A-Za-z0-9+/=_-]{32,}")
SPELLED_OUT = re.compile(
    r"[\[({<]\s?(?:\.|dot|punkt|point|punto)\s?[\])}>]\s?[a-z]{2}|\s(?:dot|punkt|point|punto)\s(?:com|net|org|io|eu|info|example)\b",
    re.IGNORECASE,
)
GIFTS = {
    "refund": "refund reimburs money\u00a0back erstatt rückerstatt rückzahl zurückzahl rembours reembols devolv devolu devuelv",
    "free": "free\u00a0of\u00a0charge for\u00a0free waive kostenlos kostenfrei erlassen gratis gratuit",
    "discount": "discount rebate rabatt nachlass remise réduction descuento rebaja",
    "amends": "compensat goodwill voucher credit\u00a0note entschädig gutschrift gutschreib dédommag indemni compensac abono",
}
"""Beginnings of the words that money is given away with, by kind, in four languages: a source in one allows the kind in all of them."""
BEGINNINGS = {kind: tuple(one.replace("\u00a0", " ") for one in words.split(" ")) for kind, words in GIFTS.items()}
WORD = re.compile(r"\w+")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""All of Unicode's control characters (category Cc) but the ends of lines and the tabulator."""
ISOLATED = re.compile("[\u2066-\u206f]")
"""What sets the direction of a part of a line by itself."""
RUN_OF_WORDS = 7
HELD = {
    ADDRESS: re.compile(r"//|@"),
    NAME: re.compile(r"\.[^\W\d_]{2}"),
    NUMERIC: re.compile(r"\d\.\d|::|[0-9a-f]:[0-9a-f]", re.IGNORECASE),
    IBAN: re.compile(r"[A-Za-z]{2}\d{2}"),
    CODE: re.compile(r"[A-Za-z0-9+/=_-]{32}"),
}
"""What every match holds: most texts have nothing of the kind, and this tells sooner."""


def faults_of(text: str, citations: tuple[str, ...], sources: str, instructions: str, hosts: frozenset[str]) -> tuple[str, ...]:
    """What keeps `text` from being sent; empty when nothing does.

    sources: all that the writer was given to answer from; instructions: its prompt; hosts: the company's own, with their subdomains.
    """
    return tuple(dict.fromkeys(_faults(text, citations, unicodedata.normalize("NFKC", sources), instructions, hosts)))


def _faults(text: str, citations: tuple[str, ...], sources: str, instructions: str, hosts: frozenset[str]) -> Iterator[str]:
    if not citations:
        yield "it cites nothing that is known"
    if INVISIBLE.search(text.replace(EMOJI_STYLE, "")) or CONTROL.search(text) or ISOLATED.search(text):
        yield "it holds hidden characters"
    plain = unicodedata.normalize("NFKC", text)
    if HTML.search(plain):
        yield "it holds HTML"
    if IMAGE_OR_LINK.search(plain):
        yield "it holds an image or a link"
    addresses = _found(ADDRESS, plain)
    if any("\\" in address for address in addresses) or not all(_is_ours(re.split("//|@", one)[-1], hosts) for one in addresses):
        yield "it holds an address of somebody else's"
    if not all(_is_ours(name.split("/")[0], hosts) for name in _new(NAME, _without_addresses(plain), sources)):
        yield "it names a host or file that no source names"
    if (numbers := _numeric(_without_addresses(plain))) and not all(_is_ours(one, hosts) for one in numbers - _numeric(sources)):
        yield "it names a host or file that no source names"
    if _new(CODE, plain, sources) or ((accounts := _accounts(plain)) and accounts - _accounts(sources)):
        yield "it holds a code that no source holds"
    if (amounts := amounts_in(plain)) and amounts - amounts_in(sources):
        yield "it names an amount that no source holds"
    if SPELLED_OUT.search(plain):
        yield "it spells an address out"
    if (gifts := _gifts(plain)) and gifts - _gifts(sources):
        yield "it promises money that no source promises"
    if INTERNAL.search(plain):
        yield "it names internal ids"
    if (repeated := _runs(plain) & _runs_once(instructions)) and repeated - _runs(sources):
        yield "it repeats the instructions"


def _found(kind: re.Pattern[str], text: str) -> set[str]:
    return {one.rstrip(".,;:!?)»”").lower() for one in kind.findall(text)} if HELD[kind].search(text) else set()


def _without_addresses(text: str) -> str:
    return ADDRESS.sub(" ", text) if HELD[ADDRESS].search(text) else text


def _new(kind: re.Pattern[str], text: str, sources: str) -> set[str]:
    """What `text` holds and the sources do not; they are long, and most texts hold nothing of the kind."""
    found = _found(kind, text)
    return found - _found(kind, sources) if found else found


def _is_ours(host: str, hosts: frozenset[str]) -> bool:
    return any(host == own or host.endswith(f".{own}") for own in hosts)


def _numeric(text: str) -> set[str]:
    return {one for one in _found(NUMERIC, text) if _is_address(one)}


def _is_address(number: str) -> bool:
    try:
        return ip_address(number).compressed != "::"
    except ValueError:
        return number.count(".") == 3


def _accounts(text: str) -> set[str]:
    return {re.sub(r"[ .-]", "", one) for one in _found(IBAN, text)}


def _gifts(text: str) -> set[str]:
    """Which kinds of giving money away a text speaks of. A plain search comes first, since most texts speak of none."""
    lowered = text.lower()
    return {
        kind
        for kind, beginnings in BEGINNINGS.items()
        if any(beginning in lowered and re.search(rf"\b{beginning}", lowered) for beginning in beginnings)
    }


def _runs(text: str) -> set[tuple[str, ...]]:
    words = WORD.findall(text.lower()) if text.isascii() else [word.lower() for word in WORD.findall(text)]
    return set(zip(*(words[place:] for place in range(RUN_OF_WORDS)), strict=False))


@lru_cache(maxsize=16)
def _runs_once(instructions: str) -> set[tuple[str, ...]]:
    """Of a prompt, which is the same for every reply in a language."""
    return _runs(instructions)
