"""Values of a fact at which a condition may turn, taken from the literals that stand in it."""

from __future__ import annotations

import re
from typing import Any

from policies.expressions import STRING
from policies.language.vocabulary import Fact, vocabulary

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
STEP = 0.01
"""How far beside a number with a fraction its neighbours are taken: a cent, a hundredth of a share."""
OTHER_WORD = "other"


def values_at(path: str, source: str) -> list[Any]:
    """Values of the fact at `path`; empty for what is no single fact. Some may lie outside the fact's bounds."""
    fact = vocabulary().get(path)
    if fact is None:
        return []
    if fact.kind == "bool":
        return [True, False]
    if fact.kind in ("int", "double"):
        return _numbers(fact, source)
    if fact.kind == "string":
        return _words(fact, source)
    if fact.kind.startswith("list"):
        words = _words(fact, source)[:-1]
        return [[], *([word] for word in words), *([words] if len(words) > 1 else [])]
    return []


def literals_in(source: str) -> tuple[list[str], list[float]]:
    """(words, numbers) that stand in an expression, in order and each once."""
    words = dict.fromkeys(match[0].lstrip("r")[1:-1] for match in STRING.finditer(source))
    numbers = dict.fromkeys(float(match[0]) for match in NUMBER.finditer(STRING.sub('""', source)))
    return list(words), list(numbers)


def _numbers(fact: Fact, source: str) -> list[Any]:
    whole = fact.kind == "int"
    step = 1.0 if whole else STEP
    found: dict[Any, None] = {}
    for literal in literals_in(source)[1] or [0.0]:
        for value in (literal, literal - step, literal + step):
            found[int(value) if whole else round(value, 6)] = None
    return list(found)


def _words(fact: Fact, source: str) -> list[str]:
    """The words of the expression that the fact can be, and last one more that is none of them."""
    words = [word for word in literals_in(source)[0] if not fact.values or word in fact.values]
    return [*words, next((value for value in fact.values if value not in words), OTHER_WORD)]
