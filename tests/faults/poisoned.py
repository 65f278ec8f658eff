"""A poisoned version as a canary under load: how soon it is taken back, whom it touched, and whether every touched case was recalled.

The version gets past analysis and approval because a test writes its text, standing and approval straight into the tables
(`tests/approved.py`); the rollout itself is asked for over HTTP, as a person would.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from domain.policy_life import Metric
from policies.rollouts.gates import Reading, default_gates, read_gate
from policies.rollouts.proportions import Share, clustered
from runtime.embedded import EmbeddedStack
from runtime.sample import sample_company
from tests.approved import approved
from tests.service import serving
from tools.world.model import World

driver: Any = asyncpg  # its annotations are partial
POLICY = "/v1/policies/vip-support"
PERCENT = 10
CONNECT_TRIES = 6
"""While the only worker left was killed nobody listens: as a client would, it knocks again, for up to a quarter of a minute."""
AT_ONCE = 12
CALM_S = 3.0
ROUNDS = 7
SERVED_WITHIN_S = 2.0
RECALLED_WITHIN_S = 20.0
TOUCHED = """
select t.case_id, t.turn, t.created_at, m.author -> 'identity' ->> 'client_id' as client_id, d.decided_at, d.faulty, d.mode, t.status,
    c.status in ('resolved', 'closed') as over, r.case_id is not null as recalled, l.id is not null as told
