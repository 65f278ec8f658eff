"""What about a policy needs a person's eye now: a gate that tripped, a version that a worker cannot use, a rollout that waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from desk.policy_catalog import PolicyCatalog
from desk.roller import ROLLER
from domain.access import ApiKey
from domain.events import Kind
from policies.rollouts.gates import Reading

MOVES = (
    Kind.POLICY_ROLLED_BACK,
    Kind.POLICY_ROLLOUT_PLANNED,
    Kind.POLICY_ROLLOUT_STARTED,
    Kind.POLICY_ACTIVATED,
)
LOOKED_AT = 20
"""Refusals that are looked at: each version of a release has one, however many workers refuse it."""


class Alarming(StrEnum):
    """What kind of alarm."""

    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"
    TRIPPED = "tripped"
    HELD = "held"


@dataclass(frozen=True)
class Alarm:
    """One of them. It stands until the rollout goes on in another way."""

    kind: Alarming
    version: int | None
    because: str
    at: datetime | None = None


@dataclass(frozen=True)
class PolicyAlarms:
    """Finds them in the ledger and in what the gates say."""

    policies: PolicyCatalog

    async def of(self, name: str, key: ApiKey, release: dict[str, Any], standing: dict[str, Any]) -> list[Alarm]:
        """Alarms of a policy, by its release as `RolloutBoard.shown` gives it and the standing that `Roller.standing` gives."""
        numbers = release["versions"]
        refused = await self.policies.story(name, key, None, LOOKED_AT, kinds=(Kind.POLICY_REFUSED,))
        moved = await self.policies.story(name, key, None, 1, kinds=MOVES)
        live = {digest: True for digest in (release["active"], release["candidate"]) if digest}
        found = [
            _told(Alarming.REFUSED, entry) for entry in refused if live.pop(entry["data"]["policy"]["digest"], False)
        ]  # the newest of each version
        if moved and moved[0]["kind"] == Kind.POLICY_ROLLED_BACK and moved[0]["actor"] == ROLLER.actor:
            found.append(_told(Alarming.ROLLED_BACK, moved[0]))
        found += [
            Alarm(Alarming.TRIPPED, numbers["candidate"], one["because"]) for one in standing["gates"] if one["reading"] == Reading.TRIP
        ]
        if release["held_because"]:
            found.append(Alarm(Alarming.HELD, numbers["candidate"], release["held_because"]))
        return found


def _told(kind: Alarming, entry: dict[str, Any]) -> Alarm:
    data = entry["data"]
    return Alarm(kind, data["policy"]["version"], data.get("reason", ""), entry["at"])
