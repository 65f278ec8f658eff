"""The list of the inbox in a browser: what is new is announced, whatever the connection does."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from tests.console.browser.conftest import Sight, Stage
from tests.console.browser.test_flows import waiting


def test_a_new_review_is_announced_although_the_server_did_not_answer_at_first(sight: Sight, stage: Stage) -> None:
    page, asked = sight.page, list[str]()

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.abort()
        else:
            route.continue_()

    page.route(re.compile("/live/fits"), answer)
    sight.open("/inbox")
    expect(page.locator("#live")).to_contain_text("Live")
    review = waiting(stage)
    expect(page.locator("#fresh")).to_contain_text("new review")
    assert len(asked) > 1
    assert review in asked[0]
    assert review in asked[1]
