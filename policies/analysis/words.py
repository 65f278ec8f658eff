"""Words as numbers: every word that a policy writes has its own, all others share the numbers after them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain.facts import Facts
from policies.analysis.syntax import Node
from policies.language.document import PolicyDocument
from policies.language.vocabulary import vocabulary
from policies.routes import LOCAL

OTHER_LANGUAGES = ("ja", "pt", "it", "nl", "pl", "sv", "ko", "tr")
OTHER_COUNTRIES = ("BR", "CA", "NO", "NZ", "ZA", "MX")


class Words:
    """The table of words. It is complete before the first number is used, since `known` tells the words from the rest."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = tuple(sorted(set(words)))
        self._codes = {word: code for code, word in enumerate(self._words)}

    @property
    def known(self) -> int:
        """How many words have a number of their own."""
        return len(self._words)

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def code(self, word: str) -> int:
        """The number of a word that the table was made with."""
        return self._codes[word]

    def word(self, code: int, path: str) -> str:
        """A word for a number; for the numbers after the known ones, a word that a fact at `path` can be."""
        if 0 <= code < self.known:
            return self._words[code]
        number = code - self.known
        name = path.rpartition(".")[2]
        if name == "currency":
            return "X" + chr(65 + number // 26 % 26) + chr(65 + number % 26)
        pool = OTHER_LANGUAGES if name == "language" else OTHER_COUNTRIES if name == "country" else ()
        free = [word for word in pool if word not in self._codes]
        return free[number] if number < len(free) else f"other {number + 1}"


def words_of(documents: Iterable[PolicyDocument], trees: Iterable[Node]) -> Words:
    """Every word that these policies know: in their expressions, among their names, and in the vocabulary."""
    found: set[str] = {"", LOCAL}
    for fact in vocabulary().values():
        found.update(fact.values)
    for document in documents:
        found.update(document.pools)
        found.update(tier.id for tier in document.tiers)
        found.update(region for guard in document.guards for region in guard.model_regions or ())
        for pool in document.pools.values():
            found.update((*pool.skills, *pool.languages))
    for tree in trees:
        found.update(node.value for node in tree.walk() if node.kind == "constant" and isinstance(node.value, str))
    neutral = Facts().plain
    found.update(str(value) for path in vocabulary() if isinstance(value := _at(neutral, path), str))
    return Words(found)


def is_possible(path: str, word: str) -> bool:
    """Whether a fact (or an element of a list of facts) at `path` can be this word."""
    fact = vocabulary()[path]
    if fact.values:
        return word in fact.values
    if path.endswith("currency"):
        return len(word) == 3 and word.isascii() and word.isupper() and word.isalpha()
    return len(word) <= 500


def _at(plain: object, path: str) -> object:
    for step in path.split("."):
        plain = plain.get(step) if isinstance(plain, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return plain  # pyright: ignore[reportUnknownVariableType]
