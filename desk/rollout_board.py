"""The board of a rollout: what decides, what is tried, and which cases wait for a lead under a version that decides no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desk.cases import stamp
from desk.recalls import beside, outcome
from domain.access import ApiKey
from domain.errors import NotFound
from domain.facts import Region
from domain.policy_life import Release, Stage
from domain.unit_of_work import Store
from domain.waiting import WaitingTurn, WaitingTurns
from policies.engine import CompiledPolicy
from policies.shelf import PolicyShelf

MOST_SHOWN = 50


@dataclass(frozen=True)
class RolloutBoard:
    """Reads a release with all that stands beside it."""

    store: Store
    waiting: WaitingTurns
    policies: PolicyShelf
    region: Region

    async def shown(self, name: str, key: ApiKey) -> dict[str, Any]:
        """The release, the numbers of its versions, and the waiting cases beside what the active version says. Raises NotFound."""
        if not key.sees(self.region, None):
            raise NotFound.said("There are no policies for this key.")
        async with self.store.transaction() as tx:
            release = await tx.releases.get(name)
            if release is None:
                raise NotFound.said("Policy %(name)s decides no live traffic here.", {"name": name})
            numbers = {
                role: version.version
                for role in ("active", "previous", "candidate")
                if (digest := getattr(release, role)) and (version := await tx.policies.by_digest(digest))
            }
        total, waiting = await self.waiting.under_others(name, _live(release), region=key.region, client_id=key.client_id, limit=MOST_SHOWN)
        active = await self.policies.have(release.active) if waiting else None
        here = f"/v1/policies/{name}"
        return {
            **release.model_dump(mode="json"),
            "versions": {role: numbers.get(role) for role in ("active", "previous", "candidate")},
            "waiting_total": total,
            "waiting": [_beside_active(one, active) for one in waiting if active is not None],
            "links": {"self": f"{here}/rollout", "policy": here, "history": f"{here}/history"},
        }


def _live(release: Release) -> list[str]:
    canary = release.candidate if release.stage is Stage.CANARY and release.started_at else None
    return [digest for digest in (release.active, canary) if digest]


def _beside_active(one: WaitingTurn, active: CompiledPolicy) -> dict[str, Any]:
    recorded = one.record["routing"]["verdict"]
    return {
        "case_id": one.case_id,
        "turn": one.turn,
        "review_id": one.review_id,
        "due_at": stamp(one.due_at),
        "client_id": one.client_id,
        "region": one.region,
        "decided": outcome(recorded),
        **beside(one.record, recorded, active),
        "links": {"case": f"/v1/cases/{one.case_id}", "review": f"/v1/reviews/{one.review_id}"},
    }
