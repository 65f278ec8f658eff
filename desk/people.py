"""People and pools as the outside sees them: who works where, who is there, and how busy they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.access import ApiKey
from policies.language.document import Pool

Row = dict[str, Any]
"""Somebody of the roster, as `Staff.people` gives them."""


@dataclass(frozen=True)
class AgentSearch:
    """Which people are asked for; what is None narrows nothing."""

    pool: str | None = None
    region: str | None = None
    skill: str | None = None
    language: str | None = None
    on_shift: bool | None = None
    after: str = ""

    def finds(self, person: Row) -> bool:
        """Whether somebody is among them."""
        held = ((self.pool, "pools"), (self.skill, "skills"), (self.language, "languages"))
        return (
            person["id"] > self.after
            and self.region in (None, person["region"])
            and self.on_shift in (None, person["on_shift"])
            and all(wanted is None or wanted in person[name] for wanted, name in held)
        )


def seen_by(key: ApiKey, people: Iterable[Row]) -> list[Row]:
    """The people of the key's region, by id. People work for all clients, so a key of one client sees none."""
    return sorted((one for one in people if key.sees(one["region"], None)), key=lambda one: one["id"])


def is_available(person: Row) -> bool:
    """On shift, with free capacity: whom the desk would give another case."""
    return person["on_shift"] and person["open"] < person["capacity"]


def agent_view(person: Row) -> dict[str, Any]:
    """One person."""
    return {
        "id": person["id"],
        "name": person["name"],
        "email": person["email"],
        "regions": [person["region"]],
        "pools": person["pools"],
        "skills": person["skills"],
        "languages": person["languages"],
        "presence": "on_shift" if person["on_shift"] else "off_shift",
        "shift": person["shift"],
        "timezone": person["timezone"],
        "capacity": person["capacity"],
        "open": person["open"],
        "available": is_available(person),
        "lead": person["lead"],
    }


def pool_view(name: str, pool: Pool, people: Iterable[Row], seen: Sequence[Row]) -> dict[str, Any]:
    """A pool as policy has it, with its load by all `people` of it, and who of those that are `seen` would get a case."""
    mine = [one for one in people if name in one["pools"]]
    return {
        "id": name,
        **pool.model_dump(mode="json"),
        "load": {
            "available": sum(is_available(one) for one in mine),
            "open": sum(one["open"] for one in mine),
            "capacity": sum(one["capacity"] for one in mine if one["on_shift"]),
        },
        "available_agents": [one["id"] for one in seen if name in one["pools"] and is_available(one)],
        "links": {"agents": f"/v1/agents?pool={name}", "cases": f"/v1/cases?pool={name}"},
    }
