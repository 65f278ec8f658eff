"""The language and the clock that somebody reads pages in: English in the source, other languages from `locales/`."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

SOURCE = "en"
LOCALES = (SOURCE, "de")


@dataclass(frozen=True)
class Speech:
    """How pages speak to one visitor."""

    locale: str = SOURCE
    zone: str = "UTC"

    @property
    def clock(self) -> ZoneInfo:
        """The time zone that times are told in."""
        return ZoneInfo(self.zone)

    @property
    def babel(self) -> Locale:
        """What Babel calls the language."""
        return Locale.parse(self.locale)


ENGLISH = Speech()
SPOKEN: ContextVar[Speech] = ContextVar("speech", default=ENGLISH)
"""The speech of the page that is being made."""


@cache
def zones() -> frozenset[str]:
    """Every time zone that is known here; looked up once, since that reads a folder."""
    return frozenset(available_timezones())


def locale_from(accepted: str) -> str:
    """The language of ours that a browser's `Accept-Language` asks for first; English for any other."""
    wanted = [part.partition(";")[0].strip() for part in accepted[:200].split(",")]
    return negotiate_locale([one.replace("-", "_").lower() for one in wanted if one], LOCALES) or SOURCE


def _(message: str, /, **given: Any) -> str:
    """A sentence in the visitor's language, with `%(name)s` filled in; a per cent sign stands twice in what is filled in."""
    told = catalogue(SPOKEN.get().locale).gettext(message)
    return told % given if given else told


def gettext(message: str) -> str:
    """The same for templates, which fill in by themselves, escaped."""
    return catalogue(SPOKEN.get().locale).gettext(message)


def plural(one: str, many: str, count: int) -> str:
    """The form for a number, for templates."""
    return catalogue(SPOKEN.get().locale).ngettext(one, many, count)


def ngettext(one: str, many: str, count: int, /, **given: Any) -> str:
    """A sentence that depends on a number; `%(num)s` is the number."""
    return catalogue(SPOKEN.get().locale).ngettext(one, many, count) % {"num": count, **given}


def mark(message: str) -> str:
    """The sentence as it is, found by whoever collects sentences: for tables that are made before anybody speaks."""
    return message


@cache
def catalogue(locale: str) -> Translations:
    """The sentences of a language, compiled once from the text that translators write."""
    if locale == SOURCE:
        return Translations()
    compiled = BytesIO()
    with files("console").joinpath("locales", locale, "LC_MESSAGES", "console.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale))
    compiled.seek(0)
    return Translations(compiled)
