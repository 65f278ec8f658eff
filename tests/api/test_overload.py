"""A desk that is full: 429 says when to come again, standard traffic goes first, and what was refused was not stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.service import Service, eventually, message, reachable, serving

EASY = "How do I share a dashboard?"
STRANGER = {"email": "stranger@nowhere.example"}
VIP_LIMIT = 12


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with one place for standard traffic."""
    home = reachable(tmp_path_factory.mktemp("narrow"))
    limits = {"MAITRED_STANDARD_LIMIT": "1", "MAITRED_VIP_LIMIT": str(VIP_LIMIT), "MAITRED_RUNS_AT_ONCE": "1"}
    with serving(home, **limits) as running:
        yield running


def poster(http: httpx.Client) -> Callable[[dict[str, Any]], httpx.Response]:
    return lambda body: http.post("/v1/messages", json=body)


def test_standard_traffic_is_shed_before_that_of_vips_and_nothing_of_it_is_stored(narrow: Service) -> None:
    standard = [message(EASY, sender=STRANGER) for _ in range(120)]
    with narrow.http() as http, ThreadPoolExecutor(9) as pool:
        vips = [pool.submit(lambda: http.post("/v1/messages", json=message(EASY), headers={"Prefer": "wait=30"})) for _ in range(3)]
        answers = list(pool.map(poster(http), standard))
        assert [vip.result().status_code for vip in vips] == [200] * 3
        assert {answer.status_code for answer in answers} - {202} == {429}
        sheds = [(body, answer) for body, answer in zip(standard, answers, strict=True) if answer.status_code == 429]
        body, refused = sheds[0]
        assert refused.json()["type"] == "/problems/overloaded"
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.headers["ratelimit"] == '"desk";r=0;t=1'
        assert refused.headers["ratelimit-policy"] == '"desk";q=1;qu="concurrent-requests"'
        again = eventually(lambda: (answer := poster(http)(body)).status_code != 429 and answer)
        assert again.status_code == 202
        assert "idempotency-replayed" not in again.headers


def test_past_the_limit_of_vips_all_traffic_is_shed(narrow: Service) -> None:
    with narrow.http() as http, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(poster(http), [message(EASY) for _ in range(150)]))
    shed = next(answer for answer in answers if answer.status_code == 429)
    assert f"q={VIP_LIMIT};" in shed.headers["ratelimit-policy"]
    assert {answer.status_code for answer in answers} == {202, 429}
