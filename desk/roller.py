"""The roller: watches the canary that runs, and promotes it, lets it wait, or rolls it back by itself. One worker at a time does it.

Each move is one transaction of `desk.releases` at the revision that was read: a roller that dies, or two that meet, leave one stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from desk.cases import stamp
from desk.casework import Asked
from domain.access import ApiKey, Scope
from domain.errors import Conflict, Forbidden, NotFound, StaleObject
from domain.failpoints import failpoint
from domain.policy_life import Release, Stage
from domain.ports import Clock
from domain.rollout_views import RolloutOutcomes
from policies.rollouts.experiment import experiment_report
from policies.rollouts.gates import GateReading
from policies.rollouts.promotion import Move, NextMove, counted_since, next_move, readings
from policies.rollouts.rollout import Plan
from policies.shelf import PolicyShelf

log = structlog.get_logger("maitred.roller")

ROLLER = ApiKey(id="roller", name="roller", scopes=(Scope.POLICIES_WRITE, Scope.POLICIES_APPROVE), actor="maitred:roller")


class Rollouts(Protocol):
    """Moves releases; `desk.releases.Releases` is one."""

    async def move(self, name: str, number: int | None, plan: Plan, asked: Asked) -> Release:
        """Go on with a rollout. Raises StaleObject when it is not at the revision that was read."""
        ...

    async def activate(self, name: str, asked: Asked) -> Release:
        """Let the candidate decide for everybody."""
        ...

    async def roll_back(self, name: str, to: int | None, asked: Asked) -> Release:
        """Take the candidate back. With a revision, raises StaleObject when the rollout is not at it."""
        ...


@dataclass(frozen=True)
class Roller:
    """Judges a running rollout by its gates."""

    outcomes: RolloutOutcomes
    rollouts: Rollouts
    policies: PolicyShelf
    clock: Clock

    async def look(self) -> Move | None:
        """One look at the canary that runs; what was done about it. Nothing is asked of the store while none runs."""
        seen = self.policies.release
        if seen is None or seen.candidate is None or seen.stage is not Stage.CANARY:
            return None
        async with self.outcomes.turn_of("roller") as mine:
            if not mine:
                return None
            release = await self.outcomes.release(seen.name)
            if release is None or release.candidate is None or release.stage is not Stage.CANARY:
                return None
            found = next_move(release, await self._readings(release), self.clock.now())
            failpoint("roller-judged")
            await self._do(release, found)
            failpoint("roller-moved")
            return found.move

    async def standing(self, name: str) -> dict[str, Any]:
        """What the gates of a running rollout say, with their figures, and what comes next; empty when none runs."""
        release = await self.outcomes.release(name)
        if release is None or release.candidate is None or release.started_at is None:
            return {"gates": [], "next": None, "counted_since": None, "agreement": None}
        read = await self._readings(release)
        found = next_move(release, read, self.clock.now())
        pair = (release.candidate, release.active) if release.stage is Stage.CANARY else (release.active, release.candidate)
        agreed, compared = await self.outcomes.agreement(*pair, release.started_at)
        return {
            "gates": [{**one.gate.model_dump(mode="json"), **one.model_dump(mode="json", exclude={"gate"})} for one in read],
            "next": {"move": found.move, "percent": found.percent or None, "because": found.because},
            "counted_since": stamp(counted_since(release)),
            "agreement": {"agrees": agreed, "compared": compared},
        }

    async def experiment(self, name: str) -> dict[str, Any]:
        """Outcomes of a canary's two arms, with what can be said of them. Raises NotFound when none runs."""
        release = await self.outcomes.release(name)
        if release is None or release.candidate is None or release.stage is not Stage.CANARY or release.started_at is None:
            raise NotFound(f"No experiment runs with policy {name}: roll a version out as a canary, at 50 % and without steps.")
        counts, means = await self.outcomes.experiment(release.active, release.candidate, release.started_at)
        return {
            "policy": name,
            "active": release.active,
            "candidate": release.candidate,
            "percent": release.percent,
            "since": stamp(release.started_at),
            "metrics": experiment_report(release.active, release.candidate, counts, means),
        }

    async def _readings(self, release: Release) -> list[GateReading]:
        since = counted_since(release)
        highest = max(self.policies.live.active.tiers, key=lambda tier: tier.rank).id
        return readings(release, await self.outcomes.counts(release, since), highest) if since else []

    async def _do(self, release: Release, found: NextMove) -> None:
        if found.move is Move.WAIT:
            return
        asked = Asked(ROLLER, release.revision, "", found.because)
        try:
            if found.move is Move.ROLL_BACK:
                await self.rollouts.roll_back(release.name, None, asked)
            elif found.move is Move.PROMOTE:
                await self.rollouts.move(release.name, None, Plan(stage=Stage.CANARY, percent=found.percent), asked)
            else:
                await self.rollouts.activate(release.name, asked)
        except (StaleObject, Conflict, Forbidden) as error:  # somebody was first, or an approval lapsed meanwhile
            log.warning("rollout not moved", policy=release.name, move=found.move, reason=error.message)
        else:
            log.warning("rollout moved", policy=release.name, move=found.move, percent=found.percent, because=found.because)
