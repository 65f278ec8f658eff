"""What each part of a run costs: the same graph bare, with checkpoints, with Postgres, with both; and policy by itself."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from api.requests import MessageIn
from domain.case import InboundMessage, TurnInput
from domain.facts import neutral_facts
from domain.identifiers import new_id
from graphs.deps import Deps
from graphs.parsed import Parsed
from graphs.routing import build_graph
from graphs.state import fresh_state
from policies.engine import CompiledPolicy
from stores.checkpoints import RedisSaver


class NoStore:
    """A store that keeps nothing: what the graph costs without a database."""

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Any, None]:
        """Every repository call answers None at once."""
        yield Nothing()


class Nothing:
    """Any attribute is itself; any call gives None."""

    def __getattr__(self, name: str) -> Any:
        return self

    async def __call__(self, *_: Any, **__: Any) -> None:
        return None


async def median_ms(do: Callable[[], Awaitable[Any]], times: int) -> float:
    """Median of `times` runs after a tenth of warm-up."""
    for _ in range(times // 10):
        await do()
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        await do()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def policy_ms(policy: CompiledPolicy, times: int = 2_000) -> float:
    """Median of one evaluation, context build included."""
    taken: list[float] = []
    for _ in range(times):
        facts = neutral_facts()
        began = time.perf_counter()
        policy.evaluate(facts, None)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def runner(deps: Deps, saver: RedisSaver | None, body: dict[str, Any]) -> Callable[[], Awaitable[Any]]:
    """One run of the graph for a fresh turn."""
    graph: Any = build_graph(saver)
    message: InboundMessage = MessageIn.model_validate(body).as_message()

    async def run() -> None:
        turn = TurnInput(
            case_id=new_id("case"), turn=1, message_id=uuid.uuid4().hex, message=message, identity=None, received_at=datetime.now(UTC)
        )
        state = fresh_state(turn.model_dump(mode="json"), deps.policies.active().digest, time.time())
        config = {"configurable": {"thread_id": turn.case_id}}
        async for _ in graph.astream(
            state, config, context=replace(deps, parsed=Parsed()), stream_mode="updates", durability="sync" if saver else None
        ):
            pass

    return run


async def measure(deps: Deps, saver: RedisSaver, body: dict[str, Any], times: int = 200) -> dict[str, float]:
    """Milliseconds a run, in process, one after another."""
    bare = replace(deps, store=NoStore())
    return {
        "bare graph": await median_ms(runner(bare, None, body), times),
        "with checkpoints": await median_ms(runner(bare, saver, body), times),
        "with Postgres": await median_ms(runner(deps, None, body), times),
        "with both": await median_ms(runner(deps, saver, body), times),
        "one policy evaluation": policy_ms(deps.policies.active()),
    }
