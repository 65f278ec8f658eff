"""Simulations on a real Postgres: whose decisions a key may have judged again, what is compared with what, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio

from desk.simulations import Question, Simulations
from domain.errors import InvalidInput, NotFound, TooBusy
from domain.examination import Examination, Remark
from domain.facts import Region
from domain.simulation import Pages, Progress, Simulated, Source, VersionText, untold
from policies.engine import compile_policy
from runtime.replaying import ReplayProcesses
from runtime.sample_cases import SampleCases
from stores.policy_views import PgPolicyViews
from stores.recorded import PgRecordedDecisions
from tests.desk.policy_house import READER, STARTER, STRATEGIC_CHANGED, TEXT, Examined, PolicyHouse, open_policy_house, worded
from tests.recorded import BEGAN, EVERY, record_decisions

MADE = 120
CASES = """
insert into cases (id, channel, conversation_id, region, client_id, status, last_turn, created_at, updated_at)
select case_id, 'email', case_id, (array['eu', 'us'])[1 + n % 2], 'client-' || n % 3, 'assigned', 1, now(), now()
from (select case_id, row_number() over (order by case_id) n from (select distinct case_id from decisions) c) numbered
"""


@dataclass
class Desk:
    """A policy of three versions, and decisions."""

    house: PolicyHouse
    simulations: Simulations


@pytest_asyncio.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """Version 1 as it is, 2 slower for strategic clients, 3 other words only."""
    async with open_policy_house(database_url) as house:
        for text in (TEXT, STRATEGIC_CHANGED, worded(3)):
            await house.drafted(text)
        await record_decisions(database_url, MADE, compile_policy(TEXT))
        async with house.database.connection() as connection:
            await connection.execute(CASES)
        views, recorded = PgPolicyViews(house.database), PgRecordedDecisions(house.database)
        yield Desk(house, Simulations(views, recorded, SampleCases(tmp_path), ReplayProcesses(1), house.examiner, Region.EU))


async def test_the_versions_are_compared_in_the_order_that_was_asked_for(desk: Desk) -> None:
    there = await desk.simulations.simulate(STARTER, 2, Question(against=1), READER)
    back = await desk.simulations.simulate(STARTER, 1, Question(against=2), READER)
    assert (there["before"]["version"], there["after"]["version"]) == (1, 2)
    assert there["changed"] == back["changed"] > 0
    assert there["counts"]["sla"]["ack"]["slower_s"] == back["counts"]["sla"]["ack"]["tighter_s"] > 0
    assert set(there["counts"]["sla"]["ack"]) == {"slower", "slower_s"}


async def test_versions_of_the_same_behaviour_change_nothing(desk: Desk) -> None:
    came = await desk.simulations.simulate(STARTER, 3, Question(against=1), READER)
    assert (came["cases"], came["changed"], came["worst"], came["complete"]) == (MADE, 0, [], True)


async def test_a_limit_takes_the_newest_and_a_time_bounds(desk: Desk) -> None:
    newest = await desk.simulations.simulate(STARTER, 2, Question(against=1, limit=40), READER)
    bounded = Question(against=1, since=BEGAN + (MADE - 40) * EVERY, until=BEGAN + MADE * EVERY)
    assert newest["cases"] == newest["total"] == 40
    assert await desk.simulations.simulate(STARTER, 2, bounded, READER) == newest


async def test_a_key_of_one_region_has_only_its_decisions_judged(desk: Desk) -> None:
    own = await desk.simulations.simulate(STARTER, 2, Question(against=1), READER.model_copy(update={"region": "eu"}))
    assert 0 < own["cases"] == own["total"] < MADE
    assert own["changed"] < (await desk.simulations.simulate(STARTER, 2, Question(against=1), READER))["changed"]


@pytest.mark.parametrize("narrow", [{"region": "us"}, {"client_id": "client-1"}])
async def test_a_key_that_sees_no_policy_finds_no_version(desk: Desk, narrow: dict[str, str]) -> None:
    key = READER.model_copy(update=narrow)
    with pytest.raises(NotFound):
        await desk.simulations.simulate(STARTER, 2, Question(against=1), key)
    with pytest.raises(NotFound):
        await desk.simulations.diff(STARTER, 1, 2, key)


async def test_without_an_active_version_one_must_be_named(desk: Desk) -> None:
    assert (await desk.simulations.simulate(STARTER, 2, Question(limit=5), READER))["before"]["version"] == 1
    async with desk.house.database.connection() as connection:
        await connection.execute("delete from policy_releases")
    with pytest.raises(InvalidInput, match="say which one to compare with"):
        await desk.simulations.simulate(STARTER, 2, Question(), READER)


async def test_both_versions_tests_are_cases_and_each_counts_once(desk: Desk) -> None:
    tests = len(compile_policy(TEXT).document.tests)
    came = await desk.simulations.simulate(STARTER, 2, Question(against=1, source=Source.TESTS), READER)
    assert came["cases"] == tests
    assert (await desk.simulations.simulate(STARTER, 2, Question(against=1, source=Source.TESTS, limit=2), READER))["cases"] == 2


async def test_time_that_runs_out_leaves_what_was_judged(desk: Desk) -> None:
    hasty = replace(desk.simulations, within_s=0.001)
    came = await hasty.simulate(STARTER, 2, Question(against=1), READER)
    assert (came["complete"], came["cases"], came["total"]) == (False, 0, MADE)


async def test_a_diff_tells_the_parts_and_asks_a_prover_only_when_told_to(desk: Desk) -> None:
    examiner = Examined(widenings=(Remark(id="w", code="mode", reason="more is allowed"),))
    simulations = replace(desk.simulations, examiner=examiner)
    plain = await simulations.diff(STARTER, 1, 2, READER)
    assert [change["sentence"] for change in plain["structure"]] == ["SLA row for tier strategic, the first response: 15m → 20m (slower)."]
    assert (plain["widenings"], examiner.asked) == (None, 0)
    proved = await simulations.diff(STARTER, 1, 2, READER, widenings=True)
    assert ([one["id"] for one in proved["widenings"]], examiner.asked) == (["w"], 1)


async def test_a_prover_that_takes_long_is_not_waited_for_and_asked_again(desk: Desk) -> None:
    class Slow(Examined):
        async def examine(self, text: str, base: str | None) -> Examination:
            await asyncio.sleep(5)
            return await super().examine(text, base)

    hasty = replace(desk.simulations, examiner=Slow(), proved_within_s=0.05)
    with pytest.raises(TooBusy, match="ask again"):
        await hasty.diff(STARTER, 1, 2, READER, widenings=True)


class OutOfTime:
    """Judges nothing, and says that time ran out after the first page."""

    async def replay(
        self, before: VersionText, after: VersionText, pages: Pages, total: int, within_s: float, progress: Progress = untold
    ) -> Simulated:
        """The first page's end."""
        del before, after, within_s
        first = await anext(pages)
        progress(len(first.rows), total)
        return Simulated({"counts": {}, "worst": []}, len(first.rows), total, complete=False, last=first.last)


async def test_what_ran_out_of_time_says_where_another_run_goes_on_without_a_gap(desk: Desk) -> None:
    told: list[tuple[int, int]] = []
    hasty = replace(desk.simulations, replayer=OutOfTime())
    first = await hasty.simulate(STARTER, 2, Question(against=1, limit=40), READER, lambda judged, total: told.append((judged, total)))
    assert (first["complete"], told) == (False, [(40, 40)])
    until = datetime.fromisoformat(first["go_on_before"])
    rest = await desk.simulations.simulate(STARTER, 2, Question(against=1, until=until), READER)
    assert (rest["cases"], rest["complete"], rest["go_on_before"]) == (MADE - 40 + 1, True, None)  # the decision of that moment once more


async def test_the_cases_behind_changed_decisions_are_named(desk: Desk) -> None:
    came = await desk.simulations.simulate(STARTER, 2, Question(against=1, limit=10), READER)
    cases = await desk.simulations.cases_behind(came)
    assert set(cases) == {one["id"] for one in came["worst"]} != set()
    assert all(case.startswith("case") for case in cases.values())
    assert await desk.simulations.cases_behind({"source": Source.TESTS, "worst": [{"id": "x"}]}) == {}
