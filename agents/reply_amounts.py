"""Amounts in a text: sums of money and percentages as pairs of number and unit, however they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

NUMBER = re.compile(r"\d+(?:[.,'’]\d+| \d{3}(?!\d))*")
"""With whatever separates its groups. It is read once, and its unit looked for right beside it: no text makes this slow."""
MONEY = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP
CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES
KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD
OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY
TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XAU XCD XOF XPF YER ZAR ZMW ZWG BTC ETH USDT USDC RMB TEUR KEUR MEUR
"""
"""ISO 4217, the coins that people are cheated with, and thousands of euros. Many are words in small letters (all, top, try)."""
CODES = frozenset(MONEY.split())
WORDS_OF = {
    "AUD": "aud",
    "CAD": "cad",
    "CHF": "chf sfr franken franc francs franco francos",
    "CNY": "cny yuan renminbi",
    "CZK": "czk kč",
    "EUR": "€ eur euro euros",
    "GBP": "£ gbp pound pounds pfund libra libras livres\u00a0sterling quid",
    "HKD": "hkd",
    "HUF": "huf ft forint",
    "IDR": "idr rp",
    "INR": "₹ inr rs rupee rupees rupien roupie roupies rupia rupias",
    "JPY": "¥ jpy yen",
    "PLN": "pln zł zloty zlotys złoty złotych",
    "RUB": "₽ ruble rubles rubel",
    "SGD": "sgd",
    "USD": "$ usd dollar dollars dólar dólares bucks us\u00a0dollar us\u00a0dollars",
    "ZAR": "zar",
    "cent": "¢ cent cents centime centimes céntimo céntimos centavo centavos pence rappen",
    "kr": "kr krone kronen kroner kronor krona couronne couronnes corona coronas",
    "BRL": "brl reais",
    "BTC": "btc bitcoin bitcoins",
    "DKK": "dkk",
    "NOK": "nok",
    "lei": "lei",
    "lira": "lira liras lire",
    "peso": "pesos",
    "%": "% percent prozent procent per\u00a0cent pour\u00a0cent por\u00a0ciento",
}
"""Signs and words by what they mean, in small letters, in the languages that we write."""
UNITS = {word.replace("\u00a0", " "): unit for unit, words in WORDS_OF.items() for word in words.split(" ")}
FIRST_OF_TWO = frozenset(word.partition(" ")[0] for word in UNITS if " " in word)
TIMES = "k|m|mio|mn|mrd|bn|tsd|thousand|tausend|mille|mil|millions?|millionen|millones|milliarden?|billions?"
AFTER = re.compile(rf"(?:[.,]?[-–—]{{1,2}})?\s{{0,3}}\(?(?:({TIMES})\b\.?\s{{0,3}})?([^\W\d_]*)([^\w\s]?)", re.IGNORECASE)
NEXT_WORD = re.compile(r"\s([^\W\d_]+)")
LAST_WORD = re.compile(r"[^\W\d_]+\Z")
BESIDE = 24
"""Characters before a number in which its unit may stand."""


def amounts_in(text: str) -> set[tuple[str, str]]:
    """Every amount as (number with its multiple, unit): `1.250 €`, `EUR 1,250.00` and `1250 euros` are the same."""
    return set(_amounts(text))


def _amounts(text: str) -> Iterator[tuple[str, str]]:
    for number in NUMBER.finditer(text):
        after = AFTER.match(text, number.end())
        times = (after[1] or "").lower() if after else ""
        units = (_after(text, after) if after else None, _before(text[max(0, number.start() - BESIDE) : number.start()]))
        for unit in units:
            if unit:
                yield value_of(number[0]) + times, unit


def _after(text: str, found: re.Match[str]) -> str | None:
    """The unit that follows a number: a sign, also with letters before it (`US$`), or one word or two."""
    word, sign = found[2], found[3]
    if sign and (unit := _unit_of_sign(sign)):
        return unit
    if word.lower() in FIRST_OF_TWO and (following := NEXT_WORD.match(text, found.end(2))):
        return UNITS.get(f"{word} {following[1]}".lower())
    return _unit_of_word(word)


def _before(text: str) -> str | None:
    """The unit that a text before a number ends with."""
    near = text.rstrip(" \t\n.:=-–")
    word = LAST_WORD.search(near)
    return _unit_of_word(word[0]) if word else _unit_of_sign(near[-1:])


def _unit_of_word(word: str) -> str | None:
    return UNITS.get(word.lower()) or (word if word in CODES else None)


def _unit_of_sign(sign: str) -> str | None:
    return UNITS.get(sign) or (sign if sign and unicodedata.category(sign) == "Sc" else None)


def value_of(written: str) -> str:
    """A number without its groups, with a point and no needless zeros: `1.250` is a thousand and more, `12,50` is twelve and a half."""
    digits = written if written.isascii() else "".join(str(unicodedata.decimal(one, one)) for one in written)
    plain = re.sub("['’ ]", "", digits)
    mark = "." if plain.rfind(".") > plain.rfind(",") else ","
    whole, _, rest = plain.rpartition(mark) if mark in plain else (plain, "", "")
    is_group = plain.count(mark) > 1 or (len(rest) == 3 and len(whole) <= 3 and whole[:1] != "0")
    if is_group and not ("." in plain and "," in plain):
        whole, rest = whole + rest, ""
    whole, rest = re.sub("[.,]", "", whole).lstrip("0") or "0", rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole
