"""The envelope as a lattice: effects only narrow it, in any order, to the same result."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

from domain.decision import Effect, Envelope, Gate, OnExpiry
from domain.facts import Action, Mode
from policies.records import made_of

Word = TypeVar("Word", bound=str)
ACTIONS = tuple(Action)
MODE_ORDER = (Mode.AI, Mode.HYBRID, Mode.HUMAN)


def widest(pools: Iterable[str]) -> Envelope:
    """Everything that a policy knows."""
    return Envelope(modes=MODE_ORDER, pools=tuple(sorted(pools)), model_regions=None, actions=ACTIONS)


def narrowed(start: Envelope, effects: Iterable[Effect]) -> Envelope:
    """`start` after every effect: sets intersect, requirements unite, floors take the maximum."""
    modes, pools, regions = start.modes, set(start.pools), start.model_regions
    forbidden, skills, floor = set[str](), set(start.required_skills), start.priority_floor
    reviews = {strictness(gate): gate for gate in start.reviews}
    for effect in effects:
        if effect.modes is not None and effect.modes != modes:
            modes = _those_in(effect.modes, modes)
        if effect.pools is not None:
            pools &= _as_set(effect.pools)
        if effect.model_regions is not None:
            regions = effect.model_regions if regions is None else _those_in(effect.model_regions, regions)
        if effect.forbid_actions:
            forbidden |= _as_set(effect.forbid_actions)
        if effect.require_skills:
            skills.update(effect.require_skills)
        if effect.priority_floor > floor:
            floor = effect.priority_floor
        if effect.review is not None:
            reviews.setdefault(strictness(effect.review), effect.review)
    parts = {
        "modes": tuple([mode for mode in MODE_ORDER if mode in modes]),
        "pools": tuple(sorted(pools)),
        "model_regions": None if regions is None else tuple(sorted(set(regions))),
        "actions": tuple([action for action in ACTIONS if action in start.actions and action not in forbidden]),
        "required_skills": tuple(sorted(skills)),
        "reviews": tuple([reviews[order] for order in sorted(reviews)]),
        "priority_floor": floor,
    }
    return made_of(Envelope, parts)


def _those_in(asked: tuple[Word, ...], left: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple([one for one in left if one in asked])


@lru_cache(4_096)
def _as_set(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(words)


def strictness(gate: Gate) -> tuple[int, bool, str]:
    """Order of gates, strictest first: the shortest, then the one that escalates. Only equal gates have the same."""
    return gate.within_s, gate.on_expiry is not OnExpiry.ESCALATE, gate.by


def is_within(inner: Envelope, outer: Envelope) -> bool:
    """Whether everything that `inner` allows `outer` allows too, and everything that `outer` asks for `inner` asks for."""
    regions = outer.model_regions is None or (inner.model_regions is not None and set(inner.model_regions) <= set(outer.model_regions))
    return (
        set(inner.modes) <= set(outer.modes)
        and set(inner.pools) <= set(outer.pools)
        and set(inner.actions) <= set(outer.actions)
        and set(inner.required_skills) >= set(outer.required_skills)
        and set(inner.reviews) >= set(outer.reviews)
        and inner.priority_floor >= outer.priority_floor
        and regions
    )


def in_words(effect: Effect) -> str:
    """An effect as a lead reads it: `modes human; require review by lead`."""
    parts = [
        f"modes {', '.join(effect.modes)}" if effect.modes is not None else "",
        f"pools {', '.join(effect.pools) or 'none'}" if effect.pools is not None else "",
        f"model regions {', '.join(effect.model_regions)}" if effect.model_regions is not None else "",
        f"forbid {', '.join(effect.forbid_actions)}" if effect.forbid_actions else "",
        f"require skills {', '.join(effect.require_skills)}" if effect.require_skills else "",
        f"priority at least {effect.priority_floor}" if effect.priority_floor else "",
        f"require review by {effect.review.by}" if effect.review else "",
    ]
    return "; ".join(part for part in parts if part)
