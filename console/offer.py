"""What a ruling may choose from: every member of the policy, what forbids it, and the people that a case can go to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.access import ApiKey
from domain.facts import Action, Mode
from domain.views import part
from policies.engine import CompiledPolicy

MOST_PEOPLE = 500
"""Of all pools together: more than that nobody looks through in a list."""


@dataclass(frozen=True)
class Option:
    """One member, and whether the envelope still holds it."""

    value: str
    allowed: bool
    freed_by: tuple[str, ...] = ()
    """Guards that the visitor may suspend to have it, when these alone forbid it."""
    because: str = ""
    """Why it is forbidden."""

    @property
    def open(self) -> bool:
        """Whether a ruling of the visitor can choose it."""
        return self.allowed or bool(self.freed_by)


@dataclass(frozen=True)
class Seat:
    """A person in a pool, as somebody to give the case to."""

    id: str
    name: str
    open: int
    capacity: int
    on_shift: bool
    languages: tuple[str, ...]
    speaks: bool
    """The client's language."""
    skilled: bool
    """Has every skill that the route asks for."""

    @property
    def rank(self) -> tuple[bool, bool, bool, float, str]:
        """Who fits best comes first: free, skilled, of the client's language, and the least busy."""
        free = self.on_shift and self.open < self.capacity
        return not free, not self.skilled, not self.speaks, self.open / max(1, self.capacity), self.name


@dataclass(frozen=True)
class Offer:
    """All choices of one review for one visitor."""

    modes: tuple[Option, ...]
    pools: tuple[Option, ...]
    actions: tuple[Option, ...]
    skills: tuple[str, ...]
    required: tuple[str, ...]
    """Skills that guards ask for."""
    overridable: dict[str, str]
    """Guards that the visitor may suspend, with the role for it."""
    seats: dict[str, list[Seat]] = field(default_factory=dict[str, list[Seat]])
    """Who works in each open pool."""


def offer_of(policy: CompiledPolicy, record: Mapping[str, Any], key: ApiKey, people: Iterable[Mapping[str, Any]] = ()) -> Offer:
    """What the recorded verdict leaves open; guards that read a wish that nobody made yet speak when it is made."""
    verdict = part(record, "routing", "verdict")
    envelope, route = part(verdict, "envelope"), part(verdict, "route")
    overridable = {rule.id: rule.override.role for rule in policy.document.guards if rule.override and key.holds(rule.override.role)}

    def options(values: Iterable[str], name: str, forbids: Callable[[dict[str, Any], str], bool]) -> tuple[Option, ...]:
        return tuple(_option(value, value in envelope[name], verdict["guards"], forbids, overridable) for value in values)

    pools = options(sorted(policy.pools), "pools", lambda effect, value: effect.get("pools") is not None and value not in effect["pools"])
    language = part(record, "triage", "read").get("language", "en")
    required = tuple(envelope["required_skills"])
    known = {skill for pool in pools if pool.open for skill in policy.pools[pool.value].skills}
    return Offer(
        modes=options(
            [mode.value for mode in Mode], "modes", lambda effect, value: effect.get("modes") is not None and value not in effect["modes"]
        ),
        pools=pools,
        actions=options(
            [action.value for action in Action], "actions", lambda effect, value: value in (effect.get("forbid_actions") or ())
        ),
        skills=tuple(sorted(known | set(route["skills"]) | set(required))),
        required=required,
        overridable=overridable,
        seats=_seats([pool.value for pool in pools if pool.open], people, key, language, {*route["skills"], *required}),
    )


def _option(
    value: str,
    allowed: bool,
    guards: Iterable[dict[str, Any]],
    forbids: Callable[[dict[str, Any], str], bool],
    overridable: Mapping[str, str],
) -> Option:
    blamed = [guard for guard in guards if forbids(guard["effect"], value)]
    names = tuple(guard["id"] for guard in blamed)
    freed = names if not allowed and names and all(name in overridable for name in names) else ()
    return Option(value, allowed, freed, "" if allowed or not blamed else blamed[0]["because"])


def _seats(
    pools: Iterable[str], people: Iterable[Mapping[str, Any]], key: ApiKey, language: str, skills: set[str]
) -> dict[str, list[Seat]]:
    found: dict[str, list[Seat]] = {pool: [] for pool in pools}
    for one in list(people)[:MOST_PEOPLE]:
        if key.region not in (None, one["region"]):
            continue
        seat = Seat(
            id=one["id"],
            name=one["name"],
            open=one["open"],
            capacity=one["capacity"],
            on_shift=one["on_shift"],
            languages=tuple(one["languages"]),
            speaks=language in one["languages"],
            skilled=skills <= set(one["skills"]),
        )
        for pool in one["pools"]:
            if pool in found:
                found[pool].append(seat)
    return {pool: sorted(seats, key=lambda seat: seat.rank) for pool, seats in found.items()}
