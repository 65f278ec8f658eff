"""Candidates that say nearly the same: they are linked, so that one text asked twice does not count as two."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.eval_candidate import Candidate
from evals.production.folding import words_of

SHINGLE = 3
"""Words that follow each other."""
NEAR = 0.8
"""Jaccard similarity from which two texts are nearly the same (Broder, Compression and Complexity of Sequences, 1997)."""
BANDS, ROWS = 32, 4
"""Of the signatures: texts that are 0.8 alike meet in some band with a chance of 1 - (1 - 0.8^4)^32, all but one in ten million."""
PRIME = (1 << 31) - 1
"""A product of two numbers below it fits into 64 bits."""


@dataclass(frozen=True)
class Near:
    """Another candidate, and how alike its words are."""

    id: str
    likeness: float


def texts_of(candidate: Candidate) -> str:
    """What is compared: the messages alone."""
    return "\n".join(str(message["text"]) for message in candidate.input.get("messages", ()))


def shingles(text: str) -> frozenset[int]:
    """Every three words that follow each other, in one form, as numbers; all words of a shorter text."""
    words = words_of(text)
    rows = [words[at : at + SHINGLE] for at in range(max(1, len(words) - SHINGLE + 1))]
    return frozenset(int.from_bytes(hashlib.blake2b(" ".join(row).encode(), digest_size=7).digest()) for row in rows if row)


def likeness(one: frozenset[int], other: frozenset[int]) -> float:
    """Jaccard similarity: shared shingles over all; two empty texts are alike."""
    return len(one & other) / len(one | other) if one or other else 1.0


def near_duplicates(texts: Mapping[str, str], least: float = NEAR) -> dict[str, tuple[Near, ...]]:
    """For every text the others that are nearly the same, most alike first; found by signatures, then measured exactly."""
    sets = {name: shingles(text) for name, text in texts.items()}
    found: dict[str, list[Near]] = {name: [] for name in texts}
    for one, other in sorted(_suspects(sets)):
        alike = likeness(sets[one], sets[other])
        if alike >= least:
            found[one].append(Near(other, alike))
            found[other].append(Near(one, alike))
    return {name: tuple(sorted(near, key=lambda one: (-one.likeness, one.id))) for name, near in found.items()}


def groups(near: Mapping[str, Sequence[Near]]) -> dict[str, str]:
    """The group of every text: the first id, in order, of all that it is linked with over any number of steps."""
    group: dict[str, str] = {}
    for name in sorted(near):
        waiting = [name] if name not in group else []
        while waiting:
            one = waiting.pop()
            if one not in group:
                group[one] = name
                waiting.extend(link.id for link in near[one] if link.id in near)
    return group


def _suspects(sets: Mapping[str, frozenset[int]]) -> set[tuple[str, str]]:
    """Pairs that share a band of their MinHash signatures."""
    chance = np.random.default_rng(1)
    factors = chance.integers(1, PRIME, size=(BANDS * ROWS, 2), dtype=np.uint64)
    buckets: dict[tuple[int, tuple[int, ...]], list[str]] = {}
    for name, members in sets.items():
        signature = _signature(members, factors)
        for band in range(BANDS):
            buckets.setdefault((band, signature[band * ROWS : (band + 1) * ROWS]), []).append(name)
    return {(one, other) for names in buckets.values() for one, other in _pairs(names)}


def _signature(members: frozenset[int], factors: NDArray[np.uint64]) -> tuple[int, ...]:
    """The least value of each hash function over the members."""
    if not members:
        return (0,) * len(factors)
    numbers = np.fromiter((member % PRIME for member in members), dtype=np.uint64, count=len(members))
    return tuple(((factors[:, :1] * numbers + factors[:, 1:]) % np.uint64(PRIME)).min(axis=1).tolist())


def _pairs(names: Sequence[str]) -> Iterable[tuple[str, str]]:
    ordered = sorted(names)
    return ((one, other) for at, one in enumerate(ordered) for other in ordered[at + 1 :])
