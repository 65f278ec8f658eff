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
                   acknowledged_at, resolved_at, outcome, created_at, updated_at, heard_at, answered_at)
values ($1, 'email', $1, 'eu', $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13)
"""
MESSAGE = """
insert into messages (id, case_id, turn, inbound, author, body, sent_at, received_at)
values ($1, $2, $3, true, jsonb_build_object('identity', $4::jsonb), '', $5, $5)
"""
TURN = """
insert into turns (case_id, turn, message_id, status, policy_digest, record, request_id, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, '', $7, $7)
"""
DECISION = """
insert into decisions (id, case_id, turn, facts_digest, policy_digest, tier, mode, pool, body, record, decided_at, faulty, overruled)
values ($1, $2, $3, '', $4, $5, $6, 'eu-core', '{}'::bytea, '{}'::bytea, $7, $8, $9)
"""
REVIEW = """
insert into reviews (id, case_id, turn, status, gate, pool, at_stake, opened_at, due_at, sla_due_at, ruling)
values ($1, $1, 1, $2, '{}', 'eu-core', 0, $3, $3, $3, $4)
"""
LEDGER = """
insert into ledger_entries (id, kind, case_id, actor, at, request_id, body, digest) values ($1, $2, $3, 'person:a', $4, '', $5, '')
"""
ITS_OWN = "its own"
"""A client who has no other case."""


@dataclass
class Decided:
    """One case as a test wants it."""

    digest: str = ACTIVE
    client: str | None = ITS_OWN
    identified: bool = True
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
        client = f"client_of_{case_id}" if one.client == ITS_OWN else one.client
        decided = one.turn_status != "waiting"
        acknowledged = one.at + timedelta(seconds=one.first_response_s) if one.first_response_s is not None else None
        due = one.at + timedelta(seconds=-1 if one.late else one.due_s)
        heard = one.at + timedelta(seconds=one.answered_s) if one.answered_s is not None else acknowledged
        outcome = {"csat": one.csat} if one.csat else None
        await connection.execute(
            CASE,
            case_id,
            client,
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
            (heard or one.at) if (one.status, one.mode) == ("answered", "ai") else None,
        )
        verdict = {"tier": {"id": one.tier}, "errors": ["x"] * one.faulty, "overruled": one.overruled}
        stopped = {"routing": {"verdict": {**verdict, "route": {"mode": one.proposed or one.mode}}}}
        record = stopped if one.proposed or not decided else None
        await self._turn(connection, one, case_id, 1, client, record)
        if one.ruling or one.reviewed or not decided:
            ruling = {"action": one.ruling} if one.ruling else None
            await connection.execute(REVIEW, case_id, "ruled" if one.ruling else "open", one.at, ruling)
        if one.transferred_to:
            body = orjson.dumps({"data": {"to": {"mode": one.transferred_to}}})
            await connection.execute(LEDGER, f"ent_t{case_id}", "case.transferred", case_id, one.at, body)
        kinds = ["case.resolved"] * (one.resolved or one.reopened) + ["case.reopened"] * one.reopened
        for kind in kinds:
            await connection.execute(LEDGER, f"ent_{kind}_{case_id}", kind, case_id, one.at, b"{}")
        return case_id

    async def write_again(self, case_id: str, turn: int, one: Decided) -> None:
        """The client of a case writes again, and that is decided too."""
        async with self.database.connection() as connection:
            client = await connection.fetchval("select client_id from cases where id = $1", case_id)
            await connection.execute(LEDGER, f"ent_m{turn}{case_id}", "message.received", case_id, one.at, b"{}")
            await self._turn(connection, one, case_id, turn, client, None)
            await connection.execute(
                "update cases set decision_id = $2, last_turn = $3, resolved_at = null where id = $1",
                case_id,
                _decision(case_id, turn),
                turn,
            )

    async def _turn(self, connection: Any, one: Decided, case_id: str, turn: int, client: str | None, record: Any) -> None:
        message = f"msg_{case_id}_{turn}"
        identity = {"client_id": client} if client and one.identified else None
        await connection.execute(MESSAGE, message, case_id, turn, identity, one.at)
        await connection.execute(TURN, case_id, turn, message, one.turn_status, one.digest, record, one.at)
        if one.turn_status != "waiting":
            told = (case_id, turn, one.digest, one.tier, one.mode, one.at, one.faulty, one.overruled)
            await connection.execute(DECISION, _decision(case_id, turn), *told)


def _decision(case_id: str, turn: int) -> str:
    return f"dec_{case_id}" if turn == 1 else f"dec_{case_id}_{turn}"


def release(stage: Stage = Stage.CANARY, **changes: Any) -> Release:
    """A running rollout of the candidate."""
    given: dict[str, Any] = {"percent": 10.0, "started_at": BEGAN, "step_at": BEGAN, "updated_at": BEGAN, **changes}
    return Release(name=NAME, active=ACTIVE, candidate=CANDIDATE, stage=stage, salt="s", **given)
