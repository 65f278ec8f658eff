"""`python -m runtime.replay_process`: judges recorded cases by two versions of a policy, each compiled once, until its input ends.

In: one `Pair`, then pages of (id, record), in MessagePack. Out: for each page the difference as JSON. Each with its length before it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any, BinaryIO

import ormsgpack

from domain.simulation import VersionText
from policies.comparison.recorded import case_of
from policies.comparison.tally import Tally
from policies.engine import CompiledPolicy, compile_policy

POLITENESS = 10
"""Added to the niceness of a polite process."""
LENGTH_BYTES = 4


@dataclass(frozen=True)
class Pair:
    """The two versions."""

    before: VersionText
    after: VersionText
    polite: bool = True
    """Live decisions come first."""

    @classmethod
    def read(cls, plain: dict[str, Any]) -> Pair:
        """The pair that was sent."""
        return cls(VersionText(**plain["before"]), VersionText(**plain["after"]), plain["polite"])


def compiled(version: VersionText) -> CompiledPolicy:
    """The version, ready to decide."""
    return compile_policy(version.text, version=version.version, stage=version.stage)


def judged(before: CompiledPolicy, after: CompiledPolicy, rows: list[tuple[str, bytes]]) -> Tally:
    """What differs over the cases of one page."""
    tally = Tally(before, after)
    for decision_id, record in rows:
        case = case_of(decision_id, record)
        if case is None:
            tally.skip()
        else:
            tally.judge(case)
    return tally


def framed(payload: bytes) -> bytes:
    """A message with its length before it."""
    return len(payload).to_bytes(LENGTH_BYTES) + payload


def _next(source: BinaryIO) -> Any:
    """The next object; None at the end of the input."""
    length = source.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    return ormsgpack.unpackb(source.read(int.from_bytes(length)))


def main() -> None:
    """Judge page after page."""
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    pair = Pair.read(_next(source))
    if pair.polite:
        os.nice(POLITENESS)
    before, after = compiled(pair.before), compiled(pair.after)
    while (rows := _next(source)) is not None:
        answers.write(framed(judged(before, after, rows).diff().model_dump_json().encode()))
        answers.flush()


if __name__ == "__main__":
    main()
