"""Whether cases stand, word for word or nearly so, among the texts that a model learns from or is shown.

What is caught is a copy with small changes, not a paraphrase.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from pydantic import Field

from agents.embedded.normal import folded, normal
from agents.embedded.texts import labelled
from domain.decision import Frozen
from evals.case import EvalCase
from prompts.loader import prompts_in

LETTERS = 5
"""Of a shingle. One changed word in ten costs a text a tenth of its shingles; two texts that were written apart share less than 3 in 4."""
SHORTEST, FEWEST = 20, 4
"""Letters and words below which a text belongs to nobody: `Any news?` and `Chief Technology Officer` may stand anywhere."""
ALIKE = 0.8


class Leak(Frozen):
    """A case whose text stands among the learnt texts."""

    case_id: str
    source: str = Field(description="Where: `training texts en`, `prompt router`.")
    share: float = Field(description="Of the case's shingles that the learnt text holds as well; 1 for a copy.")


class Learnt(NamedTuple):
    """A text that is learnt from, or shown."""

    source: str
    shingles: frozenset[str]


def leaks(cases: Sequence[EvalCase], learnt: Sequence[Learnt]) -> list[Leak]:
    """Cases with a text of which at least four fifths stand in one learnt text, in the order of the cases."""
    sizes: dict[tuple[str, int], int] = {}
    holders: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for case in cases:
        for number, text in enumerate(texts_of(case.input)):
            shingled = shingles(text)
            sizes[case.id, number] = len(shingled)
            for one in shingled:
                holders[one].append((case.id, number))
    worst: dict[str, Leak] = {}
    for source, shingled in learnt:
        held = Counter(place for one in shingled for place in holders.get(one, ()))
        for place, count in held.items():
            share = count / sizes[place]
            if share >= ALIKE and (place[0] not in worst or worst[place[0]].share < share):
                worst[place[0]] = Leak(case_id=place[0], source=source, share=share)
    return [worst[case.id] for case in cases if case.id in worst]


def learnt_texts(model: str | None, prompts: Path | None) -> list[Learnt]:
    """What the embedded model is trained on, and for another model the prompts that it is shown as well."""
    found = [Learnt(f"training texts {one.language}", shingles(one.text, any_length=True)) for one in labelled("train")]
    if model is not None:
        found += [Learnt(f"prompt {name}", shingles(one.template, any_length=True)) for name, one in prompts_in(prompts).items()]
    return found


def texts_of(plain: Any) -> Iterator[str]:
    """Every text in a case's input, at whatever depth."""
    if isinstance(plain, str):
        yield plain
    elif isinstance(plain, Mapping):
        for one in cast("Mapping[str, Any]", plain).values():
            yield from texts_of(one)
    elif isinstance(plain, list | tuple):
        for one in cast("Sequence[Any]", plain):
            yield from texts_of(one)


def shingles(text: str, *, any_length: bool = False) -> frozenset[str]:
    """Every run of five letters, without case, accents, punctuation or hidden writing; none of a text that is too short to be told."""
    plain = "".join(letter if letter.isalnum() else " " for letter in folded(normal(text)))
    words = plain.split()
    joined = " ".join(words)
    told = any_length or (len(joined) >= SHORTEST and len(words) >= FEWEST)
    return frozenset(joined[at : at + LETTERS] for at in range(len(joined) - LETTERS + 1) if told)
