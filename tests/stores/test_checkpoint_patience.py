"""A run's first second is not checkpointed; what lasts longer, stops for a person or is looked at is."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

from domain.errors import LeaseLost, StoreUnavailable
from runtime.embedded import EmbeddedStack
from stores.checkpoint_patience import PatientSaver
from stores.checkpoints import RedisSaver
from stores.keyspace import lease_key
from stores.leases import RedisLeases
from stores.redis import Redis

TTL_S = 3600
THREAD = "case_01"


class Steps(TypedDict):
    """What the test's graph remembers."""

    seen: Annotated[list[str], operator.add]


def graph_of(saver: RedisSaver, *, slow_s: float = 0.0, asks: bool = False) -> Any:
    """first -> second -> third; the second takes its time, or asks a person."""

    async def first(_: Steps) -> dict[str, Any]:
        return {"seen": ["first"]}

    async def second(_: Steps) -> dict[str, Any]:
        await asyncio.sleep(slow_s)
        return {"seen": [interrupt("may I?") if asks else "second"]}

    async def third(_: Steps) -> dict[str, Any]:
        return {"seen": ["third"]}

    builder: Any = StateGraph(Steps)
    builder.add_node("first", first).add_node("second", second).add_node("third", third)
    builder.add_edge(START, "first").add_edge("first", "second").add_edge("second", "third").add_edge("third", END)
    return builder.compile(checkpointer=saver)


def beginning(token: str | None = None) -> RunnableConfig:
    fenced = {"lease_token": token} if token else {}
    return {"configurable": {"thread_id": THREAD, "begins": True, **fenced}}


LATER: RunnableConfig = {"configurable": {"thread_id": THREAD}}


async def keys(redis: Redis) -> list[bytes]:
    return await redis.call("KEYS", "*")


async def commands(redis: Redis) -> int:
    """How many commands the server has run."""
    info = (await redis.call("INFO", "stats")).decode()
    return int(info.split("total_commands_processed:")[1].split()[0])


@asynccontextmanager
async def held_lease(redis: Redis) -> AsyncGenerator[str, None]:
    leases = RedisLeases(redis, ttl_s=5)
    async with leases.hold(THREAD) as lease:
        assert lease is not None
        yield lease.token
    await leases.close()


async def test_a_short_run_asks_nothing_of_the_server_and_leaves_nothing(redis: Redis) -> None:
    saver = PatientSaver(redis, TTL_S, patience_s=30)
    before = await commands(redis)
    done = await graph_of(saver).ainvoke({"seen": []}, beginning(), durability="sync")
    await saver.adelete_thread(THREAD)
    assert await commands(redis) - before <= 1  # the INFO itself
    assert done == {"seen": ["first", "second", "third"]}
    assert await keys(redis) == []


async def test_a_run_that_takes_longer_is_stored_and_another_worker_goes_on(redis: Redis) -> None:
    saver = PatientSaver(redis, TTL_S, patience_s=0.05)
    run = asyncio.create_task(graph_of(saver, slow_s=30).ainvoke({"seen": []}, beginning(), durability="sync"))
    async with asyncio.timeout(20):
        while (state := await graph_of(RedisSaver(redis, TTL_S)).aget_state(LATER)).next != ("second",):
            await asyncio.sleep(0.02)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert (state.values, state.next) == ({"seen": ["first"]}, ("second",))
    done = await graph_of(RedisSaver(redis, TTL_S)).ainvoke(None, LATER)
    assert done == {"seen": ["first", "second", "third"]}


async def test_a_run_that_stops_for_a_person_is_stored_at_once(redis: Redis) -> None:
    saver = PatientSaver(redis, TTL_S, patience_s=30)
    stopped = await graph_of(saver, asks=True).ainvoke({"seen": []}, beginning(), durability="sync")
    assert stopped["__interrupt__"][0].value == "may I?"
    done = await graph_of(RedisSaver(redis, TTL_S), asks=True).ainvoke(Command(resume="yes"), LATER)
    assert done == {"seen": ["first", "yes", "third"]}
    await saver.adelete_thread(THREAD)
    assert await keys(redis) == []


async def test_who_reads_a_thread_finds_what_is_held(redis: Redis) -> None:
    saver = PatientSaver(redis, TTL_S, patience_s=30)
    await graph_of(saver).ainvoke({"seen": []}, beginning(), durability="sync")
    newest = await saver.aget_tuple(LATER)
    assert newest is not None
    assert newest.checkpoint["channel_values"]["seen"] == ["first", "second", "third"]
    assert [one.config async for one in RedisSaver(redis, TTL_S).alist(LATER)] != []


async def test_a_worker_that_was_held_up_past_its_lease_is_refused(redis: Redis) -> None:
    saver = PatientSaver(redis, TTL_S, patience_s=0.3)
    async with held_lease(redis) as token:
        await redis.call("SET", lease_key(THREAD), "another worker's")
        with pytest.raises(LeaseLost):
            await graph_of(saver, slow_s=1.0).ainvoke({"seen": []}, beginning(token), durability="sync")
    assert [key for key in await keys(redis) if b":cp:" in key] == []


async def test_without_patience_every_step_is_stored(redis: Redis) -> None:
    saver = PatientSaver(redis, TTL_S, patience_s=0)
    await graph_of(saver).ainvoke({"seen": []}, beginning(), durability="sync")
    assert len([one async for one in saver.alist(LATER)]) == 5


async def test_a_server_that_is_away_stops_a_run_that_is_to_be_stored(lone_valkey: EmbeddedStack) -> None:
    redis = Redis(lone_valkey.urls.redis_url)
    saver = PatientSaver(redis, TTL_S, patience_s=0.05)
    lone_valkey.stop()
    with pytest.raises(StoreUnavailable):
        await graph_of(saver, slow_s=0.2).ainvoke({"seen": []}, beginning(), durability="sync")
    lone_valkey.start()
    state = await graph_of(saver).aget_state(LATER)
    assert state.values["seen"][0] == "first"
    await redis.close()
