"""The folder of a run, and what is read back from it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from pydantic import Field, ValidationError

from domain.canonical import canonical_json
from domain.decision import Frozen
from domain.errors import InvalidInput, NotFound
from evals.result import CaseResult, RunManifest
from evals.running.journal import Entry, entries
from stores.eval_folders import MANIFEST, RESULTS

SPEC, TIMES, JOURNAL, LOCK = "spec.json", "times.jsonl", "journal.jsonl", "lock"
LATEST = "latest"


class CaseTimes(Frozen):
    """How long one case took in one repeat."""

    case_id: str
    repeat: int
    ms: float
    stages: dict[str, float] = Field(default_factory=dict)
    cached: bool = False


@dataclass(frozen=True)
class Run:
    """A run that is over."""

    manifest: RunManifest
    results: Sequence[CaseResult]
    times: Sequence[CaseTimes]


@dataclass(frozen=True)
class RunFolder:
    """Where a run lies. Its results are there once it is over; until then its journal is."""

    path: Path

    @property
    def id(self) -> str:
        """The run's id is the folder's name."""
        return self.path.name

    @property
    def complete(self) -> bool:
        """Every case was answered."""
        return (self.path / RESULTS).exists()

    @property
    def manifest(self) -> RunManifest:
        """What the run is made of. Raises NotFound."""
        try:
            return RunManifest.model_validate_json((self.path / MANIFEST).read_bytes())
        except OSError as error:
            raise NotFound(f"{self.path} is no run: it has no {MANIFEST}.") from error
        except ValidationError as error:
            raise InvalidInput(f"{self.path / MANIFEST} cannot be read; another release wrote it, or something changed it.") from error

    @property
    def spec(self) -> dict[str, Any]:
        """How it was started, with the place of its suite as `suite`."""
        return orjson.loads((self.path / SPEC).read_bytes())

    def entries(self) -> list[Entry]:
        """What was answered so far."""
        return list(entries(self.path / JOURNAL))

    def finish(self) -> None:
        """Results and times in their order, and no journal any more."""
        found = sorted(self.entries(), key=lambda entry: entry.key)
        times = [CaseTimes(case_id=one.key[0], repeat=one.key[1], ms=one.ms, stages=one.stages, cached=one.cached) for one in found]
        write_whole(self.path / TIMES, b"".join(canonical_json(one.model_dump(mode="json")) + b"\n" for one in times))
        write_whole(self.path / RESULTS, b"".join(canonical_json(one.result.model_dump(mode="json")) + b"\n" for one in found))
        (self.path / JOURNAL).unlink(missing_ok=True)


def begin(home: Path, manifest: RunManifest, spec: dict[str, Any]) -> RunFolder:
    """A new folder for a run."""
    path = runs_of(home) / manifest.id
    path.mkdir(parents=True)
    write_whole(path / SPEC, canonical_json(spec))
    write_whole(path / MANIFEST, canonical_json(manifest.model_dump(mode="json")))
    return RunFolder(path)


def new_run_id(suite: str) -> str:
    """Sorted by time: its last part is the microsecond, so the later of two in one second is known."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%dT%H%M%SZ}-{suite}-{now.microsecond:05x}"


def load(folder: Path) -> Run:
    """A run that is over. Raises NotFound, and InvalidInput for one that is not, or that cannot be read."""
    run = RunFolder(folder)
    manifest = run.manifest
    if not run.complete:
        raise InvalidInput(f"Run {run.id} stopped before its end: `maitred eval run --resume {run.id}` goes on with it.")
    return Run(manifest, _lines(folder / RESULTS, CaseResult), _lines(folder / TIMES, CaseTimes))


def find(home: Path, name: str = LATEST) -> RunFolder:
    """A run by its id or the beginning of it, by its suite (the latest one), by `latest`, or by its path. Raises NotFound."""
    path = Path(name)
    if (path / MANIFEST).exists():
        return RunFolder(path)
    known = sorted(one.parent for one in runs_of(home).glob(f"*/{MANIFEST}"))
    fitting = [one for one in known if name == LATEST or one.name.startswith(name) or one.name.partition("-")[2].rpartition("-")[0] == name]
    if not fitting:
        raise NotFound(f"There is no run {name} in {runs_of(home)}." if known else f"There is no run in {runs_of(home)} yet.")
    return RunFolder(fitting[-1])


def runs_of(home: Path) -> Path:
    """Where the runs of a home lie."""
    return home / "evals" / "runs"


def cache_of(home: Path) -> Path:
    """Where the answers of a home lie."""
    return home / "evals" / "cache"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with fresh.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)


def _lines(path: Path, word: Any) -> list[Any]:
    found: list[Any] = []
    try:
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            try:
                found.append(word.model_validate_json(line))
            except ValidationError as error:
                raise InvalidInput(f"{path}:{number} cannot be read; another release wrote it, or something changed it.") from error
    except OSError as error:
        raise InvalidInput(f"Cannot read {path}: {error.strerror}.") from error
    return found
