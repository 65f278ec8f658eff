"""The checkpoint saver under a real graph: fenced writes, nothing without an end, nothing that nobody uses."""

from __future__ import annotations

import asyncio
import operator
import os
import signal
from typing import Annotated, Any, TypedDict

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from redis.crc import key_slot

from domain.errors import LeaseLost, StoreUnavailable
from runtime.embedded import EmbeddedStack
from stores.checkpoints import RedisSaver
from stores.keyspace import checkpoints_key, fence_key, lease_key, namespaces_key, thread_of, writes_key
from stores.leases import RedisLeases
from stores.redis import Redis

TTL_S = 3600
THREAD = "case_01"
ODD_IDS = ["", "%", "*", "?[a-z]", "{braces}", "}", "a}:ns", "with:colon", "Straße 🙂", "two\nlines", "back\\slash", "nul\x00", "a b"]


class Steps(TypedDict):
    """What the test's graph remembers."""

    seen: Annotated[list[str], operator.add]
    answer: str


def graph_of(saver: RedisSaver) -> Any:
    """first -> ask (stops for a person) -> last."""

    def first(_: Steps) -> dict[str, Any]:
        return {"seen": ["first"]}

    def ask(_: Steps) -> dict[str, Any]:
        return {"seen": ["ask"], "answer": interrupt("may I?")}

    def last(_: Steps) -> dict[str, Any]:
        return {"seen": ["last"]}

    builder: Any = StateGraph(Steps)
    builder.add_node("first", first).add_node("ask", ask).add_node("last", last)
    builder.add_edge(START, "first").add_edge("first", "ask").add_edge("ask", "last").add_edge("last", END)
    return builder.compile(checkpointer=saver)


def config_of(thread_id: str = THREAD, token: str | None = None) -> RunnableConfig:
    fenced = {"lease_token": token} if token else {}
    return {"configurable": {"thread_id": thread_id, **fenced}}


async def everything(redis: Redis) -> dict[bytes, Any]:
    """All keys with what is in them."""
    commands = {b"hash": "HGETALL", b"set": "SMEMBERS", b"string": "GET"}
    return {key: await redis.call(commands[await redis.call("TYPE", key)], key) for key in await redis.call("KEYS", "*")}


async def values_stored_and_used(redis: Redis) -> tuple[set[bytes], set[bytes]]:
    """Names of the value fields there are, and of those that some checkpoint uses."""
    stored, used = set[bytes](), set[bytes]()
    for key in await redis.call("KEYS", "*:cp:*"):
        for field in await redis.call("HKEYS", key):
            if field.startswith(b"b:"):
                stored.add(field)
            elif field.startswith(b"m:"):
                used |= set((await redis.call("HGET", key, field)).split(b"\n"))
    return stored, used & stored


@pytest.fixture
def saver(redis: Redis) -> RedisSaver:
    return RedisSaver(redis, TTL_S)


async def test_a_run_stops_for_a_person_and_another_worker_resumes_it(redis: Redis, saver: RedisSaver) -> None:
    stopped = await graph_of(saver).ainvoke({"seen": []}, config_of())
    assert stopped["__interrupt__"][0].value == "may I?"
    done = await graph_of(RedisSaver(redis, TTL_S)).ainvoke(Command(resume="yes"), config_of())
    assert done == {"seen": ["first", "ask", "last"], "answer": "yes"}


async def test_what_a_lone_node_wrote_is_not_stored_twice_and_an_interrupt_still_is(redis: Redis) -> None:
    saver = RedisSaver(redis, TTL_S, lone_nodes=frozenset({"__start__", "first", "ask", "last"}))
    stopped = await graph_of(saver).ainvoke({"seen": []}, config_of())
    assert stopped["__interrupt__"][0].value == "may I?"
    kept = [pair async for one in saver.alist(config_of()) for pair in one.pending_writes or []]
    assert [channel for _, channel, _ in kept] == ["__interrupt__"]
    done = await graph_of(saver).ainvoke(Command(resume="yes"), config_of())
    assert done == {"seen": ["first", "ask", "last"], "answer": "yes"}


