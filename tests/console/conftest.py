"""One service with the console, and people who use it as browsers do: pages, forms and a cookie."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.console.eval_runs import lay_runs
from tests.service import Service, reachable, serving

PASSWORD = "a rather long pass phrase"
FORM = re.compile(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)"[^>]* value="([^"]*)"')


@dataclass
class Browser:
    """Follows redirects and sends forms with what stands in their hidden fields."""

    http: httpx.Client
    page: httpx.Response = field(init=False)

    def open(self, path: str) -> httpx.Response:
        """A page."""
        self.page = self.http.get(path)
        return self.page

    def send(self, action: str, /, *, ruling: str = "", **fields: str) -> httpx.Response:
        """The page's form with this action, whatever look it carries, (and ruling), filled in."""
        forms = [(unescape(target), dict(HIDDEN.findall(inside))) for target, inside in FORM.findall(self.page.text)]
        target, hidden = next(one for one in forms if one[0].partition("?")[0].endswith(action) and one[1].get("ruling", "") == ruling)
        given = {name: unescape(value) for name, value in hidden.items()}
        origin = {"Origin": str(self.http.base_url).rstrip("/")}
        self.page = self.http.post(target, data={**given, **fields}, headers=origin)
        return self.page

    @property
    def text(self) -> str:
        """What stands on the page, entities resolved."""
        return unescape(self.page.text)


def browser_of(service: Service) -> Browser:
    """Nobody's yet."""
    return Browser(httpx.Client(base_url=service.base_url, follow_redirects=True, timeout=60))


def signed_in(service: Service, person: str) -> Browser:
    """Somebody's browser."""
    browser = browser_of(service)
    browser.open("/sign-in")
    browser.send("/sign-in", email=f"{person}@halyard.example", password=PASSWORD)
    return browser


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two workers, so that no page may rest on what one of them remembers."""
    home = reachable(tmp_path_factory.mktemp("console"))
    with serving(home, MAITRED_WORKERS="2", MAITRED_SAMPLE_DAY="false") as running:
        yield running


@pytest.fixture(scope="session")
def admin(service: Service) -> Browser:
    """The first account's browser, by the link that the start printed."""
    link = re.search(r"http://\S+(/first-account/\S+)", service.log())
    assert link is not None
    browser = browser_of(service)
    browser.open(link[1])
    browser.send(link[1], name="Ines Duarte", id="ines", email="ines@halyard.example", password=PASSWORD)
    assert browser.page.url.path == "/inbox"
    return browser


@pytest.fixture(scope="session")
def runs(service: Service) -> Path:
    """Runs of evals in the service's home."""
    lay_runs(service.home)
    return service.home
