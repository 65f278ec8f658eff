"""How fast recorded decisions are judged again by two versions, from the database to the sum, on all cores."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from domain.simulation import Span
from policies.comparison.recorded import case_of
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped
from runtime.embedded import EmbeddedStack
from runtime.replaying import cores, replay_recorded, version_text
from stores.postgres import Database
from stores.recorded import PgRecordedDecisions
from stores.schema import migrate
from tests.recorded import record_decisions

DECISIONS = 100_000
EDITS = (
    ("proposal.confidence < 0.6", "proposal.confidence < 0.5"),
    ("ack: 8h,  resolve: 3d,  calendar: business-eu", "ack: 6h,  resolve: 3d,  calendar: business-eu"),
    ("'context.reopened_90d >= 2'", "'context.reopened_90d >= 3'"),
)
YARDSTICK = 2_000
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Replayed:
    """What was measured."""

    decisions: int
    changed: int
    seconds: float
    cpu_s: float
    """Of this process and those that judged; the database's is not in it."""
    load: float
    """Processes that wanted a core before it began: with more than none, the seconds say more of the machine than of us."""
    evaluation_ms: float
    """CPU of one evaluation of one case in one process, mean, facts and proposal read already."""

    @property
    def per_s(self) -> float:
        """Decisions a second."""
        return self.decisions / self.seconds

    @property
    def ratio(self) -> float:
        """CPU of one decision over that of one evaluation: two of them are the work, the rest is reading and counting."""
        return self.cpu_s / self.decisions * 1000 / self.evaluation_ms


def edited() -> CompiledPolicy:
    """The shipped policy with a handful of changes, as the next version."""
    text = shipped()
    for old, new in EDITS:
        if old not in text:
            raise RuntimeError(f"the shipped policy has no `{old}` any more: edit bench/replay.py")
        text = text.replace(old, new)
    return compile_policy(text, version=2)


async def measure(decisions: int = DECISIONS) -> Replayed:
    """Store decisions on servers of their own, then judge them all."""
    with _folder() as folder:
        stack = EmbeddedStack(folder, valkey=False)
        try:
            url = stack.start().database_url
            await migrate(url)
            await record_decisions(url, decisions, compile_policy(shipped()))
            database = Database(url, patience_s=PATIENCE_S)
            await database.open()
            try:
                return await _replay(PgRecordedDecisions(database), decisions)
            finally:
                await database.close()
        finally:
            stack.stop()


@contextmanager
def _folder() -> Generator[Path, None, None]:
    """A folder that the database server's user may enter."""
    with tempfile.TemporaryDirectory(prefix="maitred-bench-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def _replay(recorded: PgRecordedDecisions, decisions: int) -> Replayed:
    before, after, load = compile_policy(shipped()), edited(), os.getloadavg()[0]
    evaluation_ms = await _evaluation_ms(recorded, before)
    began, spent = time.perf_counter(), _cpu_s()
    found = await replay_recorded(recorded, version_text(before), version_text(after), Span(limit=decisions), polite=False)
    seconds = time.perf_counter() - began
    if found.cases != decisions:
        raise RuntimeError(f"{found.cases} of {decisions} decisions were judged")
    return Replayed(decisions, found.changed, seconds, _cpu_s() - spent, load, evaluation_ms)


async def _evaluation_ms(recorded: PgRecordedDecisions, policy: CompiledPolicy) -> float:
    page = await recorded.page(Span(), None, YARDSTICK)
    cases = [case for row in page.rows if (case := case_of(*row)) is not None]
    began = time.process_time()
    for case in cases:
        policy.evaluate(case.facts, case.proposal)
    return (time.process_time() - began) * 1000 / len(cases)


def _cpu_s() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def told(replayed: Replayed) -> str:
    """The figures in a sentence."""
    return (
        f"{replayed.decisions:,} recorded decisions judged by two versions in {replayed.seconds:.1f} s on {cores()} cores "
        f"({replayed.per_s:,.0f}/s, {replayed.cpu_s:.1f} s of CPU beside the database's); {replayed.changed:,} get another outcome. "
        f"One evaluation takes {replayed.evaluation_ms:.3f} ms of CPU in one process, a decision {replayed.ratio:.1f} times that. "
        f"Load of the machine before: {replayed.load:.1f}."
    )


if __name__ == "__main__":
    print(told(asyncio.run(measure(int(sys.argv[1]) if sys.argv[1:] else DECISIONS))))
