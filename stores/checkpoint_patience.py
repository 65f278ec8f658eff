"""Checkpoints of a run that has just begun wait: what took less than a second to make is made again sooner than it is read back.

A run that says it begins (`config["configurable"]["begins"]`) has nothing stored. Its steps are held here until its patience is over, or it
stops for a person, or somebody reads them; from then on every step is stored at once. A run that ends earlier never touches Redis.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import WRITES_IDX_MAP, ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple

from domain.errors import LeaseLost, StoreUnavailable
from stores.checkpoint_codec import config_of
from stores.checkpoints import RedisSaver
from stores.redis import Redis

log = structlog.get_logger("maitred.checkpoints")


@dataclass(slots=True)
class _Beginning:
    """A run whose steps are held: until when (time of the loop), what is held, and the task that stores it."""

    until: float
    timer: asyncio.TimerHandle
    held: list[Callable[[], Awaitable[Any]]] = field(default_factory=list[Callable[[], Awaitable[Any]]])
    storing: asyncio.Task[None] | None = None


class PatientSaver(RedisSaver):
    """A RedisSaver that holds the first steps of a run. One worker runs a case at a time, so nobody else looks for them meanwhile.

    A worker that dies loses what it held: the turn stands in Postgres, and is run again from its beginning. A worker that was held up
    finds its patience over, so its next write is a fenced one.
    """

    def __init__(self, redis: Redis, ttl_s: int, *, patience_s: float, lone_nodes: frozenset[str] = frozenset()) -> None:
        """`patience_s` 0 stores every step at once."""
        super().__init__(redis, ttl_s, lone_nodes=lone_nodes)
        self._patience_s = patience_s
        self._beginnings: dict[str, _Beginning] = {}

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that `config` names, or the newest of its thread; a run that begins has none."""
        thread_id = _thread(config)
        if config.get("configurable", {}).get("begins") and self._patience_s and thread_id not in self._beginnings:
            self._begin(thread_id)
            return None
        await self._store(thread_id)
        return await super().aget_tuple(config)

    async def aput(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, new_versions: ChannelVersions
    ) -> RunnableConfig:
        """Hold or store a checkpoint. Raises LeaseLost when it is stored and the writer's token is not the lease's any more."""
        put = partial(super().aput, config, checkpoint, metadata, new_versions)
        if self._holds(_thread(config), put):
            return config_of(_thread(config), config.get("configurable", {}).get("checkpoint_ns", ""), checkpoint["id"])
        await self._store(_thread(config))
        return await put()

    async def aput_writes(self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = "") -> None:
        """Hold or store a task's writes; an interrupt or error stores all that is held."""
        put = partial(super().aput_writes, config, writes, task_id, task_path)
        special = any(channel in WRITES_IDX_MAP for channel, _ in writes)
        if special or not self._holds(_thread(config), put):
            await self._store(_thread(config))
            await put()

    async def adelete_thread(self, thread_id: str) -> None:
        """Forget a thread; of a run that only began nothing is stored."""
        beginning = self._beginnings.get(thread_id)
        if beginning is not None and beginning.storing is None:
            self._end(thread_id)
            return
        await self._store(thread_id)
        await super().adelete_thread(thread_id)

    def _begin(self, thread_id: str) -> None:
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._patience_s, self._lose_patience, thread_id)
        self._beginnings[thread_id] = _Beginning(loop.time() + self._patience_s, timer)

    def _end(self, thread_id: str) -> None:
        self._beginnings.pop(thread_id).timer.cancel()

    def _holds(self, thread_id: str, put: Callable[[], Awaitable[Any]]) -> bool:
        beginning = self._beginnings.get(thread_id)
        if beginning is None or beginning.storing is not None or asyncio.get_running_loop().time() >= beginning.until:
            return False
        beginning.held.append(put)
        return True

    def _lose_patience(self, thread_id: str) -> None:
        """Store what is held, though nobody waits for it; a failure is met again by the run's next step, if it still has one."""
        storing = asyncio.ensure_future(self._store(thread_id))
        storing.add_done_callback(partial(self._stored, thread_id))

    def _stored(self, thread_id: str, storing: asyncio.Future[None]) -> None:
        error = None if storing.cancelled() else storing.exception()
        if error is None or thread_id not in self._beginnings:
            return
        log.warning("held checkpoints not stored", case_id=thread_id, reason=type(error).__name__)
        if isinstance(error, StoreUnavailable):
            self._beginnings[thread_id].timer = asyncio.get_running_loop().call_later(self._patience_s, self._lose_patience, thread_id)
        elif isinstance(error, LeaseLost):
            self._end(thread_id)

    async def _store(self, thread_id: str) -> None:
        """Store what is held of a thread, once, in its order. Raises what storing raised; then it is still held."""
        beginning = self._beginnings.get(thread_id)
        if beginning is None:
            return
        if beginning.storing is None:
            beginning.storing = asyncio.create_task(self._store_held(thread_id, beginning), name=f"checkpoints of {thread_id}")
        await asyncio.shield(beginning.storing)

    async def _store_held(self, thread_id: str, beginning: _Beginning) -> None:
        """The calls of one tick travel as one pipeline, in their order."""
        outcomes = await asyncio.gather(*(put() for put in beginning.held), return_exceptions=True)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failures:
            beginning.storing, beginning.until = None, 0.0
            raise failures[0]
        self._end(thread_id)


def _thread(config: RunnableConfig) -> str:
    return str(config.get("configurable", {})["thread_id"])
