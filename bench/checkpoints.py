"""What checkpoints cost: runs a second of one small graph without a saver, with LangGraph's in memory, and with ours."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from typing import Annotated, Any, TypedDict

import uvloop
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph

from stores.checkpoints import RedisSaver
from stores.redis import Redis

STEPS = 6
AT_ONCE = 32
RUNS = 320
ROUNDS = 5
TTL_S = 3600


def _latest(_: Any, new: Any) -> Any:
    return new


class State(TypedDict):
    """About as large as the state of a case."""

    facts: Annotated[dict[str, Any], _latest]
    log: Annotated[list[str], _latest]


FACTS = {f"field_{number}": {"value": "x" * 60, "source": "crm", "age_s": number} for number in range(20)}


def _graph(saver: BaseCheckpointSaver[str] | None) -> Any:
    builder: Any = StateGraph(State)
    names = [f"step_{number}" for number in range(STEPS)]
    for name in names:

        async def step(state: State, name: str = name) -> dict[str, Any]:
            return {"facts": {**state["facts"], "last": name}, "log": [*state["log"], name]}

        builder.add_node(name, step)
    for before, after in itertools.pairwise([START, *names, END]):
        builder.add_edge(before, after)
    return builder.compile(checkpointer=saver)


async def _measured(graph: Any, prefix: str) -> tuple[float, float]:
    """(runs a second, CPU milliseconds of this process a run) with AT_ONCE runs side by side."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def run(number: int) -> None:
        async with gate:
            config = {"configurable": {"thread_id": f"{prefix}{number}", "lease_token": ""}}
            await graph.ainvoke({"facts": FACTS, "log": []}, config, durability="sync" if graph.checkpointer else None)

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(run(number) for number in range(RUNS)))
    return RUNS / (time.perf_counter() - began), (time.process_time() - cpu) / RUNS * 1000


async def _measure(redis_url: str) -> dict[str, Any]:
    redis = Redis(redis_url)
    ours = RedisSaver(redis, TTL_S)
    rates: dict[str, list[tuple[float, float]]] = {"no saver": [], "in memory": [], "ours": []}
    for number in range(ROUNDS + 1):
        for name in rates:  # in turns, so that a busy moment of the machine hits all of them
            saver = {"no saver": None, "in memory": InMemorySaver(), "ours": ours}[name]
            found = await _measured(_graph(saver), f"bench{number}-")
            if number:
                rates[name].append(found)
        await ours.aprune([f"bench{number}-{run}" for run in range(RUNS)], strategy="delete")
    await redis.close()
    medians = {name: [statistics.median(column) for column in zip(*found, strict=True)] for name, found in rates.items()}
    puts = STEPS + 2
    return {
        "steps": STEPS,
        "at_once": AT_ONCE,
        "runs_per_s": {name: round(rate) for name, (rate, _) in medians.items()},
        "cpu_ms_per_run": {name: round(cpu, 3) for name, (_, cpu) in medians.items()},
        "our_cpu_ms_per_checkpoint_with_its_writes": round((medians["ours"][1] - medians["no saver"][1]) / puts, 3),
    }


def measure(redis_url: str) -> dict[str, Any]:
    """Medians of some rounds. `redis_url` names a server whose keys `maitred:{bench…}` may be written and deleted."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(redis_url))
