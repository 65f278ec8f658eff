"""Checkpoints to bytes and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import ormsgpack
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import WRITES_IDX_MAP, ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.serde.base import SerializerProtocol

UNIT = "\x1f"


def blob_field(channel: str, version: Any) -> str:
    """The field of one value. The list of fields is kept one a line, so no line break may stand in it."""
    name = f"b:{channel}{UNIT}{version}"
    return name.replace("%", "%25").replace("\n", "%0A") if "\n" in name or "%" in name else name


def config_of(thread_id: str, namespace: str, checkpoint_id: str) -> RunnableConfig:
    """The config that names a checkpoint."""
    return {"configurable": {"thread_id": thread_id, "checkpoint_ns": namespace, "checkpoint_id": checkpoint_id}}


class Codec:
    """Packs and unpacks with LangGraph's serializer."""

    def __init__(self, serde: SerializerProtocol) -> None:
        self._serde = serde

    def fields(self, checkpoint: Checkpoint, metadata: CheckpointMetadata, parent: str | None, new_versions: ChannelVersions) -> list[Any]:
        """Field, value, field, value … of one checkpoint: its values that are new, itself, and the fields that it uses."""
        head: dict[str, Any] = {name: value for name, value in checkpoint.items() if name != "channel_values"}
        values = checkpoint.get("channel_values") or {}
        used: list[str] = []
        fields: list[Any] = []
        for channel, version in checkpoint["channel_versions"].items():
            name = blob_field(channel, version)
            used.append(name)
            if channel in new_versions and channel in values:
                fields += [name, self._packed(channel, values[channel])]
        stray = [channel for channel in values if channel not in checkpoint["channel_versions"]]
        for channel in stray:
            name = blob_field(channel, "")
            used.append(name)
            fields += [name, self._packed(channel, values[channel])]
        packed = ormsgpack.packb([parent, *self._serde.dumps_typed(head), *self._serde.dumps_typed(metadata)])
        identifier = checkpoint["id"]
        return [*fields, f"c:{identifier}", packed, f"m:{identifier}", "\n".join(used)]

    def writes(self, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str) -> list[Any]:
        """Field, value … of pending writes."""
        fields: list[Any] = []
        for index, (channel, value) in enumerate(writes):
            number = WRITES_IDX_MAP.get(channel, index)
            fields += [f"{task_id}{UNIT}{number}", ormsgpack.packb([task_path, channel, *self._serde.dumps_typed(value)])]
        return fields

    def tuple_of(self, thread_id: str, namespace: str, reply: list[Any]) -> CheckpointTuple:
        """The checkpoint that the read script found."""
        identifier, packed, _, values, pending = reply
        parent, kind, head, metadata_kind, metadata = ormsgpack.unpackb(packed)
        checkpoint = self._serde.loads_typed((kind, head))
        checkpoint["channel_values"] = dict(self._value(value) for value in values if value is not None)
        return CheckpointTuple(
            config_of(thread_id, namespace, identifier.decode()),
            checkpoint,
            self._serde.loads_typed((metadata_kind, metadata)),
            config_of(thread_id, namespace, parent) if parent else None,
            list(self._pending(pending)),
        )

    def _packed(self, channel: str, value: Any) -> bytes:
        return ormsgpack.packb([channel, *self._serde.dumps_typed(value)])

    def _value(self, packed: bytes) -> tuple[str, Any]:
        channel, kind, data = ormsgpack.unpackb(packed)
        return channel, self._serde.loads_typed((kind, data))

    def _pending(self, pairs: list[bytes]) -> Iterator[tuple[str, str, Any]]:
        rows: list[tuple[str, str, int, str, str, bytes]] = []
        for name, packed in zip(pairs[::2], pairs[1::2], strict=True):
            task_id, _, number = name.decode().rpartition(UNIT)
            path, channel, kind, data = ormsgpack.unpackb(packed)
            rows.append((path, task_id, int(number), channel, kind, data))
        for _, task_id, _, channel, kind, data in sorted(rows, key=lambda row: row[:3]):
            yield task_id, channel, self._serde.loads_typed((kind, data))
