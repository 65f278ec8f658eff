"""Runs of evals as they lie in folders: what each was made of, its report, the cases that failed, and comparisons of two.

A finished run never changes, so what is made of it is made once, lies beside it, and is the same for every worker.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from domain.eval_comparison import RunComparison
from domain.eval_history import RunHead
from domain.eval_report import FailedCase, GateNote, RunLine, RunReport, RunState

MANIFEST, RESULTS = "run.json", "results.jsonl"
REPORT, FAILED, GATE = "report.json", "failed.jsonl", "gate.json"
MOST = 2_000
"""Folders that a list looks at, the newest ones."""
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
Kept = TypeVar("Kept", bound=BaseModel)


class EvalFolders:
    """The runs of a home. What cannot be read is left out of lists, and is None by itself."""

    def __init__(self, home: Path) -> None:
        self._runs, self._comparisons = home / "evals" / "runs", home / "evals" / "comparisons"
        self._lines: dict[str, tuple[tuple[int, ...], RunLine | None]] = {}

    async def lines(self) -> list[RunLine]:
        """The newest runs, newest first."""
        return await asyncio.to_thread(self._all)

    async def line(self, run_id: str) -> RunLine | None:
        """One run."""
        return await asyncio.to_thread(self._line, run_id) if NAME.fullmatch(run_id) else None

    async def report(self, run_id: str) -> RunReport | None:
        """The report beside a run; None when there is none that this release reads."""
        return await asyncio.to_thread(_read, self._runs / run_id / REPORT, RunReport) if NAME.fullmatch(run_id) else None

    async def failed(self, run_id: str, first: int, count: int) -> list[FailedCase]:
        """Some of the cases that failed, gravest first, from the place `first` on."""
        if not NAME.fullmatch(run_id):
            return []
        return await asyncio.to_thread(_some, self._runs / run_id / FAILED, first, count)

    async def comparison(self, before: str, after: str, shared: bool) -> RunComparison | None:
        """Two runs side by side, if somebody compared them before."""
        if not (NAME.fullmatch(before) and NAME.fullmatch(after)):
            return None
        return await asyncio.to_thread(_read, self._comparisons / comparison_name(before, after, shared), RunComparison)

    def write_report(self, report: RunReport, failed: Iterable[FailedCase]) -> None:
        """Keep the report of a run beside it; who sees a report sees its cases."""
        folder = self._runs / report.head.id
        _write(folder / FAILED, b"".join(one.model_dump_json().encode() + b"\n" for one in failed))
        _write(folder / REPORT, report.model_dump_json().encode())

    def write_gate(self, run_id: str, note: GateNote) -> None:
        """Keep what the gate said of a run beside it."""
        _write(self._runs / run_id / GATE, note.model_dump_json().encode())

    def write_comparison(self, found: RunComparison, shared: bool) -> None:
        """Keep a comparison."""
        self._comparisons.mkdir(parents=True, exist_ok=True)
        _write(self._comparisons / comparison_name(found.before.id, found.after.id, shared), found.model_dump_json().encode())

    def _all(self) -> list[RunLine]:
        found = [line for name in self._names() if (line := self._line(name)) is not None]
        return sorted(found, key=lambda one: (one.head.began_at, one.head.id), reverse=True)

    def _names(self) -> Sequence[str]:
        """Names begin with the time."""
        try:
            names = [entry.name for entry in os.scandir(self._runs) if NAME.fullmatch(entry.name)]
        except OSError:
            return []
        return sorted(names, reverse=True)[:MOST]

    def _line(self, name: str) -> RunLine | None:
        """Read once as long as its files are the same."""
        folder = self._runs / name
        marks = tuple(_changed_at(folder / one) for one in (MANIFEST, RESULTS, REPORT, GATE))
        known = self._lines.get(name)
        if known is None or known[0] != marks:
            known = self._lines[name] = (marks, _line_of(folder))
        return known[1]


def comparison_name(before: str, after: str, shared: bool) -> str:
    """The file of a comparison."""
    return f"{before}--{after}{'--shared' if shared else ''}.json"


def _line_of(folder: Path) -> RunLine | None:
    head = _head(folder)
    if head is None:
        return None
    gate = _read(folder / GATE, GateNote)
    if not (folder / RESULTS).exists():
        return RunLine(head=head, state=RunState.STOPPED)
    report = _read(folder / REPORT, RunReport)
    if report is None:
        return RunLine(head=head, state=RunState.UNTOLD, gate=gate)
    figures = {one.name: one.figure for one in report.metrics if one.figure is not None}
    return RunLine(head=head, state=report.state, passed=report.passed, dangerous=report.dangerous, figures=figures, gate=gate)


def _head(folder: Path) -> RunHead | None:
    """Of a manifest, which holds more than its head."""
    try:
        plain = orjson.loads((folder / MANIFEST).read_bytes())
        head = RunHead.model_validate({name: plain[name] for name in RunHead.model_fields if name in plain})
    except (OSError, ValueError, TypeError):
        return None
    return head if head.id == folder.name and head.began_at.tzinfo else None


def _read(file: Path, word: type[Kept]) -> Kept | None:
    try:
        return word.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None


def _some(file: Path, first: int, count: int) -> list[FailedCase]:
    def cases() -> Iterator[FailedCase]:
        with file.open("rb") as lines:
            for line in islice(lines, first, first + count):
                yield FailedCase.model_validate_json(line)

    try:
        return list(cases())
    except (OSError, ValidationError):
        return []


def _changed_at(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all, and readable to whoever reads the folder."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.write_bytes(data)
    fresh.replace(file)
