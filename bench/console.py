"""`python -m bench.console`: the console's inbox with the real service and a real browser, against the figures that it must hold.

Latency runs from the moment that an event carries, which is before its transaction, to the frame after the browser put its row in
place. Service, load and browser share one machine and its clock, so no skew is in it; how far the database's clock, which the service
tells time by, stands from the browser's is told.
"""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import asyncpg
import orjson
from playwright.async_api import Browser, BrowserContext, async_playwright
from rich.console import Console
from rich.table import Table

from bench.__main__ import yardstick_ms
from bench.seeding import seed
from runtime.embedded_places import socket_folder
from tests.service import Service, message, serving

driver: Any = asyncpg  # its annotations are partial
RESULTS = Path(__file__).parent / "results"
PASSWORD = "a rather long pass phrase"
LEGAL = "Our attorneys have been told to bring an action against you before the court."
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
QUIET = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")
SHOWN, UPDATES_PER_S, FOR_S = 200, 20, 15
WARM_S = 5
"""Of the same load before anything is counted: pools of connections fill, and statements are prepared."""
IN_TIME_MS = 80
MANY, REPEATS = 10_000, 15
LOOKS = {
    "as it opens": "",
    "one pool": "?pool=eu-senior",
    "one tier, most at stake": "?tier=platinum&sort=value",
    "longest wait": "?sort=oldest",
    "two words": f"?q={quote('bring 7777')}",
    "a word of many": "?q=attorneys",
    "a word of none": "?q=zeppelin",
    "claimed by me": "?view=mine",
}
WATCH = """
window.seen = []; window.tasks = 0;
new PerformanceObserver((list) => { for (const one of list.getEntries()) window.tasks += one.duration; }).observe({ type: "longtask" });
const channel = new MessageChannel(), after = [];
channel.port1.onmessage = () => {
  const now = performance.timeOrigin + performance.now();
  for (const at of after.splice(0)) window.seen.push(now - at);
};
document.addEventListener("row", (event) => {
  const at = Date.parse(JSON.parse(event.detail.data).at);
  requestAnimationFrame(() => { after.push(at); channel.port2.postMessage(0); });
});
new MutationObserver((_, observer) => {
  if (!document.querySelector("#rows > li")) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.firstRows = performance.now(); }));
}).observe(document, { childList: true, subtree: true });
"""
FIRST_ROWS = "new Promise((done) => { const ask = () => window.firstRows ? done(window.firstRows) : setTimeout(ask, 5); ask(); })"


async def signed_in(browser: Browser, service: Service) -> BrowserContext:
    """A lead's browser."""
    context = await browser.new_context(base_url=service.base_url, viewport={"width": 1440, "height": 900})
    await context.add_init_script(WATCH)
    page = await context.new_page()
    await page.goto("/sign-in")
    await page.fill("[name=email]", "lena@halyard.example")
    await page.fill("[name=password]", PASSWORD)
    await page.press("[name=password]", "Enter")
    await page.wait_for_url("**/inbox")
    await page.close()
    return context


async def load_cold(browser: Browser, context: BrowserContext, service: Service) -> tuple[float, float]:
    """KB that a first visit brings, and milliseconds to the first frame with rows: the best of five, each with an empty cache."""
    state = await context.storage_state()
    taken: list[tuple[float, float]] = []
    for _ in range(5):
        fresh = await browser.new_context(base_url=service.base_url, viewport={"width": 1440, "height": 900}, storage_state=state)
        await fresh.add_init_script(WATCH)
        page = await fresh.new_page()
        wire: Any = await fresh.new_cdp_session(page)
        await wire.send("Network.enable")
        sizes: list[float] = []

        def arrived(one: dict[str, Any], sizes: list[float] = sizes) -> None:
            sizes.append(one["encodedDataLength"])

        wire.on("Network.loadingFinished", arrived)
        await page.goto("/inbox", wait_until="load")
        taken.append((sum(sizes) / 1000, await page.evaluate(FIRST_ROWS)))
        await fresh.close()
    return max(size for size, _ in taken), min(first for _, first in taken)


