"""`make bench`: the main job over HTTP, its parts in process, one JSON file and a table."""

from __future__ import annotations

import asyncio
import os
import tempfile
import timeit
from dataclasses import asdict
from pathlib import Path

import orjson
import psutil
from rich.console import Console
from rich.table import Table

from bench import engines, load, parts, replay
from bench.picture import draw_shares
from graphs.routing import LONE_NODES
from policies.engine import compile_policy
from policies.rules import shipped
from runtime.embedded import EmbeddedStack
from runtime.interpreter import python_told
from runtime.sample import sample_company
from runtime.servers import open_stores
from runtime.settings import load_settings
from runtime.start import prepare
from runtime.wiring import open_deps
from stores.checkpoint_patience import PatientSaver
from tests.service import serving

RESULTS = Path(__file__).parent / "results"
ALONE, CROWD, CROWD_SIZE = 200, 1500, 32
MODELS = Path(".maitred/models")


async def in_process(home: Path) -> dict[str, float]:
    """The parts, on servers of their own."""
    stack = EmbeddedStack(home)
    urls = stack.start()
    try:
        settings = load_settings(home=home, models=MODELS, database_url=urls.database_url, redis_url=urls.redis_url)
        await prepare(settings, urls)
        async with open_stores(urls.database_url, urls.redis_url, 4) as stores, open_deps(settings, stores) as deps:
            body = next(item.body for item in sample_company(home).stream if item.kind == "plain")
            return await parts.measure(
                deps, PatientSaver(stores.redis, 3600, patience_s=settings.checkpoint_patience_s, lone_nodes=LONE_NODES), load.fresh(body)
            )
    finally:
        stack.stop()


def over_http(home: Path) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """The main job with everything on, two workers, the load generator beside them; and what a warm start and a worker take."""
    with serving(home, MAITRED_WORKERS="2"):
        pass
    with serving(home, MAITRED_WORKERS="2") as service:
        bodies = [item.body for item in sample_company(home).stream if item.kind == "plain"]
        asyncio.run(load.measure(service.base_url, service.key, bodies, at_once=8, count=100))
        figures = {
            "alone": asyncio.run(load.measure(service.base_url, service.key, bodies, at_once=1, count=ALONE)),
            f"{CROWD_SIZE} at once": asyncio.run(load.measure(service.base_url, service.key, bodies, at_once=CROWD_SIZE, count=CROWD)),
        }
        return figures, {"start_to_ready_s": service.ready_s, "peak_rss_mb": max(map(_peak_mb, service.workers()))}


def _peak_mb(process: psutil.Process) -> float:
    """The most memory that the process ever had (Linux tells it; elsewhere what it has now)."""
    try:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    except OSError:
        return process.memory_info().rss / 1e6
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


def yardstick_ms() -> float:
    """The best of ten counts to a million: how fast this machine runs Python just now, for figures of other hours and machines."""
    return min(timeit.repeat("for number in range(1_000_000): total += number", "total = 0", number=1, repeat=10)) * 1000


def beside_others(out: Console) -> dict[str, dict[str, float]]:
    """The guards' conditions beside zen-engine and Cedar, printed and returned."""
    policy = compile_policy(shipped())
    taken = {f"{count} guards": engines.compare(parts.with_guards(policy, count)) for count in parts.GUARDS}
    for guards, figures in taken.items():
        table = Table(f"{guards}: which of them hold", "µs", "ratio to our conditions", title_justify="left")
        for name, us in figures.items():
            table.add_row(name, f"{us:.0f}", f"{us / figures['conditions']:.1f}")
        out.print(table)
    return taken


def main() -> None:
    """Measure, print and keep."""
    before = yardstick_ms()
    out = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="maitred-bench-") as first, tempfile.TemporaryDirectory(prefix="maitred-bench-") as second:
        for folder in (first, second):
            Path(folder).chmod(0o755)
        http, worker = over_http(Path(first))
        runs = asyncio.run(in_process(Path(second)))
    table = Table("POST /v1/messages, Prefer: wait", "p50 ms", "p99 ms", "cases/s", title_justify="left")
    for name, figures in http.items():
        table.add_row(name, f"{figures['p50_ms']:.1f}", f"{figures['p99_ms']:.1f}", f"{figures['cases_per_s']:.0f}")
    out.print(table)
    of_alone = parts.shares(runs, http["alone"]["p50_ms"])
    split = Table("share of one POST alone", "%", title_justify="left")
    for name, percent in of_alone.items():
        split.add_row(name, f"{percent:.0f}")
    out.print(split)
    detail = Table("in process", "ms", "ratio to the bare graph")
    for name, taken in runs.items():
        detail.add_row(name, f"{taken:.2f}", f"{taken / runs['bare graph']:.2f}")
    detail.add_row("the whole POST", f"{http['alone']['p50_ms']:.2f}", f"{http['alone']['p50_ms'] / runs['bare graph']:.2f}")
    out.print(detail)
    others = beside_others(out)
    replayed = asyncio.run(replay.measure())
    out.print(replay.told(replayed))
    machine = f"{os.cpu_count()} cores, {python_told()}"
    out.print(
        f"Start to ready {worker['start_to_ready_s']:.1f} s (warm, two workers); peak RSS of a worker {worker['peak_rss_mb']:.0f} MB."
    )
    yardstick = (before, yardstick_ms())
    out.print(f"A count to a million took {yardstick[0]:.0f} ms before and {yardstick[1]:.0f} ms after: the machine's speed moves.")
    out.print(f"Machine: {machine}; medians; load generator on the same cores.")
    RESULTS.mkdir(exist_ok=True)
    kept = {"machine": machine, "http": http, "parts_ms": runs, "share_percent": of_alone, "worker": worker, "yardstick_ms": yardstick}
    kept |= {"engines_us": others, "replay": asdict(replayed)}
    (RESULTS / "main.json").write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))
    draw_shares(of_alone, f"One POST alone: {http['alone']['p50_ms']:.1f} ms", RESULTS / "main.svg")


if __name__ == "__main__":
    main()
