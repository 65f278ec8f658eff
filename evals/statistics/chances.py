"""What chance alone would do: permutations in strata, and many questions asked at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from evals.statistics.intervals import SEED, Floats

Name = TypeVar("Name")
LEVEL = 0.05
DRAWS = 9999
ENOUGH = 20
"""Draws as extreme as what was seen, after which it is certain enough that it is nothing."""
AT_FIRST = 64


def holm(chances: Mapping[Name, float]) -> dict[Name, float]:
    """Chances corrected for being many, to be held against one level (Holm, Scandinavian Journal of Statistics 6, 1979)."""
    corrected: dict[Name, float] = {}
    least = 0.0
    for at, (name, chance) in enumerate(sorted(chances.items(), key=lambda one: one[1])):
        least = max(least, min(1.0, chance * (len(chances) - at)))
        corrected[name] = least
    return {name: corrected[name] for name in chances}


def chance_of_difference(values: Floats, inside: Sequence[bool], strata: Sequence[object], *, two_sided: bool = True) -> float:
    """The chance of a mean inside that lies as far from the mean outside, if within each stratum the places were dealt at random.

    Differences are pooled over strata by Mantel-Haenszel weights (inside x outside / all). Dealing stops early when the answer is plain
    (Besag & Clifford, Biometrika 78, 1991), which costs the chance no honesty.
    """
    blocks = _blocks(values, np.asarray(inside, dtype=bool), strata)
    if not blocks:
        return 1.0
    seen = sum(float((dealt[:count].mean() - dealt[count:].mean()) * weight) for dealt, count, weight in blocks)
    seen = abs(seen) if two_sided else seen
    chance, extreme, drawn = np.random.default_rng(SEED), 0, 0
    while extreme < ENOUGH and drawn < DRAWS:
        many = min(max(AT_FIRST, drawn), DRAWS - drawn)
        pooled = np.zeros(many)
        for block, count, weight in blocks:
            dealt = chance.permuted(np.broadcast_to(block, (many, len(block))), axis=1)
            pooled += (dealt[:, :count].mean(axis=1) - dealt[:, count:].mean(axis=1)) * weight
        extreme += int(((np.abs(pooled) if two_sided else pooled) >= seen * (1 - 1e-12) - 1e-12).sum())
        drawn += many
    return (extreme + 1) / (drawn + 1)


def _blocks(
    values: Floats, inside: np.ndarray[tuple[int], np.dtype[np.bool_]], strata: Sequence[object]
) -> list[tuple[Floats, int, float]]:
    """Of each stratum with both sides: its values, those inside first, how many are inside, and its weight."""
    places: dict[object, list[int]] = {}
    for at, stratum in enumerate(strata):
        places.setdefault(stratum, []).append(at)
    blocks: list[tuple[Floats, int, float]] = []
    for found in places.values():
        one, other = values[found][inside[found]], values[found][~inside[found]]
        if len(one) and len(other):
            blocks.append((np.concatenate([one, other]), len(one), len(one) * len(other) / len(found)))
    whole = sum(weight for _, _, weight in blocks)
    return [(block, count, weight / whole) for block, count, weight in blocks]
