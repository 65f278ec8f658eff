"""How far two readers agree beyond chance."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from domain.decision import Frozen

RESAMPLES, SEED = 2_000, 1
LOW, HIGH = 0.025, 0.975


class Agreement(Frozen):
    """Cohen's kappa with its 95 % interval, and the plain share of equal grades."""

    kappa: float
    low: float
    high: float
    equal: float
    n: int


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Of pairs of grades; the interval draws pairs (percentile bootstrap, Efron 1979). Raises ValueError without any."""
    if not pairs:
        raise ValueError("there is nothing to agree on")
    chance = random.Random(SEED)  # noqa: S311 - repeatable, no secret
    drawn = sorted(kappa(chance.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    return Agreement(
        kappa=round(kappa(pairs), 4),
        low=round(drawn[int(RESAMPLES * LOW)], 4),
        high=round(drawn[int(RESAMPLES * HIGH) - 1], 4),
        equal=round(sum(one == other for one, other in pairs) / len(pairs), 4),
        n=len(pairs),
    )


def kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """(observed - expected) / (1 - expected) agreement (Cohen 1960); 1 when both give one and the same grade throughout."""
    total = len(pairs)
    observed = sum(one == other for one, other in pairs) / total
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    expected = sum(first[grade] * second[grade] for grade in first) / total**2
    return 1.0 if expected == 1 else (observed - expected) / (1 - expected)
