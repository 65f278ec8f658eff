"""Drafts and reviews with the real analysis, in its own process: what provers find decides what is stored and who must approve."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from domain.errors import InvalidInput, PolicyInvalid
from domain.policy_life import Stage
from runtime.analysis import AnalysisProcesses, Bounds, nothing_recorded, open_analysis
from tests.desk.policy_house import BEA, LEGAL_CHANGED, OLE, STRATEGIC_CHANGED, VIC, PolicyHouse, changed, open_policy_house, worded


@pytest_asyncio.fixture
async def house(database_url: str) -> AsyncIterator[PolicyHouse]:
    """With version 1 active and an examiner that proves."""
    async with open_analysis() as analysis, open_policy_house(database_url, analysis) as opened:
        yield opened


async def test_a_refuted_invariant_is_a_fault_with_its_line_and_nothing_is_stored(house: PolicyHouse) -> None:
    broken = changed(
        ("    when: 'tier.id == \"strategic\"'\n    modes: [hybrid, human]", "    when: 'tier.id == \"strategic\"'\n    modes: [ai, human]")
    )
    line = next(number for number, line in enumerate(broken.splitlines(), 1) if "no bot for strategic clients" in line)
    with pytest.raises(PolicyInvalid) as caught:
        await house.drafted(broken)
    assert line in {fault["line"] for fault in caught.value.faults}
    assert (await house.policies.views.versions(house.name, None, 10))[0].version == 1


async def test_words_alone_need_one_person_a_promise_to_strategic_clients_needs_the_board(house: PolicyHouse) -> None:
    plain = (await house.submitted(worded(1))).version.needs
    guard = (await house.submitted(LEGAL_CHANGED)).version.needs
    promise = (await house.submitted(STRATEGIC_CHANGED)).version.needs
    assert plain is not None
    assert guard is not None
    assert promise is not None
    assert [(needs.approvals, needs.board, needs.owners) for needs in (plain, guard, promise)] == [
        (1, False, ()),
        (1, False, ("legal",)),
        (2, True, ()),
    ]
    assert any("from 15m to 20m" in sentence for sentence in promise.why)


async def test_a_guard_that_lets_more_through_to_strategic_clients_needs_its_owner_and_the_board(house: PolicyHouse) -> None:
    wider = changed(
        ("when: 'tier.id == \"strategic\"'\n", 'when: \'tier.id == "strategic" && client.contract.tier == "strategic"\'\n'),
    )
    judged = await house.submitted(wider)
    assert judged.version.needs is not None
    assert (judged.version.needs.board, judged.version.needs.owners) == (True, ("vip-desk",))
    await house.approve(2, VIC)
    assert (await house.approve(2, OLE)).version.stage is Stage.IN_REVIEW
    assert (await house.approve(2, BEA)).version.stage is Stage.APPROVED


async def test_what_a_prover_had_no_time_for_is_accepted_by_name_or_not_at_all(database_url: str) -> None:
    hurried = AnalysisProcesses(nothing_recorded, Bounds(patience_s=0.0))
    async with open_policy_house(database_url, hurried) as house:
        needs = (await house.submitted(worded(1))).version.needs
        assert needs is not None
        assert needs.unproved
        with pytest.raises(InvalidInput, match="could not be proved"):
            await house.approve(2, OLE)
        judged = await house.approve(2, OLE, *needs.unproved)
        assert set(needs.unproved) <= set(judged.approvals[0].accepts)
    await hurried.close()
