"""What each part of a run costs: the same graph bare, with checkpoints, with Postgres, with both; and policy by itself."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from operator import add
from typing import Annotated, Any, TypedDict

import yaml
from langgraph.graph import END, START, StateGraph

from api.requests import MessageIn
from domain.case import InboundMessage, TurnInput
from domain.facts import neutral_facts
from domain.identifiers import new_id
from graphs.deps import Deps
from graphs.parsed import Parsed
from graphs.routing import READERS, build_graph
from graphs.state import fresh_state, opening_of
from policies.engine import CompiledPolicy, compile_policy
from stores.checkpoints import RedisSaver

GUARDS = (60, 500)


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


def with_guards(policy: CompiledPolicy, count: int) -> CompiledPolicy:
    """The same policy with variants of its guards, no two conditions alike, until it has `count`."""
    text: dict[str, Any] = yaml.safe_load(policy.text)
    guards: list[dict[str, Any]] = text["guards"]
    text["guards"] = [variant(guards[number % len(guards)], number // len(guards)) for number in range(count)]
    return compile_policy(yaml.safe_dump(text, sort_keys=False))


def variant(guard: dict[str, Any], number: int) -> dict[str, Any]:
    """The guard itself, or one with another id and a condition that holds for the same messages of usual length."""
    if number == 0:
        return guard
    condition = f"({guard['when']}) && message.attachments < {1000 + number}"
    return {**deepcopy(guard), "id": f"{guard['id']}-{number}", "when": condition}


def policy_ms(policy: CompiledPolicy, *, digested: bool = False, times: int = 2_000) -> float:
    """Median of one evaluation, context build included; with `digested` the digest of the facts is known, as it is in the second pass."""
    taken: list[float] = []
    for _ in range(times):
        facts = neutral_facts()
        if digested:
            _ = facts.digest
        began = time.perf_counter()
        policy.evaluate(facts, None)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


class Empty(TypedDict):
    """The state of a graph that does nothing."""

    word: Annotated[str, add]


async def nothing(state: Empty) -> dict[str, Any]:
    """A node's share of a run when it has no work."""
    del state
    return {"word": "."}


def empty_graph() -> Callable[[], Awaitable[Any]]:
    """A graph of the same shape and steps whose nodes have no work: what LangGraph itself takes."""
    graph: Any = StateGraph(Empty)
    for name in (*READERS, "route", "decide", "deliver"):
        graph.add_node(name, nothing)
    for reader in READERS:
        graph.add_edge(START, reader)
    graph.add_edge(list(READERS), "route")
    graph.add_edge("route", "decide")
    graph.add_edge("decide", "deliver")
    graph.add_edge("deliver", END)
    compiled: Any = graph.compile()

    async def run() -> None:
        async for _ in compiled.astream({"word": ""}, stream_mode="updates"):
            pass

    return run


def runner(deps: Deps, saver: RedisSaver | None, body: dict[str, Any]) -> Callable[[], Awaitable[Any]]:
    """One run of the graph for a fresh turn."""
    graph: Any = build_graph(saver)
    message: InboundMessage = MessageIn.model_validate(body).as_message()

    async def run() -> None:
        turn = TurnInput(
            case_id=new_id("case"), turn=1, message_id=uuid.uuid4().hex, message=message, identity=None, received_at=datetime.now(UTC)
        )
        state = opening_of(fresh_state(turn.model_dump(mode="json"), deps.policies.active().digest, time.time()))
        config = {"configurable": {"thread_id": turn.case_id, "begins": True}}
        async for _ in graph.astream(
            state, config, context=replace(deps, parsed=Parsed()), stream_mode="updates", durability="sync" if saver else None
        ):
            pass
        if saver is not None:
            await saver.adelete_thread(turn.case_id)

    return run


async def measure(deps: Deps, saver: RedisSaver, body: dict[str, Any], times: int = 200) -> dict[str, float]:
    """Milliseconds a run, in process, one after another."""
    bare, policy = replace(deps, store=NoStore()), deps.policies.active()
    return {
        "empty graph": await median_ms(empty_graph(), times),
        "bare graph": await median_ms(runner(bare, None, body), times),
        "with checkpoints": await median_ms(runner(bare, saver, body), times),
        "with Postgres": await median_ms(runner(deps, None, body), times),
        "with both": await median_ms(runner(deps, saver, body), times),
        "one policy evaluation": policy_ms(policy),
        "one policy evaluation, facts digested": policy_ms(policy, digested=True),
        **{
            f"one policy evaluation, {count} guards, facts digested": policy_ms(with_guards(policy, count), digested=True)
            for count in GUARDS
        },
    }


def shares(parts: dict[str, float], alone_ms: float) -> dict[str, float]:
    """Percent of one `POST` that waits, by part. Checkpoints and Postgres overlap: what both add is split by what each adds alone."""
    both = parts["with both"] - parts["bare graph"]
    checkpoints, postgres = parts["with checkpoints"] - parts["bare graph"], parts["with Postgres"] - parts["bare graph"]
    policy = parts["one policy evaluation"] + parts["one policy evaluation, facts digested"]
    taken = {
        "LangGraph": parts["empty graph"],
        "policy": policy,
        "agents and tools": parts["bare graph"] - parts["empty graph"] - policy,
        "checkpoints": both * checkpoints / (checkpoints + postgres),
        "Postgres": both * postgres / (checkpoints + postgres),
        "HTTP, intake and wait": alone_ms - parts["with both"],
    }
    return {name: 100 * ms / alone_ms for name, ms in taken.items()}