async def test_a_late_writer_is_refused_and_changes_nothing(redis: Redis, saver: RedisSaver) -> None:
    leases, graph = RedisLeases(redis, ttl_s=5), graph_of(saver)
    async with leases.hold(THREAD) as lease:
        assert lease is not None
        late = config_of(token=lease.token)
        await graph.ainvoke({"seen": []}, late)
    async with leases.hold(THREAD) as lease:
        assert lease is not None
        before = await everything(redis)
        with pytest.raises(LeaseLost):
            await graph.ainvoke(Command(resume="late"), late)
        newest = await saver.aget_tuple(config_of())
        assert newest is not None
        parts = {**newest.config.get("configurable", {}), **late.get("configurable", {})}
        with pytest.raises(LeaseLost):
            await saver.aput_writes({"configurable": parts}, [("seen", [])], "task")
        assert await everything(redis) == before
        done = await graph.ainvoke(Command(resume="in time"), config_of(token=lease.token))
    assert done["answer"] == "in time"
    await leases.close()


async def test_a_writer_without_its_lease_is_refused_and_one_without_a_token_is_not(saver: RedisSaver) -> None:
    with pytest.raises(LeaseLost):
        await graph_of(saver).ainvoke({"seen": []}, config_of(token="1"))
    await graph_of(saver).ainvoke({"seen": []}, config_of())


async def test_every_key_has_an_end(redis: Redis, saver: RedisSaver) -> None:
    async with RedisLeases(redis, ttl_s=5).hold(THREAD) as lease:
        assert lease is not None
        await graph_of(saver).ainvoke({"seen": []}, config_of(token=lease.token))
        await graph_of(saver).ainvoke(Command(resume="yes"), config_of(token=lease.token))
        await saver.acopy_thread(THREAD, "copy")
        keys = await redis.call("KEYS", "*")
        assert len(keys) > 10
        assert all([await redis.call("TTL", key) >= 0 for key in keys])


async def test_all_keys_of_a_thread_lie_in_one_slot_and_so_does_its_lease(redis: Redis, saver: RedisSaver) -> None:
    for thread_id in ("case_01", "", "{odd}", "}{"):
        await redis.call("FLUSHALL")
        async with RedisLeases(redis, ttl_s=5).hold(thread_id) as lease:
            assert lease is not None
            await graph_of(saver).ainvoke({"seen": []}, config_of(thread_id, lease.token))
            slots = {key_slot(key) for key in await redis.call("KEYS", "*")}
            assert len(slots) == 1


async def test_pruning_collects_values_that_nobody_uses(redis: Redis, saver: RedisSaver) -> None:
    await graph_of(saver).ainvoke({"seen": []}, config_of())
    await graph_of(saver).ainvoke(Command(resume="yes"), config_of())
    before, _ = await values_stored_and_used(redis)
    await saver.aprune([THREAD])
    stored, used = await values_stored_and_used(redis)
    assert stored == used
    assert len(stored) < len(before)
    assert len(await redis.call("KEYS", "*:w:*")) <= 1
    assert (await graph_of(saver).aget_state(config_of())).values == {"seen": ["first", "ask", "last"], "answer": "yes"}
    await saver.aprune([THREAD], strategy="delete")
    assert await everything(redis) == {}


async def test_forgetting_a_run_collects_its_values_and_keeps_the_others(redis: Redis, saver: RedisSaver) -> None:
    graph = graph_of(saver)
    for run_id in ("run1", "run2"):
        await graph.ainvoke({"seen": [run_id]}, {**config_of(), "metadata": {"run_id": run_id}})
        await graph.ainvoke(Command(resume="yes"), {**config_of(), "metadata": {"run_id": run_id}})
    await saver.adelete_for_runs(["run1"])
    stored, used = await values_stored_and_used(redis)
    assert stored == used
    assert {one.metadata.get("run_id") async for one in saver.alist(config_of())} == {"run2"}
    assert "run2" in (await graph.aget_state(config_of())).values["seen"]


async def test_a_flush_in_the_middle_of_a_thread_leaves_an_empty_thread_that_works(redis: Redis, saver: RedisSaver) -> None:
    graph = graph_of(saver)
    await graph.ainvoke({"seen": []}, config_of())
    await redis.call("FLUSHALL")
    assert await saver.aget_tuple(config_of()) is None
    assert (await graph.aget_state(config_of())).values == {}
    assert (await graph.ainvoke({"seen": ["again"]}, config_of()))["seen"] == ["again", "first"]


async def test_a_thread_outlives_a_killed_server(lone_valkey: EmbeddedStack) -> None:
    redis = Redis(lone_valkey.urls.redis_url)
    graph = graph_of(RedisSaver(redis, TTL_S))
    await graph.ainvoke({"seen": []}, config_of())
    await asyncio.sleep(1.1)  # Valkey writes to disk every second
    assert lone_valkey.valkey.process is not None
    os.kill(lone_valkey.valkey.process.pid, signal.SIGKILL)
    assert (await graph.ainvoke(Command(resume="yes"), config_of()))["answer"] == "yes"
    await redis.close()


