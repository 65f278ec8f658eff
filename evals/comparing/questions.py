"""Many questions asked at once, of which some could not have been answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from evals.statistics.chances import LEVEL, holm

Name = TypeVar("Name")


def corrected(chances: Mapping[Name, float], least: Mapping[Name, float]) -> dict[Name, float]:
    """Chances corrected for being many (Holm), where only those count that could have told anything (Tarone, Biometrics 46, 1990).

    `least` is the smallest chance that each could have come to, given how much changed at all. A metric that changed in five cases cannot
    come below 6 %, whichever way they went: it is no question that chance could have answered.
    """
    asked = list(chances)
    for many in range(1, len(chances) + 1):
        asked = [name for name in chances if least[name] <= LEVEL / many]
        if len(asked) <= many:
            break
    found = holm({name: chances[name] for name in asked})
    return {name: found.get(name, 1.0) for name in chances}
