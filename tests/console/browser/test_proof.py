"""The proof of a ledger entry, checked by the page itself: what was sealed matches, and what was changed on its way does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.console.browser.conftest import Sight, Stage
from tests.service import eventually

"""The machine that tests run on may be busy."""


def sealed(stage: Stage) -> str:
    """The address of a decision that has its proof."""
    path = f"/v1/ledger/entries?case_id={stage.cases[-3]}&kind=case.decided"
    with stage.service.http() as http:
        index = http.get(path).json()["items"][0]["index"]
        assert eventually(lambda: http.get(f"/v1/ledger/entries/{index}/proof").status_code == 200)
    return f"/cases/{stage.cases[-3]}/decision"


def test_what_was_sealed_matches_in_every_step(sight: Sight, stage: Stage) -> None:
    sight.open(sealed(stage))
    expect(sight.page.locator("[data-verdict]")).to_have_class("verdict banner good")
    assert sight.page.locator(".result.good").count() == 6
    assert sight.faults == []


def _body(proof: dict[str, Any]) -> None:
    proof["body"] = proof["body"].replace('"priority":', '"priority":1')


def _decision(proof: dict[str, Any]) -> None:
    proof["body"] = proof["body"].replace("dec_", "ced_")


def _root(proof: dict[str, Any]) -> None:
    proof["checkpoint"]["root"] = "00" * 32


def _key(proof: dict[str, Any]) -> None:
    proof["checkpoint"]["public_key"] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


@pytest.mark.parametrize(
    ("change", "step"),
    [(_body, "digest"), (_decision, "names"), (_root, "path"), (_key, "signature")],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_what_was_changed_is_told(sight: Sight, stage: Stage, change: Callable[[dict[str, Any]], None], step: str) -> None:
    path = sealed(stage)

    def bend(route: Route) -> None:
        answer = route.fetch()
        proof = answer.json()
        change(proof)
        route.fulfill(response=answer, json=proof)

    sight.page.route("**/audit/*/proof*", bend)
    sight.open(path)
    expect(sight.page.locator("[data-verdict]")).to_have_class("verdict banner late")
    expect(sight.page.locator(f"[data-step={step}] .result")).to_have_class("result bad")
    expect(sight.page.locator("[data-verdict]")).to_contain_text("NOT the one that was sealed")
