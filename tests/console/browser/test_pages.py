"""Every page, light and dark, at three widths: nothing for axe to find, nothing wider than the window, the browser has no word to say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.console.browser.conftest import Sight, Stage

Address = Callable[[Stage], str]
PAGES: dict[str, Address] = {
    "inbox": lambda stage: "/inbox",
    "review": lambda stage: f"/inbox/{stage.reviews[0]}",
    "review-hostile": lambda stage: f"/inbox/{stage.hostile}",
    "cases": lambda stage: "/cases",
    "case": lambda stage: f"/cases/{stage.cases[-3]}",
    "audit": lambda stage: "/audit",
    "policy": lambda stage: "/policies/vip-support",
    "policy-version": lambda stage: "/policies/vip-support/1",
    "account": lambda stage: "/account",
}
SIZES = {1440: 900, 768: 1024, 390: 844}
AXE_AT = (1440, 390)
"""Between them nothing new appears."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_without_fault_in_any_light_at_any_width(name: str, sight: Sight, stage: Stage, request: pytest.FixtureRequest) -> None:
    kept = request.config.getoption("--screenshots", default=None)
    sight.open(PAGES[name](stage))
    for width, height in SIZES.items():
        sight.page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            sight.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert sight.wide_parts() == [], f"{width} {scheme}"
            if width in AXE_AT:
                assert sight.violations() == [], f"{width} {scheme}"
            if kept is not None:
                sight.page.screenshot(path=Path(kept) / f"{name}-{width}-{scheme}.png")
    assert sight.faults == []


def test_the_page_to_sign_in_is_without_fault_too(sight: Sight, stage: Stage) -> None:
    sight.page.context.clear_cookies()
    sight.open("/inbox")
    assert sight.at() == "/sign-in"
    for width, height in SIZES.items():
        sight.page.set_viewport_size({"width": width, "height": height})
        assert sight.wide_parts() == []
        assert sight.violations() == []
    assert sight.faults == []
