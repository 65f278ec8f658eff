"""Recorded decisions by the thousand: the sample company's messages with varied facts, in records as long as real ones."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, cast

import asyncpg
import orjson

from domain.canonical import digest_of
from domain.facts import Signal
from policies.comparison.recorded import RecordedCase
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped
from runtime.sample_cases import cases_of_stream
from tools.world.generator import generate
from tools.world.model import World

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
EVERY = timedelta(seconds=7)
REGIONS = ("eu", "us", "apac")
COLUMNS = ("id", "case_id", "turn", "facts_digest", "policy_digest", "tier", "mode", "pool", "body", "record", "decided_at")
BATCH = 1_000
ARTICLES_FOUND = 6
SEVERAL_TURNS = 5
"""Every so many decisions, a case has a second turn."""


@cache
def world() -> World:
    return generate(today=date(2026, 11, 23))


@cache
def stream_cases() -> list[RecordedCase]:
    """The stream, once through policy's eyes."""
    with ThreadPoolExecutor(1) as other:  # whoever asks may have a loop running
        return other.submit(lambda: asyncio.run(cases_of_stream(world()))).result()


def varied(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """`count` pairs of facts and proposal as plain data: messages of the stream at other times, graver or milder, of other worth."""
    chance, plain = random.Random(seed), [(case.facts.plain, case.proposal) for case in stream_cases()]
    pools = sorted(compile_policy(shipped()).pools)
    for number in range(count):
        facts, proposal = plain[number % len(plain)]
        facts = deepcopy(facts)
        facts["now"] = (BEGAN + EVERY * number).isoformat().replace("+00:00", "Z")
        facts["client"]["region"] = chance.choice(REGIONS)
        facts["value"].update(score=round(chance.random(), 4), at_stake=round(chance.random() ** 4 * 2e6, 2), confidence=0.8)
        facts["value"]["high"] = round(facts["value"]["at_stake"] * 1.2, 2)
        facts["message"].update(severity=chance.randint(1, 5), sentiment=round(chance.uniform(-1, 1), 2), turn=chance.randint(1, 5))
        if chance.random() < 0.2:
            facts["message"]["signals"] = sorted({*facts["message"]["signals"], chance.choice(list(Signal))})
        facts["context"].update(knowledge_score=round(chance.random(), 3), reopened_90d=chance.choice([0, 0, 0, 2]))
        suggested = None if proposal is None or chance.random() < 0.05 else proposal.model_dump(mode="json")
        if suggested:
            suggested.update(confidence=round(chance.random(), 3), mode=chance.choice(["ai", "hybrid", "human"]), pool=chance.choice(pools))
        yield {"facts": facts, "proposal": suggested}


def rows(count: int, policy: CompiledPolicy, seed: int = 1) -> Iterator[tuple[Any, ...]]:
    """Rows of the table of decisions, the oldest first."""
    articles = [article.model_dump(mode="json") for article in world().articles]
    verdicts = [policy.evaluate(case.facts, case.proposal) for case in stream_cases()]
    for number, made_from in enumerate(varied(count, seed)):
        verdict = verdicts[number % len(verdicts)]
        found = {"articles": [articles[(number + next_one) % len(articles)] for next_one in range(ARTICLES_FOUND)]}
        facts_digest = digest_of(made_from["facts"])
        judged = verdict.model_dump(mode="json") | {"facts_digest": facts_digest}
        record = {"context": {"found": found, "facts": {}}, **made_from, "routing": {"verdict": judged}}
        turn = 2 if number % SEVERAL_TURNS == 1 else 1
        case_id = f"case_{number - turn + 1:08d}"
        yield (
            f"dec_{number:08d}",
            case_id,
            turn,
            facts_digest,
            policy.digest,
            verdict.tier.id,
            verdict.route.mode,
            verdict.route.pool,
            orjson.dumps({"verdict": judged}),
            orjson.dumps(record),
            BEGAN + EVERY * number,
        )


async def record_decisions(database_url: str, count: int, policy: CompiledPolicy, seed: int = 1) -> None:
    """Store `count` decisions, as fast as the server takes them; their cases are not stored."""
    connection: Any = await cast(Any, asyncpg).connect(database_url)
    batch: list[tuple[Any, ...]] = []
    try:
        for row in rows(count, policy, seed):
            batch.append(row)
            if len(batch) == BATCH:
                await connection.copy_records_to_table("decisions", records=batch, columns=COLUMNS)
                batch.clear()
        await connection.copy_records_to_table("decisions", records=batch, columns=COLUMNS)
        await connection.execute("analyze decisions")
    finally:
        await connection.close()