from turns t
join cases c on c.id = t.case_id
join messages m on m.id = t.message_id
left join decisions d on d.case_id = t.case_id and d.turn = t.turn
left join policy_recalls r on r.case_id = t.case_id and r.turn = t.turn
left join ledger_entries l on l.case_id = t.case_id and l.kind = 'policy.case_recalled'
where t.policy_digest = $1 order by t.created_at
"""
EVIDENCE = {
    "forbidden": "select min(d.decided_at) from policy_comparisons p join decisions d on d.case_id = p.case_id and d.turn = p.turn "
    "where p.decided_by = $1 and p.forbidden",
    "errors": "select min(t.updated_at) from turns t left join decisions d on d.case_id = t.case_id and d.turn = t.turn "
    "where t.policy_digest = $1 and (d.faulty or jsonb_array_length(t.record #> '{routing,verdict,errors}') > 0)",
}
"""When the first case was stored that a gate could hold against the version."""
ESCALATED = """
select t.policy_digest = $1 as candidate, coalesce(c.client_id, c.id) as client, coalesce(d.decided_at, t.updated_at) as at,
    coalesce(d.mode, t.record #>> '{routing,verdict,route,mode}') = 'human' as escalated
from turns t join cases c on c.id = t.case_id left join decisions d on d.case_id = t.case_id and d.turn = t.turn
where t.policy_digest in ($1, $2) and (d.id is not null or t.status = 'waiting') and coalesce(d.decided_at, t.updated_at) >= $3
order by 3
"""
ROLLED_BACK = """
select at, convert_from(body, 'UTF8')::jsonb #>> '{data,reason}' as reason, actor from ledger_entries
where kind = 'policy.rolled_back' order by index desc limit 1
"""


@dataclass
class Outcome:
    """What became of one poisoned version."""

    because: str = ""
    actor: str = ""
    evidence_to_rollback_s: float = 0.0
    touched: int = 0
    outside: list[str] = field(default_factory=list[str])
    """Cases that it decided and whose clients' buckets lie outside of the canary."""
    late: list[str] = field(default_factory=list[str])
    """Cases that were pinned to it longer after the rollback than workers may take to hear of it."""
    not_recalled: list[str] = field(default_factory=list[str])
    answers: Counter[int] = field(default_factory=Counter[int])


class PoisonedDesk:
    """A service under load, a connection to its tables, and somebody who rolls out what they should not."""

    def __init__(self, http: httpx.AsyncClient, connection: Any, bodies: Sequence[dict[str, Any]]) -> None:
        self.http = http
        self.connection = connection
        self.answers: Counter[int] = Counter()
        self._bodies = bodies
        self._stopping = asyncio.Event()

    async def load(self) -> None:
        """Messages of the sample stream, as fast as they are taken, until stopped."""

        async def post(first: int) -> None:
            number = first
            while not self._stopping.is_set():
                body = self._bodies[number % len(self._bodies)]
                number += AT_ONCE
                mark = uuid.uuid4().hex
                fresh = {**body, "external_id": mark, "conversation_id": mark}
                answer = await self.http.post("/v1/messages", json=fresh, headers={"Prefer": "wait=20"})
                self.answers[answer.status_code] += 1

        await asyncio.gather(*(post(first) for first in range(AT_ONCE)))

    def stop(self) -> None:
        """No more messages."""
        self._stopping.set()

    async def start_canary(self, text: str, **plan: Any) -> dict[str, Any]:
        """Roll a version out that nobody has read; the release row as it then stands."""
        number = await approved(self.connection, text)
        etag = (await self.http.get(f"{POLICY}/rollout")).headers["etag"]
        wanted = {"version": number, "stage": "canary", "percent": PERCENT, "reason": "Nobody has read it.", **plan}
        answer = await self.http.post(f"{POLICY}/rollout", json=wanted, headers={"If-Match": etag})
        assert answer.status_code == 200, answer.text
        return await self.release()

    async def release(self) -> dict[str, Any]:
        """The release's row."""
        return dict(await self.connection.fetchrow("select * from policy_releases where name = 'vip-support'"))

    async def ends(self, metric: str, text: str, within_s: float) -> Outcome:
        """What became of a poisoned version that is rolled out to a tenth of the clients now."""
        self.answers.clear()
        release = await self.start_canary(text)
        if not await until(self._no_candidate, within_s):
            standing = (await self.http.get(f"{POLICY}/rollout")).text
            raise TimeoutError(f"the canary was not taken back within {within_s:.0f} s: {standing}")
        gone = await self.connection.fetchval("select clock_timestamp()")
        await asyncio.sleep(CALM_S)
        return await self._outcome(metric, release, gone)

    async def _no_candidate(self) -> bool:
        return (await self.release())["candidate"] is None

    async def _evidence(self, metric: str, release: dict[str, Any]) -> datetime | None:
        """When the first case was stored that told; of what is told by counting, the case with which the counts told it."""
        if metric in EVIDENCE:
            return await self.connection.fetchval(EVIDENCE[metric], release["candidate"])
        rows = await self.connection.fetch(ESCALATED, release["candidate"], release["active"], release["step_at"])
        return told_by_counting(rows)

    async def _outcome(self, metric: str, release: dict[str, Any], gone: datetime) -> Outcome:
        digest = release["candidate"]
        back = await self.connection.fetchrow(ROLLED_BACK)
        evidence = await self._evidence(metric, release)
        assert evidence is not None, f"the version did no harm that a gate of {metric} could see"

        async def all_recalled() -> bool:
            return not _not_recalled(await self.connection.fetch(TOUCHED, digest))

        await until(all_recalled, RECALLED_WITHIN_S)
        touched = await self.connection.fetch(TOUCHED, digest)
        return Outcome(
            because=back["reason"],
            actor=back["actor"],
            evidence_to_rollback_s=(back["at"] - evidence).total_seconds(),
            touched=len(touched),
            outside=[row["case_id"] for row in touched if not in_canary(release, row["client_id"])],
            late=[row["case_id"] for row in touched if (row["created_at"] - gone).total_seconds() > SERVED_WITHIN_S],
            not_recalled=_not_recalled(touched),
            answers=Counter(self.answers),
        )


def told_by_counting(rows: Sequence[Any]) -> datetime | None:
    """When the default gate would first have tripped, had it been read after every case."""
    gate = next(one for one in default_gates("strategic") if one.metric is Metric.ESCALATIONS)
    arms: dict[bool, dict[str, list[int]]] = {True: {}, False: {}}
    for row in rows:
        client = arms[row["candidate"]].setdefault(row["client"], [0, 0])
        client[0] += row["escalated"]
        client[1] += 1
        if read_gate(gate, _share(arms[True]), _share(arms[False])).reading is Reading.TRIP:
            return row["at"]
    return None


def _share(clients: dict[str, list[int]]) -> Share:
    sums = [(k, n, k * k, n * n, k * n) for k, n in clients.values()]
    hits, cases, hits2, cases2, cross = (sum(column) for column in zip(*sums, strict=True)) if sums else (0,) * 5
    return clustered(hits, cases, len(sums), hits2, cases2, cross)


def _not_recalled(touched: Sequence[Any]) -> list[str]:
    """Touched cases that are not over, and that no lead will be shown or no ledger tells of."""
    open_ones = [row for row in touched if not row["over"] and (row["decided_at"] is not None or row["status"] == "waiting")]
    return [row["case_id"] for row in open_ones if not (row["recalled"] and row["told"])]


def in_canary(release: dict[str, Any], client_id: str | None) -> bool:
    """Whether a client is in the canary, worked out by the documented formula and not by the service's own code."""
    if client_id is None:
        return False
    drawn = hashlib.sha256(f"{release['name']}\x00{release['salt']}\x00{client_id}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") % 10_000 < release["percent"] * 100


def bodies_of(world: World) -> list[dict[str, Any]]:
    """The messages of the sample stream, each sent by one client after another: few clients write the most of it, so that a canary of a
    tenth of them may hold nobody whose cases the poison changes."""
    texts = [item.body for item in world.stream if not item.expect.trick]
    senders = [client.contacts[0].email for client in world.clients if client.contacts]
    return [
        {**texts[number % len(texts)], "sender": {"email": senders[(number + number // len(texts)) % len(senders)]}}
        for number in range(len(texts) * ROUNDS)
    ]


async def until(check: Any, within_s: float) -> bool:
    """Whether `check` came true in time."""
    deadline = time.monotonic() + within_s
    while not await check():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.1)
    return True


@asynccontextmanager
async def poisoned_desk(home: Path, *, loaded: bool = True, **environment: str) -> AsyncGenerator[PoisonedDesk, None]:
    """A fresh service below `home`, under load while inside when wanted."""
    with serving(home, MAITRED_WORKERS="2", **environment) as service:
        connection = await driver.connect(EmbeddedStack(home).urls.database_url)
        headers, limits = {"Authorization": f"Bearer {service.key}"}, httpx.Limits(max_connections=AT_ONCE + 4)
        transport = httpx.AsyncHTTPTransport(retries=CONNECT_TRIES, limits=limits)
        async with httpx.AsyncClient(base_url=service.base_url, headers=headers, timeout=60, transport=transport) as http:
            desk = PoisonedDesk(http, connection, bodies_of(sample_company(home)))
            load = asyncio.create_task(desk.load()) if loaded else None
            try:
                yield desk
            finally:
                desk.stop()
                if load is not None:
                    await load
                await connection.close()