async def update(service: Service, reviews: Sequence[str], numbers: range) -> None:
    """Claim and give back, one review after the other, at a steady rate."""
    headers = {"Authorization": f"Bearer {service.key}"}
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession(service.base_url, headers=headers) as session:

        async def act(number: int) -> None:
            act, review = ("claim", "release")[number // len(reviews) % 2], reviews[number % len(reviews)]
            async with session.post(f"/v1/reviews/{review}/{act}") as answer:
                await answer.read()

        began, acts = loop.time(), set[asyncio.Task[None]]()
        for count, number in enumerate(numbers):
            await asyncio.sleep(max(0.0, began + count / UPDATES_PER_S - loop.time()))
            acts.add(asyncio.create_task(act(number)))
        await asyncio.gather(*acts)


async def live(context: BrowserContext, service: Service) -> dict[str, float]:
    """Updates as they come to the screen."""
    page = await context.new_page()
    await page.goto("/inbox")
    await page.click("#more a")
    await page.wait_for_selector(f"#rows > li:nth-child({SHOWN})")
    await page.wait_for_selector("#live.on")
    reviews: list[str] = await page.evaluate("[...document.querySelectorAll('#rows > li')].map((row) => row.id)")
    warm = UPDATES_PER_S * WARM_S
    await update(service, reviews, range(warm))
    await page.wait_for_timeout(1000)
    await page.evaluate("window.seen = []; window.tasks = 0")
    await update(service, reviews, range(warm, warm + UPDATES_PER_S * FOR_S))
    await page.wait_for_timeout(1000)
    in_order: list[float] = await page.evaluate("window.seen")
    seen: list[float] = sorted(in_order)
    tasks: float = await page.evaluate("window.tasks")
    await page.close()
    told = {"rows": len(seen), "p50_ms": statistics.median(seen), "p95_ms": seen[int(len(seen) * 0.95)], "worst_ms": seen[-1]}
    return {**told, "long_tasks_s": tasks / 1000, "share_in_time": sum(one <= IN_TIME_MS for one in seen) / len(seen)}


async def filters(context: BrowserContext, service: Service) -> dict[str, dict[str, float]]:
    """Milliseconds from the request to the whole answer, on the loopback: an upper bound of the server's own time."""
    cookies = {one.get("name", ""): one.get("value", "") for one in await context.cookies()}
    found: dict[str, dict[str, float]] = {}
    async with aiohttp.ClientSession(service.base_url, cookies=cookies) as session:
        for name, query in LOOKS.items():
            times: list[float] = []
            for _ in range(REPEATS):
                began = time.perf_counter()
                async with session.get(f"/inbox{query}", allow_redirects=False) as answer:
                    await answer.read()
                    if answer.status != 200:
                        raise RuntimeError(f"/inbox{query} answered {answer.status}")
                times.append((time.perf_counter() - began) * 1000)
            times.sort()
            found[name] = {"p50_ms": statistics.median(times), "p95_ms": times[int(len(times) * 0.95)]}
    return found


async def clock_off_ms(connection: Any) -> float:
    """How far the database's clock, which the service tells time by, stands from ours."""
    offs: list[tuple[float, float]] = []
    for _ in range(20):
        before = time.time()
        there = (await connection.fetchval("select clock_timestamp()")).timestamp()
        after = time.time()
        offs.append((after - before, (there - (before + after) / 2) * 1000))
    return min(offs)[1]


async def measure(service: Service, program: str) -> dict[str, Any]:
    """All figures."""
    service.make_account("lena", PASSWORD, "lead")
    with service.http() as http:
        review: str = http.post("/v1/messages", json=message(LEGAL), headers={"Prefer": "wait=30"}).json()["review"]["id"]
    connection = await driver.connect(f"postgresql://postgres@/maitred?host={socket_folder(service.home)}")
    async with async_playwright() as playwright:
        options = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = await playwright.chromium.launch(executable_path=program, args=options)
        context = await signed_in(browser, service)
        await seed(connection, review, SHOWN - 1)
        kilobytes, first_rows = await load_cold(browser, context, service)
        figures: dict[str, Any] = {"first_load_kb": kilobytes, "first_rows_ms": first_rows, "clock_off_ms": await clock_off_ms(connection)}
        figures["live"] = await live(context, service)
        await seed(connection, review, MANY - 1)
        figures["filters"] = await filters(context, service)
        await browser.close()
    await connection.close()
    return figures


def tell(out: Console, figures: dict[str, Any]) -> None:
    """Print them beside what they must hold."""
    table = Table("the inbox", "measured", "must hold", title_justify="left")
    shown: dict[str, float] = figures["live"]
    table.add_row(f"{SHOWN} rows, {UPDATES_PER_S} updates/s: p95 to the frame", f"{shown['p95_ms']:.0f} ms", "80 ms")
    table.add_row(f"the same, share within {IN_TIME_MS} ms", f"{shown['share_in_time']:.0%}", "95%")
    table.add_row("the same, p50 and worst", f"{shown['p50_ms']:.0f} ms, {shown['worst_ms']:.0f} ms", "")
    table.add_row(f"rows put in place in {FOR_S} s", f"{shown['rows']:.0f}", f"{UPDATES_PER_S * FOR_S}")
    table.add_row(f"long tasks in {FOR_S} s", f"{shown['long_tasks_s']:.2f} s", "0.5 s")
    table.add_row("first load", f"{figures['first_load_kb']:.0f} KB", "220 KB")
    table.add_row("first rows", f"{figures['first_rows_ms']:.0f} ms", "600 ms")
    for name, one in figures["filters"].items():
        table.add_row(f"{MANY} reviews, {name}: p50, p95", f"{one['p50_ms']:.0f} ms, {one['p95_ms']:.0f} ms", "150 ms")
    out.print(table)


def main() -> None:
    """Measure, print and keep."""
    program = os.environ.get("MAITRED_CHROMIUM") or next((path for path in map(shutil.which, NAMES) if path), None)
    out = Console(highlight=False)
    if program is None:
        out.print("No chromium on the PATH: install one, or name one in MAITRED_CHROMIUM.")
        raise SystemExit(1)
    before = yardstick_ms()
    with tempfile.TemporaryDirectory(prefix="maitred-bench-") as folder:
        Path(folder).chmod(0o755)
        with serving(Path(folder), MAITRED_WORKERS="2", MAITRED_SAMPLE_DAY="false") as service:
            figures = asyncio.run(measure(service, program))
    yardstick = (before, yardstick_ms())
    tell(out, figures)
    out.print(f"The database's clock stands {figures['clock_off_ms']:.1f} ms from the browser's.")
    out.print(f"A count to a million took {yardstick[0]:.0f} ms before and {yardstick[1]:.0f} ms after: the machine's speed moves.")
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    out.print(f"Machine: {machine}; service, load and browser on the same cores.")
    RESULTS.mkdir(exist_ok=True)
    kept = {"machine": machine, "yardstick_ms": yardstick, **figures}
    (RESULTS / "console.json").write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
