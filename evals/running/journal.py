"""The journal of a run that is under way: a line for each answer, on the disk before the next one is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import orjson
from pydantic import Field, ValidationError

from domain.canonical import canonical_json
from domain.decision import Frozen
from domain.errors import InvalidInput
from evals.result import CaseResult

Key = tuple[str, int]


class Entry(Frozen):
    """One answer, judged, with what is not compared beside it."""

    result: CaseResult
    ms: float = 0.0
    stages: dict[str, float] = Field(default_factory=dict)
    cached: bool = Field(default=False, description="The answer is an earlier run's, and so are its times.")

    @property
    def key(self) -> Key:
        """Which case, in which repeat."""
        return self.result.case_id, self.result.repeat

    def line(self) -> bytes:
        """One line of canonical JSON."""
        return canonical_json(self.model_dump(mode="json")) + b"\n"


class Journal:
    """Appends. Opened again, it first cuts off a line that was torn by a kill or a power cut."""

    def __init__(self, file: Path) -> None:
        self._out: BinaryIO = file.open("ab")
        whole = _whole(file.read_bytes())
        self._out.truncate(whole)

    def append(self, line: bytes) -> None:
        """Write one line, and return when it is on the disk."""
        self._out.write(line)
        self._out.flush()
        os.fsync(self._out.fileno())

    def close(self) -> None:
        """No more lines."""
        self._out.close()


def entries(file: Path) -> Iterator[Entry]:
    """Every whole line, the first of each answer only. Raises InvalidInput for a file that something else has changed."""
    if not file.exists():
        return
    data = file.read_bytes()
    seen: set[Key] = set()
    for number, line in enumerate(data[: _whole(data)].splitlines(), start=1):
        try:
            entry = Entry.model_validate_json(line)
        except ValidationError as error:
            raise InvalidInput(f"{file}:{number} is damaged; begin a new run, its answers come from the cache.") from error
        if entry.key not in seen:
            seen.add(entry.key)
            yield entry


def _whole(data: bytes) -> int:
    """How many bytes are whole lines: the last one may be torn, also where its line end was written before what it ends."""
    end = data.rfind(b"\n") + 1
    begins = data.rfind(b"\n", 0, end - 1) + 1 if end else 0
    try:
        orjson.loads(data[begins:end] or b"{}")
    except orjson.JSONDecodeError:
        return begins
    return end
