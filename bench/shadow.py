"""`python -m bench.shadow`: what a shadow adds to a case, measured in turns with and without one, so that both meet the same machine."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from rich.console import Console

from bench import load
from policies.rules import shipped
from runtime.embedded import EmbeddedStack
from runtime.sample import sample_company
from tests.approved import approved
from tests.service import Service, serving

driver: Any = asyncpg  # its annotations are partial
HERE = "/v1/policies/vip-support"
NAME = "description: "
SETTLES_S = 5.0
"""Until every worker has compiled the version, which is not what is measured."""


async def turns(service: Service, rounds: int, count: int, at_once: int) -> dict[bool, list[float]]:
    """p50 in milliseconds of each round, by whether a shadow ran."""
    bodies = [item.body for item in sample_company(service.home).stream if item.kind == "plain"]
    connection = await driver.connect(EmbeddedStack(service.home).urls.database_url)
    found: dict[bool, list[float]] = {False: [], True: []}
    async with httpx.AsyncClient(base_url=service.base_url, headers={"Authorization": f"Bearer {service.key}"}, timeout=60) as http:
        await load.measure(service.base_url, service.key, bodies, at_once=at_once, count=count)
        for number in range(rounds):
            for shadowed in (number % 2 == 0, number % 2 != 0):
                if shadowed:
                    await _shadow(http, await approved(connection, shipped().replace(NAME, f"{NAME}Edition {number}, ", 1)))
                figures = await load.measure(service.base_url, service.key, bodies, at_once=at_once, count=count)
                found[shadowed].append(figures["p50_ms"])
                if shadowed:
                    await http.post(f"{HERE}/rollback", json={"reason": "The round is over."})
                    await asyncio.sleep(2)
    await connection.close()
    return found


async def _shadow(http: httpx.AsyncClient, version: int) -> None:
    etag = (await http.get(f"{HERE}/rollout")).headers["etag"]
    wanted = {"version": version, "stage": "shadow", "reason": "To measure what it costs."}
    answer = await http.post(f"{HERE}/rollout", json=wanted, headers={"If-Match": etag})
    answer.raise_for_status()
    await asyncio.sleep(SETTLES_S)


def main() -> None:
    """Measure and print."""
    wanted = argparse.ArgumentParser(prog="python -m bench.shadow")
    wanted.add_argument("--rounds", type=int, default=10)
    wanted.add_argument("--count", type=int, default=300, help="cases a round")
    wanted.add_argument("--at-once", type=int, default=4)
    given = wanted.parse_args()
    with tempfile.TemporaryDirectory(prefix="maitred-bench-") as folder:
        Path(folder).chmod(0o755)
        with serving(Path(folder), MAITRED_WORKERS="2") as service:
            found = asyncio.run(turns(service, given.rounds, given.count, given.at_once))
    pairs = [with_one / without - 1 for with_one, without in zip(found[True], found[False], strict=True)]
    alone, beside = (statistics.median(found[shadowed]) for shadowed in (False, True))
    out = Console(highlight=False)
    out.print(f"p50 {alone:.1f} ms without, {beside:.1f} ms with a shadow, median of {given.rounds} rounds of {given.count} cases.")
    out.print(f"Median of the pairs {100 * statistics.median(pairs):+.1f} %, from {100 * min(pairs):+.1f} % to {100 * max(pairs):+.1f} %.")


if __name__ == "__main__":
    main()
