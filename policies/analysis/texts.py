"""Questions about texts: answered word by word for the words that a policy knows, and left open for all others."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from policies.analysis.logic import Term, conj, disj, is_term
from policies.analysis.space import Space

Question = Callable[[str, str], bool]
ORDERS: dict[str, Question] = {"_<_": operator.lt, "_<=_": operator.le, "_>_": operator.gt, "_>=_": operator.ge}
QUESTIONS: dict[str, Question] = {
    "contains": lambda text, part: part in text,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "matches": lambda text, pattern: re.search(pattern.replace("$", r"\Z"), text) is not None,
}


class Texts:
    """Texts are numbers of words."""

    def __init__(self, space: Space) -> None:
        self._space = space

    def ordered(self, name: str, one: Term, other: Term) -> Term:
        """`<` and its like; texts are ordered by their characters."""
        return self._answered(name, ORDERS[name], one, other)

    def asked(self, name: str, one: Term, other: Term) -> Term:
        """`contains`, `startsWith`, `endsWith`, `matches`."""
        return self._answered(name, QUESTIONS[name], one, other)

    def _answered(self, name: str, question: Question, one: Term, other: Term) -> Term:
        if not is_term(one) and not is_term(other):
            return question(self._word(one), self._word(other))
        if is_term(one) and is_term(other):
            return self._space.function(name, (one, other), "bool")
        text, asked = (one, self._word(other)) if is_term(one) else (other, self._word(one))
        fits = [code for code, word in enumerate(self._space.words) if (question(word, asked) if is_term(one) else question(asked, word))]
        side = f"{name} {asked!r}" if is_term(one) else f"{asked!r} {name}"
        left_open = self._space.function(side, (text,), "bool")
        return disj((*(text == code for code in fits), conj((text >= self._space.words.known, left_open))))

    def _word(self, code: int) -> str:
        return self._space.words.word(code, "")
