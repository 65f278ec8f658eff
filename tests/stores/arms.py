"""Decided cases of two versions, as rows: what a rollout is judged by."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from domain.policy_life import Release, Stage
from stores.postgres import Database

ACTIVE, CANDIDATE, NAME = "sha256:active", "sha256:candidate", "vip-support"
BEGAN = datetime.now(UTC) - timedelta(hours=1)
CASE = """
insert into cases (id, channel, conversation_id, region, client_id, status, last_turn, tier, decision_id, ack_due_at, resolve_due_at,
                   acknowledged_at, resolved_at, outcome, created_at, updated_at, heard_at)
values ($1, 'email', $1, 'eu', $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12)
"""
TURN = """
insert into turns (case_id, turn, message_id, status, policy_digest, record, request_id, created_at, updated_at)
values ($1, 1, $1, $2, $3, $4, '', $5, $5)
"""
DECISION = """
insert into decisions (id, case_id, turn, facts_digest, policy_digest, tier, mode, pool, body, record, decided_at, faulty, overruled)
values ($1, $2, 1, '', $3, $4, $5, 'eu-core', $6, $7, $8, $9, $10)
"""
REVIEW = """
insert into reviews (id, case_id, turn, status, gate, pool, at_stake, opened_at, due_at, sla_due_at, ruling)
values ($1, $1, 1, $2, '{}', 'eu-core', 0, $3, $3, $3, $4)
"""
LEDGER = """
insert into ledger_entries (id, kind, case_id, actor, at, request_id, body, digest) values ($1, $2, $3, 'person:a', $4, '', $5, '')
"""


@dataclass
class Decided:
    """One case as a test wants it."""

    digest: str = ACTIVE
    client: str | None = None
    tier: str = "standard"
    mode: str = "hybrid"
    proposed: str | None = None
    status: str = "assigned"
    turn_status: str = "done"
    faulty: bool = False
    overruled: bool = False
    ruling: str | None = None
    reviewed: bool = False
    late: bool = False
    due_s: float = 86_400.0
    answered_s: float | None = None
    resolved: bool = False
    first_response_s: float | None = None
    csat: int | None = None
    transferred_to: str | None = None
    reopened: bool = False
    at: datetime = field(default_factory=lambda: BEGAN + timedelta(minutes=1))


class Arms:
    """Writes decided cases into a migrated database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._numbers = itertools.count(1)

    async def versions(self, *digests: str) -> None:
        """Texts that releases and withdrawals can name."""
        async with self.database.connection() as connection:
            for number, digest in enumerate(digests, 1):
                await connection.execute(
                    "insert into policy_versions (digest, name, version, body, created_by) values ($1, $2, $3, '', 'test')",
                    digest,
                    NAME,
                    number,
                )

    async def add(self, *cases: Decided) -> list[str]:
        """Store them and say their ids."""
        async with self.database.connection() as connection:
            return [await self._add(connection, one) for one in cases]

    async def _add(self, connection: Any, one: Decided) -> str:
        case_id = f"case_{next(self._numbers):06}"
        decided = one.turn_status != "waiting"
        acknowledged = one.at + timedelta(seconds=one.first_response_s) if one.first_response_s is not None else None
        due = one.at + timedelta(seconds=-1 if one.late else one.due_s)
        heard = one.at + timedelta(seconds=one.answered_s) if one.answered_s is not None else acknowledged
        outcome = {"csat": one.csat} if one.csat else None
        await connection.execute(
            CASE,
            case_id,
            one.client,
            one.status,
            one.tier,
            f"dec_{case_id}" if decided else None,
            due,
            due,
            acknowledged,
            one.at if one.resolved else None,
            outcome,
            one.at,
            heard,
        )
        verdict = {"tier": {"id": one.tier}, "errors": ["x"] * one.faulty, "overruled": one.overruled}
        stopped = {"routing": {"verdict": {**verdict, "route": {"mode": one.proposed or one.mode}}}}
        record = stopped if one.proposed or not decided else None
        await connection.execute(TURN, case_id, one.turn_status, one.digest, record, one.at)
        if decided:
            await connection.execute(
                DECISION, f"dec_{case_id}", case_id, one.digest, one.tier, one.mode, b"{}", b"{}", one.at, one.faulty, one.overruled
            )
        if one.ruling or one.reviewed or not decided:
            ruling = {"action": one.ruling} if one.ruling else None
            await connection.execute(REVIEW, case_id, "ruled" if one.ruling else "open", one.at, ruling)
        if one.transferred_to:
            body = orjson.dumps({"data": {"to": {"mode": one.transferred_to}}})
            await connection.execute(LEDGER, f"ent_t{case_id}", "case.transferred", case_id, one.at, body)
        if one.reopened:
            await connection.execute(LEDGER, f"ent_r{case_id}", "case.reopened", case_id, one.at, b"{}")
        return case_id


def release(stage: Stage = Stage.CANARY, **changes: Any) -> Release:
    """A running rollout of the candidate."""
    given: dict[str, Any] = {"percent": 10.0, "started_at": BEGAN, "step_at": BEGAN, "updated_at": BEGAN, **changes}
    return Release(name=NAME, active=ACTIVE, candidate=CANDIDATE, stage=stage, salt="s", **given)
