"""The API's own pages in a browser: everything comes from the service, and an operation can be read and tried."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.console.browser.conftest import look
from tests.service import Service


def test_the_api_is_shown_and_tried_without_asking_another_host(chromium: Browser, service: Service) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 900})
    sight = look(context, service.base_url)
    asked: list[str] = []
    sight.page.on("request", lambda request: asked.append(request.url))
    sight.open("/docs")
    health = sight.page.locator(".opblock", has_text="/healthz")
    health.locator(".opblock-summary").first.click()
    health.get_by_role("button", name="Try it out").click()
    health.get_by_role("button", name="Execute").click()
    expect(health.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
    assert sight.faults == []
    assert sight.wide_parts() == []
    assert {url.partition(":")[0] for url in asked} <= {"http", "data"}
    assert [url for url in asked if url.startswith("http") and not url.startswith(f"{service.base_url}/")] == []
    context.close()
