"""Recalls: what a canary did before its gate stopped it is put before a lead, case by case, beside what the active version would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from desk.cases import stamp
from domain.access import ApiKey
from domain.decision import Proposal, Verdict
from domain.errors import NotFound
from domain.events import Happening, Kind
from domain.facts import Facts
from domain.failpoints import failpoint
from domain.identifiers import derived_id
from domain.policy_life import Release
from domain.ports import Clock
from domain.rollout_views import RecalledCase, RecallQuery, RecallRow, RecallViews
from domain.unit_of_work import Store, Tx
from domain.views import part
from policies.comparison.behaviour import differences
from policies.engine import CompiledPolicy
from policies.shelf import PolicyShelf

BATCH = 500
SERVICE = "maitred:roller"
"""Who recalls what is left, whoever rolled back."""


async def recall(tx: Tx, release: Release, because: str, at: datetime, actor: str) -> None:
    """With the rollback of a running canary by `actor`.

    What it touched is recalled in the same transaction, in the actor's name; what is more than a batch soon after, by the service.
    """
    await tx.recalls.withdraw(release, because, at)
    await _put_before_a_lead(tx, at, {release.candidate: actor})
    failpoint("recalled-in-transaction")


async def _put_before_a_lead(tx: Tx, at: datetime, actors: Mapping[str | None, str] = MappingProxyType({})) -> int:
    found = await tx.recalls.find(BATCH)
    told = ((one, actors.get(one.digest, SERVICE)) for one in found)
    await tx.journal.write(*(_happening(one, Kind.POLICY_CASE_RECALLED, by, at, "", {"because": one.because}) for one, by in told))
    return len(found)


@dataclass(frozen=True)
class Recalls:
    """What leads do with recalled cases."""

    store: Store
    views: RecallViews
    policies: PolicyShelf
    clock: Clock

    async def sweep(self) -> bool:
        """Recall what is left of a large batch, and runs that ended after their version was withdrawn; whether there may be more."""
        async with self.store.transaction() as tx:
            return await _put_before_a_lead(tx, self.clock.now()) == BATCH

    async def some(self, query: RecallQuery) -> list[dict[str, Any]]:
        """Recalled cases, oldest first, each beside what the active version says today of the same facts."""
        active = self.policies.active()
        return [recall_view(row, active) for row in await self.views.recalls(query)]

    async def named(self, query: RecallQuery) -> list[dict[str, Any]]:
        """The same with the clients' names, for people."""
        active = self.policies.active()
        return [{**recall_view(row, active), "client_name": row.client_name} for row in await self.views.recalls(query)]

    async def unseen(self, key: ApiKey) -> dict[str, int]:
        """How many cases of each policy wait for a lead's eye; none for a key of one client."""
        return await self.views.unseen(key.region) if key.client_id is None else {}

    async def see(self, name: str, case_id: str, key: ApiKey, request_id: str) -> list[RecalledCase]:
        """A lead has looked at a case. Saying so twice changes nothing: the first one stays named. Raises NotFound."""
        now = self.clock.now()
        async with self.store.transaction() as tx:
            known = await tx.recalls.of(name, case_id)
            if not known or not all(key.sees(one.region, one.client_id) for one in known):
                raise NotFound(f"Case {case_id} was not recalled from policy {name}.")
            seen = await tx.recalls.see(name, case_id, key.actor, now)
            await tx.journal.write(*(_happening(one, Kind.POLICY_CASE_SEEN, key.actor, now, request_id, {}) for one in seen))
            return await tx.recalls.of(name, case_id)


def recall_view(row: RecallRow, active: CompiledPolicy) -> dict[str, Any]:
    """A recalled case as a lead reads it."""
    one, decision = row.recall, row.decision
    recorded = part(row.record, "routing", "verdict") or part(decision, "verdict")
    return {
        **seen_view(one),
        "status": row.status,
        "waits_for_review": row.waiting,
        "client_id": one.client_id,
        "region": one.region,
        "tier": one.tier,
        "because": one.because,
        "recalled_at": stamp(one.at),
        "decided": {**outcome(recorded), "route": decision["route"] if decision else recorded["route"]},
        **beside(row.record, recorded, active),
        "links": {"case": f"/v1/cases/{one.case_id}", "explanation": f"/v1/cases/{one.case_id}/explanation"},
    }


def seen_view(one: RecalledCase) -> dict[str, Any]:
    """Which turn, and who has looked at it."""
    return {"case_id": one.case_id, "turn": one.turn, "seen_by": one.seen_by, "seen_at": stamp(one.seen_at)}


def beside(record: dict[str, Any], recorded: dict[str, Any], active: CompiledPolicy) -> dict[str, Any]:
    """What the active version says today of the recorded facts, and how that differs from what was said then."""
    proposal = record.get("proposal")
    verdict = active.evaluate(Facts.model_validate(record["facts"]), Proposal.model_validate(proposal) if proposal else None)
    changes = differences(Verdict.model_validate(recorded), verdict)
    return {"active": outcome(verdict.model_dump(mode="json")), "differences": changes}


def outcome(verdict: dict[str, Any]) -> dict[str, Any]:
    """The part of a verdict that two versions are compared by."""
    return {
        "policy": verdict["policy"],
        "tier": verdict["tier"]["id"],
        "route": verdict["route"],
        "review": verdict["review"],
        "guards": [guard["id"] for guard in verdict["guards"]],
    }


def _happening(one: RecalledCase, kind: Kind, actor: str, at: datetime, request_id: str, more: dict[str, Any]) -> Happening:
    told = {"turn": one.turn, "policy": {"name": one.name, "digest": one.digest}, **more}
    return Happening(
        id=derived_id("ent", one.case_id, one.turn, f"{kind}-{one.digest}"),
        kind=kind,
        case_id=one.case_id,
        region=one.region,
        client_id=one.client_id,
        actor=actor,
        at=at,
        request_id=request_id,
        entry=told,
        event={**told, "actor": actor},
    )
