"""`make faults`: every fault in its long form, and a table of what came of it (fault, tries, lost, twice, recovery)."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.faults.kill_loop import KillReport, kill_loop
from tests.faults.outcomes import VARIABLE, FaultRow, kept, quantile
from tests.faults.points import POINTS

HERE = Path(__file__).parent
RESULTS = HERE.parent.parent / "bench" / "results"
PLACES = (
    "tests/faults",
    *(f"tests/api/test_{name}.py" for name in ("messages", "reviews", "hostile_bodies", "hostile_requests", "openapi")),
    "tests/policies/test_replays.py",
)
SEED = 20_261_125
out = Console(highlight=False)


async def killed(kills: int) -> KillReport:
    """Workers killed one after another at every point in turn, in one service, with duplicates and reordered deliveries."""
    with tempfile.TemporaryDirectory(prefix="maitred-faults-") as folder, Progress(console=out, transient=True) as progress:
        Path(folder).chmod(0o755)
        task = progress.add_task("kill -9", total=kills)
        async with kill_loop(Path(folder), SEED) as loop:
            return await loop.run(list(islice(cycle(POINTS), kills)), lambda: progress.advance(task))


def row_of(report: KillReport) -> FaultRow:
    """The loop as a line of the table."""
    lost, twice = (len(found) for found in (report.findings.lost, report.findings.twice))
    return FaultRow(f"kill -9 of a worker at {len(report.recoveries_s)} points", report.kills, lost, twice, report.all_recoveries_s)


def tested(report: Path) -> bool:
    """Run the tests of all other faults in their long form; they write what they found into `report`."""
    environment = {**os.environ, "MAITRED_FAULTS": "long", VARIABLE: str(report)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLACES]
    return subprocess.run(command, env=environment, cwd=HERE.parent.parent, check=False).returncode == 0


def table_of(rows: Sequence[FaultRow]) -> Table:
    """What docs/reliability.md carries."""
    table = Table("fault", "tries", "lost", "twice", "recovery p50", "recovery p99")
    for row in rows:
        times = [f"{quantile(row.recoveries_s, share):.2f} s" if row.recoveries_s else "-" for share in (0.5, 0.99)]
        table.add_row(row.fault, str(row.tries), str(row.lost), str(row.twice), *times)
    return table


def main() -> None:
    """Run everything; the exit code is 1 when anything was lost or done twice, or a test failed."""
    wanted = argparse.ArgumentParser(prog="make faults")
    wanted.add_argument("--kills", type=int, default=300, help="how often a worker is killed")
    wanted.add_argument("--only-kills", action="store_true", help="leave the other faults out")
    given = wanted.parse_args()
    report = asyncio.run(killed(given.kills))
    for finding in (*report.findings.lost, *report.findings.twice):
        out.print(f"✗ {finding}", markup=False)
    RESULTS.mkdir(exist_ok=True)
    kept_at = RESULTS / "faults.jsonl"
    kept_at.unlink(missing_ok=True)
    kept_at.touch()
    passed = True if given.only_kills else tested(kept_at)
    rows = [row_of(report), *kept(kept_at)]
    out.print(table_of(rows))
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    out.print(f"{report.messages} messages while workers were killed; {machine}; {datetime.now(UTC):%Y-%m-%d}.")
    summary = {"machine": machine, "recoveries_s": report.recoveries_s, "rows": rows}
    (RESULTS / "faults.json").write_bytes(orjson.dumps(summary, option=orjson.OPT_INDENT_2))
    sys.exit(not passed or any(row.lost or row.twice for row in rows) or bool(report.not_reached))


if __name__ == "__main__":
    main()
