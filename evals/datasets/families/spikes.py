"""Spikes: everybody of one desk, of several, or of all is busy, and the case must still reach somebody who may have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.facts import Region
from evals.case import EvalCase
from evals.datasets.families.scene import CHANNELS, TIERS, Scene, numbered, standing_of, texts, writer
from evals.house import Changes
from tools.world.names import chance

DESKS = ("core", "senior", "security", "legal", "finance", "care")
FULL = {
    "the core desk is full": ("core",),
    "the senior desk is full": ("senior",),
    "the specialists are full": ("security", "legal", "finance", "care"),
    "all but the core desk are full": DESKS[1:],
    "all but the senior desk are full": ("core", *DESKS[2:]),
    "every desk is full": DESKS,
}
OVER = 1.2
"""Cases that a full desk holds, in shares of what it can hold."""


def cases(seed: int, count: int) -> list[EvalCase]:
    """`count` of them, always the same ones for the same seed."""
    return numbered("spikes", seed, _scenes(seed), count)


def _scenes(seed: int) -> Iterator[Scene]:
    rng = chance(f"{seed}-spikes")
    kinds = list(FULL)
    while True:
        for place, text in enumerate(rng.sample(texts(), len(texts()))):
            one = writer(rng, TIERS[place % len(TIERS)], text.meaning)
            kind = kinds[place % len(kinds)]
            changes = Changes(load=_load(one.client.region, FULL[kind], rng.randint(6, 12)))
            yield Scene(
                messages=[one.says(text.text, rng.choice(CHANNELS))],
                meaning=text.meaning,
                standing=standing_of(one, changes),
                kind=kind,
                changes=changes,
                group=text.id,
            )


def _load(region: Region, desks: tuple[str, ...], capacity: int) -> dict[str, Any]:
    """Nobody of these desks has a hand free."""
    full = {"available": 0, "open": int(capacity * OVER), "capacity": capacity}
    return {"utilization": 0.97 if len(desks) == len(DESKS) else 0.8, "pools": {f"{region}-{desk}": full for desk in desks}}
