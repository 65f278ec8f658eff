"""Words that a fact can never be: CEL compares unlike things without a murmur, and the guard would never fire."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from policies.language.vocabulary import Fact, vocabulary

WORD = r"\"([^\"\\]*)\"|'([^'\\]*)'"
AFTER = re.compile(rf"\s*(?:==|!=)\s*(?:{WORD})")
AFTER_IN = re.compile(r"\s*in\s*(\[[^\[\]]*\])")
BEFORE = re.compile(rf"(?:{WORD})\s*(==|!=|in)\s*$")


def impossible_words(source: str, path: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """(column, reason) of every word that the fact at source[start:end] is compared with and can never be."""
    fact = vocabulary().get(path)
    if fact is None:
        return
    if fact.kind.startswith("list") and AFTER.match(source, end):
        yield end, f'`{path}` is a list and never equals one word; write `"word" in {path}`'
    for column, word in _compared(source, fact, start, end):
        if not fact.kind.endswith("string"):
            yield column, f"`{path}` is of type {fact.kind} and is never {word!r}"
        elif fact.values and word not in fact.values:
            close = difflib.get_close_matches(word, fact.values, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(fact.values)}"
            yield column, f"`{path}` is never {word!r}; {hint}"


def _compared(source: str, fact: Fact, start: int, end: int) -> Iterator[tuple[int, str]]:
    is_list = fact.kind.startswith("list")
    if not is_list and (found := AFTER.match(source, end)):
        yield end, _text(found)
    if not is_list and (among := AFTER_IN.match(source, end)):
        yield from ((among.start(1) + word.start(), _text(word)) for word in re.finditer(WORD, among[1]))
    before = BEFORE.search(source, 0, start)
    if before and (before[3] == "in") == is_list:
        yield before.start(), _text(before)


def _text(found: re.Match[str]) -> str:
    return next(group for group in found.groups() if group is not None)
