"""Messages made of two or three others, one of them dangerous at most: people write of several things at once, and calibration knows it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from agents.embedded.calibration import DANGER
from agents.embedded.texts import LANGUAGES, Labelled
from domain.facts import Signal

DANGEROUS_SHARE = 0.45
BESIDE = (1, 2)
BORDERS = (" ", " ", "\n")
ENDS = ".!?…"
SEED = 5


@dataclass(frozen=True)
class Joined:
    """A message, the examples that it is made of by their index, and what holds for it."""

    text: str
    of: tuple[int, ...]
    signals: frozenset[Signal]


def joined(examples: Sequence[Labelled], count: int) -> list[Joined]:
    """So many messages, always the same: one of either kind, and one or two other harmless ones of its language before or after it."""
    drawn = random.Random(SEED)  # noqa: S311 - repeatable, no secret
    kinds: dict[tuple[str, bool], list[int]] = {}
    for index, example in enumerate(examples):
        kinds.setdefault((example.language, bool(example.signals & set(DANGER))), []).append(index)
    found: list[Joined] = []
    for _ in range(count):
        language = drawn.choice(LANGUAGES)
        others = drawn.sample(kinds[language, False], 1 + drawn.choice(BESIDE))
        if drawn.random() < DANGEROUS_SHARE:
            others[0] = drawn.choice(kinds[language, True])
        drawn.shuffle(others)
        text = drawn.choice(BORDERS).join(_ended(examples[one].text) for one in others)
        found.append(Joined(text, tuple(others), frozenset[Signal]().union(*(examples[one].signals for one in others))))
    return found


def _ended(text: str) -> str:
    """A text with a full stop, where it has no end."""
    return text if text.rstrip()[-1:] in ENDS else f"{text.rstrip()}."
