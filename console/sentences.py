"""Every sentence of the console, and the files in which translators say them: `python -m console.sentences` brings those up to date.

Sentences that are gone leave a file, new ones wait in it untranslated, and what was said before stays as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from console.speech import LOCALES, SOURCE

CONSOLE = Path(__file__).parent
BENEATH = tuple(CONSOLE.parent / package for package in ("desk", "policies"))
"""Whose errors pages tell, in sentences of their own."""
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
KEYWORDS: dict[str, Any] = {"_": None, "mark": None, "gettext": None, "ngettext": (1, 2)}


def sentences() -> Catalog:
    """What templates and modules say, in English."""
    found = Catalog()
    for _, _, message, _, context in extract_from_dir(CONSOLE, METHODS, OPTIONS, keywords=KEYWORDS):
        found.add(message, context=context)
    for package in BENEATH:
        for _, _, message, _, context in extract_from_dir(package, METHODS[:1], keywords={"said": None}):
            found.add(message, context=context)
    return found


def written(locale: str) -> Path:
    """The file of a language."""
    return CONSOLE / "locales" / locale / "LC_MESSAGES" / "console.po"


def translated(locale: str) -> Catalog:
    """What a language has words for."""
    with written(locale).open("rb") as file:
        return read_po(file, locale)


def bring_up_to_date(locale: str) -> None:
    """Write the file of a language anew, for the sentences that there are now."""
    known = translated(locale)
    known.update(sentences(), no_fuzzy_matching=True)
    with written(locale).open("wb") as file:
        write_po(file, known, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)


if __name__ == "__main__":
    for language in LOCALES:
        if language != SOURCE:
            bring_up_to_date(language)
