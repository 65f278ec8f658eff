"""What a run and the processes that answer its cases say to each other: MessagePack, each message with its length before it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import Any

import ormsgpack

from evals.running.journal import Entry
from evals.running.spec import RunSpec
from evals.usage import Usage

LENGTH_BYTES = 4


@dataclass(frozen=True)
class Errand:
    """What a process is for."""

    suite: str
    spec: dict[str, Any]
    api_key: str | None

    def run_spec(self) -> RunSpec:
        """The spec, with its key."""
        return RunSpec.model_validate({**self.spec, "api_key": self.api_key})


@dataclass(frozen=True)
class Done:
    """A judged answer: its line for the journal, and what the run counts."""

    case_id: str
    repeat: int
    line: bytes
    passed: bool
    dangerous: bool
    error: str
    usage: Usage
    cached: bool = False
    ms: float = 0.0

    @classmethod
    def of(cls, entry: Entry) -> Done:
        """What the run needs of an entry."""
        result, judgement = entry.result, entry.result.judgement
        return cls(
            result.case_id,
            result.repeat,
            entry.line(),
            judgement.passed,
            judgement.dangerous,
            result.error,
            result.usage,
            entry.cached,
            entry.ms,
        )

    def plain(self) -> dict[str, Any]:
        """For another process."""
        return {**asdict(self), "usage": self.usage.model_dump()}

    @classmethod
    def read(cls, plain: dict[str, Any]) -> Done:
        """What was sent."""
        usage = Usage.model_validate(plain.pop("usage"))
        return cls(usage=usage, **plain)


def framed(value: Any) -> bytes:
    """A message with its length before it."""
    payload = ormsgpack.packb(value)
    return len(payload).to_bytes(LENGTH_BYTES) + payload


async def next_message(source: asyncio.StreamReader) -> Any:
    """The next message. Raises IncompleteReadError at the end of the input."""
    length = int.from_bytes(await source.readexactly(LENGTH_BYTES))
    return ormsgpack.unpackb(await source.readexactly(length))
