"""Approvals that fall: the text is submitted again, time passes, or another version becomes active."""

from __future__ import annotations

import pytest

from domain.errors import Conflict
from domain.policy_life import Stage
from policies.approvals.approval import APPROVAL_DAYS
from tests.desk.policy_house import BEA, OLE, STRATEGIC_CHANGED, PolicyHouse, worded


async def test_approvals_fall_when_a_version_is_submitted_again(policy_house: PolicyHouse) -> None:
    policy_house.examiner.strategic = ("Tier strategic: a change.",)
    await policy_house.submitted(STRATEGIC_CHANGED)
    await policy_house.approve(2, OLE)
    await policy_house.submit(2)
    assert (await policy_house.standing(2))[2] == []
    assert (await policy_house.entries("policy.submitted"))[-1]["approvals_fallen"] == ["person:ole"]


async def test_a_new_text_starts_without_the_approvals_of_the_one_before(policy_house: PolicyHouse) -> None:
    await policy_house.submitted(worded(1))
    await policy_house.approve(2, OLE)
    judged = await policy_house.submitted(worded(2))
    assert (judged.version.version, judged.version.stage, judged.approvals) == (3, Stage.IN_REVIEW, ())


async def test_an_expired_approval_does_not_count_and_can_be_given_again(policy_house: PolicyHouse) -> None:
    policy_house.examiner.strategic = ("Tier strategic: a change.",)
    await policy_house.submitted(STRATEGIC_CHANGED)
    await policy_house.approve(2, BEA)
    policy_house.clock.advance(days=APPROVAL_DAYS, seconds=1)
    assert (await policy_house.approve(2, OLE)).version.stage is Stage.IN_REVIEW
    assert (await policy_house.approve(2, BEA)).version.stage is Stage.APPROVED


async def test_an_approved_version_whose_approvals_expired_is_in_review_again(policy_house: PolicyHouse) -> None:
    await policy_house.submitted(worded(1))
    await policy_house.approve(2, OLE)
    assert await policy_house.policies.lapse() == 0
    policy_house.clock.advance(days=APPROVAL_DAYS, seconds=1)
    assert await policy_house.policies.lapse() == 1
    assert await policy_house.standing(2) == (Stage.IN_REVIEW, 5, [])
    entry = (await policy_house.entries("policy.approvals_lapsed"))[-1]
    assert (entry["reason"], entry["approvals_fallen"]) == ("Approvals expired.", ["person:ole"])
    assert await policy_house.policies.lapse() == 0


async def test_approvals_lapse_when_another_version_becomes_active(policy_house: PolicyHouse) -> None:
    await policy_house.submitted(worded(1))
    other = await policy_house.submitted(worded(2))
    await policy_house.submitted(worded(3))
    await policy_house.approve(2, OLE)
    await policy_house.activate(other.version)
    with pytest.raises(Conflict, match="Another version became active"):
        await policy_house.approve(4, BEA)
    assert await policy_house.policies.lapse() == 2
    assert (await policy_house.standing(2))[::2] == (Stage.DRAFT, [])
    assert (await policy_house.standing(4))[::2] == (Stage.DRAFT, [])
    needs = (await policy_house.submit(2)).version.needs
    assert needs is not None
    assert needs.base_digest == other.version.digest
