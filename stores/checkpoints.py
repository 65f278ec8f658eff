"""Our checkpoint saver for LangGraph on plain Redis or Valkey: one call per write, one per read, fenced by the case's lease."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, NoReturn

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.serde.base import SerializerProtocol
from redis.exceptions import ResponseError

from domain.errors import LeaseLost
from stores.checkpoint_codec import Codec, config_of
from stores.checkpoint_scripts import DELETE, DROP, FENCED, GET, IDS, PUT, PUT_WRITES
from stores.keyspace import EVERY_NAMESPACES_KEY, checkpoints_key, lease_key, namespaces_key, thread_of, writes_key
from stores.redis import Redis, Script

SCAN_COUNT = 500


class RedisSaver(BaseCheckpointSaver[str]):
    """Async only; `config["configurable"]["lease_token"]` makes each write a fenced one."""

    def __init__(
        self, redis: Redis, ttl_s: int, serde: SerializerProtocol | None = None, *, lone_nodes: frozenset[str] = frozenset()
    ) -> None:
        """`lone_nodes` never run beside others: what they wrote stands in the checkpoint that follows at once, and is not stored twice."""
        super().__init__(serde=serde)
        self._redis = redis
        self._ttl_s = ttl_s
        self._lone_nodes = lone_nodes

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that `config` names, or the newest of its thread."""
        thread_id, namespace = _thread(config)
        reply = await self._redis.run(GET, [checkpoints_key(thread_id, namespace)], get_checkpoint_id(config) or "")
        return Codec(self.serde).tuple_of(thread_id, namespace, reply) if reply else None

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Checkpoints, newest first."""
        wanted = get_checkpoint_id(config) if config else None
        bound = get_checkpoint_id(before) if before else None
        found: list[tuple[str, str, str]] = []
        async for thread_id, namespace in self._places(config):
            ids = await self._ids(thread_id, namespace)
            found += [(one, thread_id, namespace) for one in ids if wanted in (None, one) and (bound is None or one < bound)]
        given = 0
        for identifier, thread_id, namespace in sorted(found, reverse=True):
            if limit is not None and given >= limit:
                return
            one = await self.aget_tuple(config_of(thread_id, namespace, identifier))
            if one is None or any(one.metadata.get(name) != value for name, value in (filter or {}).items()):
                continue
            given += 1
            yield one

    async def aput(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, new_versions: ChannelVersions
    ) -> RunnableConfig:
        """Store a checkpoint. Raises LeaseLost when the writer's token is not the lease's any more."""
        thread_id, namespace = _thread(config)
        kept = get_checkpoint_metadata(config, metadata)
        for ours in ("lease_token", "begins"):
            kept.pop(ours, None)  # LangGraph copies what stands in `configurable`
        fields = Codec(self.serde).fields(checkpoint, kept, get_checkpoint_id(config), new_versions)
        await self._write(PUT, config, checkpoints_key(thread_id, namespace), namespace, checkpoint["id"], *fields)
        return config_of(thread_id, namespace, checkpoint["id"])

    async def aput_writes(self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = "") -> None:
        """Store a task's writes; those of a repeated task are left as they are, special ones (errors, interrupts) replaced."""
        kind = "replace" if all(channel in WRITES_IDX_MAP for channel, _ in writes) else "once"
        if kind == "once" and task_path.rpartition(", ")[2] in self._lone_nodes:
            return
        thread_id, namespace = _thread(config)
        key = writes_key(thread_id, namespace, get_checkpoint_id(config) or "")
        await self._write(PUT_WRITES, config, key, kind, *Codec(self.serde).writes(writes, task_id, task_path))

    async def adelete_thread(self, thread_id: str) -> None:
        """Forget a thread: one call, and one more for each namespace of a subgraph."""
        others = await self._forget(thread_id, "")
        for namespace in others:
            await self._forget(thread_id, namespace)

    async def adelete_for_runs(self, run_ids: Iterable[str]) -> None:
        """Forget the checkpoints of some runs, with the values that only they used."""
        runs = set(run_ids)
        async for thread_id, namespace in self._places(None):
            config: RunnableConfig = {"configurable": {"thread_id": thread_id, "checkpoint_ns": namespace}}
            doomed = [_id(one) async for one in self.alist(config) if one.metadata.get("run_id") in runs]
            await self._drop(thread_id, namespace, doomed)

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Make the target thread a copy of the source."""
        await self.adelete_thread(target_thread_id)
        for namespace in await self._namespaces(source_thread_id):
            source, target = checkpoints_key(source_thread_id, namespace), checkpoints_key(target_thread_id, namespace)
            await self._copy(source, target)
            for one in await self._ids(source_thread_id, namespace):
                await self._copy(writes_key(source_thread_id, namespace, one), writes_key(target_thread_id, namespace, one))
            await self._redis.call("SADD", namespaces_key(target_thread_id), namespace)
        await self._redis.call("EXPIRE", namespaces_key(target_thread_id), self._ttl_s)

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Keep only the newest checkpoint of each namespace, or nothing (`delete`)."""
        for thread_id in thread_ids:
            if strategy == "delete":
                await self.adelete_thread(thread_id)
                continue
            for namespace in await self._namespaces(thread_id):
                ids = sorted(await self._ids(thread_id, namespace))
                await self._drop(thread_id, namespace, ids[:-1])

    def get_next_version(self, current: str | None, channel: None) -> str:
        """Versions sort as text; the random part keeps two writers apart."""
        number = int(current.split(".")[0]) + 1 if isinstance(current, str) else (current or 0) + 1
        return f"{number:032}.{random.random():016}"  # noqa: S311 - no secret

    def get_tuple(self, config: RunnableConfig) -> NoReturn:
        """Not offered: the event loop would be blocked."""
        raise NotImplementedError("RedisSaver is async: use aget_tuple, and ainvoke or astream on the graph.")

    async def _write(self, script: Script, config: RunnableConfig, key: str, *arguments: Any) -> None:
        thread_id = _thread(config)[0]
        token = str(config.get("configurable", {}).get("lease_token") or "")
        try:
            await self._redis.run(script, [key, lease_key(thread_id), namespaces_key(thread_id)], token, self._ttl_s, *arguments)
        except ResponseError as error:
            if FENCED in str(error):
                raise LeaseLost("Another worker holds this case; this write was refused.", case_id=thread_id) from error
            raise

    async def _copy(self, source: str, target: str) -> None:
        """By hash content, not COPY: the two threads may live in different slots."""
        pairs = await self._redis.call("HGETALL", source)
        if pairs:
            await self._redis.call("HSET", target, *pairs)
            await self._redis.call("EXPIRE", target, self._ttl_s)

    async def _drop(self, thread_id: str, namespace: str, ids: list[str]) -> None:
        if ids:
            await self._redis.run(DROP, [checkpoints_key(thread_id, namespace)], *ids)

    async def _forget(self, thread_id: str, namespace: str) -> list[str]:
        """Forget a namespace and name those that are left."""
        keys = [checkpoints_key(thread_id, namespace), namespaces_key(thread_id)]
        return [one.decode() for one in await self._redis.run(DELETE, keys, namespace)]

    async def _ids(self, thread_id: str, namespace: str) -> list[str]:
        return [one.decode() for one in await self._redis.run(IDS, [checkpoints_key(thread_id, namespace)])]

    async def _namespaces(self, thread_id: str) -> list[str]:
        return sorted(one.decode() for one in await self._redis.call("SMEMBERS", namespaces_key(thread_id)))

    async def _places(self, config: RunnableConfig | None) -> AsyncIterator[tuple[str, str]]:
        configurable = (config or {}).get("configurable", {})
        thread_id = configurable.get("thread_id")
        if thread_id is not None and "checkpoint_ns" in configurable:
            yield str(thread_id), configurable["checkpoint_ns"]
            return
        threads = [str(thread_id)] if thread_id is not None else await self._threads()
        for thread in threads:
            for namespace in await self._namespaces(thread):
                yield thread, namespace

    async def _threads(self) -> list[str]:
        """Every thread; for administration, since it walks all keys."""
        cursor, threads = b"0", set[str]()
        while True:
            cursor, keys = await self._redis.call("SCAN", cursor, "MATCH", EVERY_NAMESPACES_KEY, "COUNT", SCAN_COUNT)
            threads |= {thread_of(key.decode()) for key in keys}
            if cursor == b"0":
                return sorted(threads)


def _thread(config: RunnableConfig) -> tuple[str, str]:
    configurable = config.get("configurable", {})
    return str(configurable["thread_id"]), configurable.get("checkpoint_ns", "")


def _id(one: CheckpointTuple) -> str:
    return one.config.get("configurable", {})["checkpoint_id"]
