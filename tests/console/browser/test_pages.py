"""Every page, light and dark, at three widths: nothing for axe to find, nothing wider than the window, the browser has no word to say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.console.browser.conftest import Sight, Stage

Address = Callable[[Stage], str]
PAGES: dict[str, Address] = {
    "inbox": lambda stage: "/inbox",
    "inbox-choice": lambda stage: "/inbox?view=claimed&q=nobody",
    "review": lambda stage: f"/inbox/{stage.reviews[0]}",
    "review-hostile": lambda stage: f"/inbox/{stage.hostile}",
    "tour": lambda stage: "/tour",
    "go": lambda stage: "/go?q=north",
    "cases": lambda stage: "/cases",
    "case": lambda stage: f"/cases/{stage.cases[-3]}",
    "decision": lambda stage: f"/cases/{stage.cases[-3]}/decision",
    "print": lambda stage: f"/cases/{stage.cases[-3]}/print",
    "clients": lambda stage: "/clients",
    "client": lambda stage: "/clients/northwind",
    "dashboard": lambda stage: "/dashboard",
    "policies": lambda stage: "/policies/vip-support",
    "policies-all": lambda stage: "/policies?every=1",
    "policy-simulation": lambda stage: "/policies/vip-support/1/simulate?source=tests&run=1",
    "policy-version": lambda stage: "/policies/vip-support/1",
    "policy-editor": lambda stage: "/policies/vip-support/new?from=1",
    "policy-release": lambda stage: "/policies/vip-support/1/rollout",
    "policy-history": lambda stage: "/policies/vip-support/history",
    "policy-recalls": lambda stage: "/policies/vip-support/recalls",
    "evals": lambda stage: "/evals",
    "eval-run": lambda stage: "/evals/after",
    "eval-compare": lambda stage: "/evals/compare?a=before&b=after",
    "eval-candidates": lambda stage: "/evals/candidates",
    "audit": lambda stage: "/audit",
    "audit-entry": lambda stage: "/audit/1",
    "settings": lambda stage: "/settings",
    "roles": lambda stage: "/settings/roles",
    "accounts": lambda stage: "/settings/accounts",
    "keys": lambda stage: "/settings/keys",
    "account": lambda stage: "/account",
}
SIZES = {1440: 900, 768: 1024, 390: 844}
PICTURES = {
    "review": {(1440, "light"), (1440, "dark"), (390, "light")},
    "decision": {(1440, "light")},
    "dashboard": {(1440, "light"), (390, "dark")},
    "policy-editor": {(1440, "light")},
    "audit": {(1440, "dark")},
    "client": {(1440, "light")},
}
"""What the docs show."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_without_fault_in_any_light_at_any_width(name: str, sight: Sight, stage: Stage, request: pytest.FixtureRequest) -> None:
    kept, kept_all = request.config.getoption("--screenshots", default=None), request.config.getoption("--every-picture", default=False)
    sight.open(PAGES[name](stage))
    for width, height in SIZES.items():
        sight.page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            sight.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert sight.wide_parts() == [], f"{width} {scheme}"
            assert sight.violations() == [], f"{width} {scheme}"
            if kept is not None and (kept_all or (width, scheme) in PICTURES.get(name, ())):
                sight.page.screenshot(path=Path(kept) / f"console-{name}-{width}-{scheme}.png")
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
