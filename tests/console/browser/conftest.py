"""A real browser on the console: Debian's chromium or any other that is found, driven by Playwright, on a service that has work waiting."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Route, expect, sync_playwright

from runtime.sample import sample_company
from tests.console.conftest import Browser as Forms
from tests.service import MODELS, Service

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge")
QUIET = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")
AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
PATIENCE_MS = 30_000
"""What is expected of a page may take as long as a busy machine needs."""
STREAM = re.compile(r"/live\?after=")
"""What the inbox hears changes by."""
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> \u202eevil\u202c " + "W" * 99_000


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--screenshots=FOLDER` keeps the pictures that the docs show."""
    parser.addoption("--screenshots", default=None, help="keep pictures of the main pages in this folder")
    parser.addoption("--every-picture", action="store_true", help="keep pictures of every page, for whoever looks them over")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Ended with this folder's tests: its event loop would be in the way of others."""
    program = os.environ.get("MAITRED_CHROMIUM") or next((path for path in map(shutil.which, NAMES) if path), None)
    if program is None:
        pytest.skip("No chromium on the PATH: install one, or name one in MAITRED_CHROMIUM, to run the browser tests.")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        options = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = playwright.chromium.launch(executable_path=program, args=options)
        yield browser
        browser.close()


@dataclass
class Stage:
    """The service with cases of many kinds, and what tests need to name them by."""

    service: Service
    reviews: list[str] = field(default_factory=list[str])
    cases: list[str] = field(default_factory=list[str])
    hostile: str = ""
    """A review whose message, sender and client try to break pages."""


@pytest.fixture(scope="session")
def stage(service: Service, admin: Forms, runs: Path) -> Stage:
    """Two dozen messages of the sample company's stream, one that means harm, and runs of evals."""
    made, kinds = Stage(service), ("plain", "hostile", "stranger")
    stream = [one for one in sample_company(MODELS.parent).stream if one.kind in kinds]
    chosen = [one.body for one in stream if one.expect.must_review][:14] + [one.body for one in stream if not one.expect.must_review][:8]
    sender = {"email": "cto@northwind.example", "name": "<b>Mallory</b> \u202eyrollaM", "handle": "<i>h</i>"}
    legal = f"Our attorneys will bring an action against you before the court. {HOSTILE}"
    harm = {**chosen[0], "external_id": "harm-1", "conversation_id": "harm-1", "sender": sender, "text": legal}
    with service.http() as http:
        for body in [*chosen, harm]:
            case = http.post("/v1/messages", json=body, headers={"Prefer": "wait=25"}).json()
            made.cases.append(case["id"])
            if case["review"]:
                made.reviews.append(case["review"]["id"])
    made.hostile = made.reviews[-1]
    return made


@dataclass
class Sight:
    """A page that somebody looks at, and every fault that the browser told of."""

    page: Page
    origin: str
    faults: list[str] = field(default_factory=list[str])

    def open(self, path: str, status: int = 200) -> None:
        """A page; anything but `status` is a fault."""
        answer = self.page.goto(f"{self.origin}{path}", wait_until="load")
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}"

    def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def at(self) -> str:
        """The path that the address bar shows."""
        return urlsplit(self.page.url).path

    def wide_parts(self) -> list[str]:
        """What makes the page wider than its window."""
        return self.page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
                .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
                .map((one) => `${one.tagName}.${one.className}`).slice(0, 5)"""
        )

    def violations(self) -> list[str]:
        """What axe finds, a line each."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found: list[dict[str, Any]] = self.page.evaluate(
            "(tags) => axe.run(document, {runOnly: tags, resultTypes: ['violations']}).then((found) => found.violations)", list(RULES)
        )
        return [f"{one['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})" for one in found for node in one["nodes"]]


@dataclass
class Held:
    """Requests of a page that are stopped on their way until the test lets one go on."""

    page: Page
    stopped: list[Route] = field(default_factory=list[Route])

    def go_on(self) -> None:
        """Lets the oldest go on. What shows that it was asked for may be told before the request itself is."""
        until = time.monotonic() + PATIENCE_MS / 1000
        while not self.stopped:
            assert time.monotonic() < until, "the page asked for nothing"
            self.page.wait_for_timeout(20)
        self.stopped.pop(0).continue_()


def hold(page: Page, addresses: re.Pattern[str], method: str = "GET") -> Held:
    """Stops what a page asks of these addresses; other methods pass."""
    held = Held(page)
    page.route(addresses, lambda route: held.stopped.append(route) if route.request.method == method else route.continue_())
    return held


def look(context: BrowserContext, origin: str) -> Sight:
    """A fresh page in a browser's context."""
    sight = Sight(context.new_page(), origin)
    sight.page.set_default_timeout(PATIENCE_MS)

    def told(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            sight.faults.append(f"{message.type}: {message.text}")

    def broke(error: Error) -> None:
        sight.faults.append(f"script: {error}")

    sight.page.on("console", told)
    sight.page.on("pageerror", broke)
    return sight


def context_of(chromium: Browser, person: Forms, **options: Any) -> BrowserContext:
    """A browser in which somebody is signed in already."""
    origin = str(person.http.base_url).rstrip("/")
    context = chromium.new_context(base_url=origin, reduced_motion="reduce", viewport={"width": 1440, "height": 900}, **options)
    context.add_init_script("try { localStorage.setItem('maitred.tour', 'done') } catch {}")
    context.add_cookies([{"name": one.name, "value": one.value or "", "url": origin} for one in person.http.cookies.jar])
    return context


@pytest.fixture
def sight(chromium: Browser, stage: Stage, admin: Forms) -> Iterator[Sight]:
    """What the admin sees."""
    context = context_of(chromium, admin)
    yield look(context, stage.service.base_url)
    context.close()
