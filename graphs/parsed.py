"""A run's state is plain data, the agents and policy speak in domain words: each part is translated once per run, not once per node."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel

Word = TypeVar("Word", bound=BaseModel)


class Parsed:
    """Remembers, for one run in one process, which plain object stands for which word. A run that is taken up again begins empty."""

    def __init__(self) -> None:
        self._words: dict[tuple[int, type[BaseModel]], tuple[Any, BaseModel]] = {}

    def of(self, word: type[Word], plain: Any) -> Word:
        """`plain` as a `word`. Raises ValidationError when it is none."""
        known = self._words.get((id(plain), word))
        if known is not None and isinstance(known[1], word):
            return known[1]  # `plain` is kept beside it, so its id cannot have been given to another object
        read = word.model_validate(plain)
        self._words[id(plain), word] = (plain, read)
        return read

    def plain(self, word: BaseModel) -> dict[str, Any]:
        """`word` as plain data for the state, and remembered as such."""
        return self.keep(word, word.model_dump(mode="json"))

    def keep(self, word: BaseModel, plain: dict[str, Any]) -> dict[str, Any]:
        """Remember that `plain` stands for `word`, and return `plain`."""
        self._words[id(plain), type(word)] = (plain, word)
        return plain