async def test_a_server_that_stays_away_is_one_kind_of_error(lone_valkey: EmbeddedStack) -> None:
    redis = Redis(lone_valkey.urls.redis_url)
    lone_valkey.stop()
    with pytest.raises(StoreUnavailable):
        await graph_of(RedisSaver(redis, TTL_S)).ainvoke({"seen": []}, config_of())
    await redis.close()
    lone_valkey.start()


async def test_the_graph_within_a_graph_has_a_namespace_of_its_own(redis: Redis, saver: RedisSaver) -> None:
    builder: Any = StateGraph(Steps)
    builder.add_node("inner", graph_of(saver)).add_edge(START, "inner").add_edge("inner", END)
    outer = builder.compile(checkpointer=saver)
    await outer.ainvoke({"seen": []}, config_of())
    namespaces = sorted(await redis.call("SMEMBERS", namespaces_key(THREAD)))
    assert namespaces[0] == b""
    assert namespaces[1].startswith(b"inner:")
    assert (await outer.ainvoke(Command(resume="yes"), config_of()))["answer"] == "yes"
    newest = await saver.aget_tuple(config_of())
    assert newest is not None
    assert newest.checkpoint["channel_values"]["answer"] == "yes"


async def test_odd_thread_ids_stay_apart(redis: Redis, saver: RedisSaver) -> None:
    graph = graph_of(saver)
    for thread_id in ODD_IDS:
        await graph.ainvoke({"seen": [thread_id]}, config_of(thread_id))
    assert {str(_thread(one.config)) async for one in saver.alist(None)} == set(ODD_IDS)
    for number, thread_id in enumerate(ODD_IDS):
        assert (await graph.aget_state(config_of(thread_id))).values["seen"][0] == thread_id
        await saver.adelete_thread(thread_id)
        left = {str(_thread(one.config)) async for one in saver.alist(None)}
        assert left == set(ODD_IDS[number + 1 :])
    assert await everything(redis) == {}


WORDS = st.text(alphabet="ab:{}%*|/\n\U0001f642", max_size=6)


@given(one=st.tuples(WORDS, WORDS, WORDS), other=st.tuples(WORDS, WORDS, WORDS))
@hypothesis_settings(max_examples=500)
def test_keys_of_different_things_are_different(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    def keys_of(thread_id: str, namespace: str, checkpoint_id: str) -> dict[str, tuple[str, ...]]:
        return {
            lease_key(thread_id): ("lease", thread_id),
            fence_key(thread_id): ("fence", thread_id),
            namespaces_key(thread_id): ("ns", thread_id),
            checkpoints_key(thread_id, namespace): ("cp", thread_id, namespace),
            writes_key(thread_id, namespace, checkpoint_id): ("w", thread_id, namespace, checkpoint_id),
        }

    mine, theirs = keys_of(*one), keys_of(*other)
    assert all(mine[key] == theirs[key] for key in set(mine) & set(theirs))
    assert len({key_slot(key.encode()) for key in mine}) == 1
    assert thread_of(namespaces_key(one[0])) == one[0]


async def test_the_newest_checkpoint_is_the_one_with_the_greatest_id(saver: RedisSaver) -> None:
    for identifier in ("2", "3", "1"):
        checkpoint = empty_checkpoint()
        checkpoint["id"] = identifier
        await saver.aput({"configurable": {"thread_id": THREAD, "checkpoint_ns": ""}}, checkpoint, {}, {})
    newest = await saver.aget_tuple(config_of())
    assert newest is not None
    assert newest.checkpoint["id"] == "3"
    assert [one.checkpoint["id"] async for one in saver.alist(config_of())] == ["3", "2", "1"]


async def test_a_channel_with_a_line_break_in_its_name_keeps_its_value(saver: RedisSaver) -> None:
    names = ["a\nb", "a%0Ab", "a%b"]
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {name: name for name in names}
    checkpoint["channel_versions"] = dict.fromkeys(names, "1")
    config: RunnableConfig = {"configurable": {"thread_id": THREAD, "checkpoint_ns": ""}}
    await saver.aput(config, checkpoint, {}, dict.fromkeys(names, "1"))
    found = await saver.aget_tuple(config)
    assert found is not None
    assert found.checkpoint["channel_values"] == {name: name for name in names}


def _thread(config: RunnableConfig) -> str:
    return config.get("configurable", {})["thread_id"]
