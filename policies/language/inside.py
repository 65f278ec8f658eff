"""Where a character of an expression stands in the text of its policy."""

from __future__ import annotations

import re

from policies.language.markup import Place, Places, place_of

KEY = re.compile(r"[\w-]+\s*:\s*")
SPACES = re.compile(r"\s*")


def place_in(text: str, places: Places, path: tuple[str | int, ...], source: str, offset: int) -> Place | None:
    """Line and column of the character `offset` of an expression; None when that cannot be told."""
    line, column = place_of(places, *path)
    lines = text.splitlines(keepends=True)
    if line > len(lines):
        return None
    rest = "".join([lines[line - 1][column - 1 :], *lines[line:]])
    key = KEY.match(rest)
    start = _aligned(rest, key.end(), source, offset) if key else None
    if start is None:
        return None
    before = rest[:start]
    breaks = before.count("\n")
    return (line, column + start) if not breaks else (line + breaks, start - before.rindex("\n"))


def _aligned(raw: str, start: int, source: str, offset: int) -> int | None:
    """The position in `raw` of `source[offset]`: quotes, their escapes and folded white space are stepped over."""
    quote = raw[start : start + 1]
    at = start + (1 if quote in ("'", '"') else 0)
    if quote in ("|", ">"):
        at = _past_spaces(raw, raw.find("\n", start) + 1)
    for character in source[:offset]:
        if character.isspace() or raw[at : at + 1].isspace():
            at = _past_spaces(raw, at)
            if character.isspace():
                continue
        doubled = (quote == "'" and raw.startswith("''", at)) or (quote == '"' and raw.startswith("\\", at))
        found = raw[at + 1 : at + 2] if doubled else raw[at : at + 1]
        if found != character:
            return None
        at += 2 if doubled else 1
    return at


def _past_spaces(raw: str, at: int) -> int:
    found = SPACES.match(raw, at)
    return found.end() if found else at
