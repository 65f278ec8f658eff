"""What every `CaseHistory` does."""

from __future__ import annotations

import pytest

from domain.ports import CaseHistory
from tools.case_history import EmbeddedCaseHistory
from tools.http_case_history import HttpCaseHistory
from tools.http_source import HttpSource
from tools.world.model import World


@pytest.fixture(params=["embedded", "http"])
def history(request: pytest.FixtureRequest, world: World) -> CaseHistory:
    if request.param == "embedded":
        return EmbeddedCaseHistory(world.cases)
    source: HttpSource = request.getfixturevalue("source")
    return HttpCaseHistory(source)


async def test_past_cases_come_latest_first(history: CaseHistory, world: World) -> None:
    busiest = max(world.cases, key=lambda client: len(world.cases[client]))
    cases = await history.past_cases(busiest, world.now)
    assert tuple(cases) == world.cases[busiest]
    assert cases == sorted(cases, key=lambda case: case.opened_at, reverse=True)


async def test_a_limit_keeps_the_latest(history: CaseHistory, world: World) -> None:
    busiest = max(world.cases, key=lambda client: len(world.cases[client]))
    assert await history.past_cases(busiest, world.now, limit=2) == list(world.cases[busiest][:2])
    assert await history.past_cases(busiest, world.now, limit=0) == []


async def test_a_case_is_not_known_before_it_is_opened(history: CaseHistory, world: World) -> None:
    busiest = max(world.cases, key=lambda client: len(world.cases[client]))
    oldest = world.cases[busiest][-1]
    assert await history.past_cases(busiest, oldest.opened_at) == [oldest]


async def test_an_unknown_client_has_none(history: CaseHistory, world: World) -> None:
    assert await history.past_cases("nobody", world.now) == []
