"""Policies that several people move at the same moment: each race ends in one outcome, and nobody's word is lost or counted twice."""

from __future__ import annotations

import asyncio

from desk.casework import Asked
from domain.policy_life import Stage
from tests.desk.policy_house import (
    ANN,
    BEA,
    BOB,
    LEA,
    OLE,
    STRATEGIC_CHANGED,
    TEXT,
    VIC,
    PolicyHouse,
    worded,
)


async def test_two_approvals_at_once_both_count_or_one_is_told_that_it_is_stale(policy_house: PolicyHouse) -> None:
    for round_number in range(10):
        policy_house.examiner.strategic = ("Tier strategic: a change.",)
        number = (await policy_house.submitted(worded(100 + round_number))).version.version
        revision = await policy_house.revision(number)
        said = await asyncio.gather(
            *(policy_house.policies.approve(policy_house.name, number, (), Asked(key, revision, "r")) for key in (BEA, OLE)),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in said) == ["Judged", "StaleObject"]
        stage, _, actors = await policy_house.standing(number)
        assert (stage, len(actors)) == (Stage.IN_REVIEW, 1)
        last = OLE if actors == ["person:bea"] else BEA
        assert (await policy_house.approve(number, last)).version.stage is Stage.APPROVED


async def test_an_approval_beside_a_rejection_ends_in_one_of_the_two(policy_house: PolicyHouse) -> None:
    ends: set[Stage] = set()
    for round_number in range(12):
        number = (await policy_house.submitted(worded(200 + round_number))).version.version
        revision = await policy_house.revision(number)
        yes = policy_house.policies.approve(policy_house.name, number, (), Asked(OLE, revision, "r"))
        no = policy_house.policies.reject(policy_house.name, number, Asked(BOB, revision, "r", "No."))
        pair = (yes, no) if round_number % 2 else (no, yes)
        said = await asyncio.gather(*pair, return_exceptions=True)
        assert sorted(type(one).__name__ for one in said) == ["Judged", "StaleObject"]
        stage, _, actors = await policy_house.standing(number)
        assert (stage, actors) in ((Stage.APPROVED, ["person:ole"]), (Stage.DRAFT, []))
        ends.add(stage)
    assert len(await policy_house.entries("policy.approved")) + len(await policy_house.entries("policy.rejected")) == 12


async def test_one_person_twice_at_once_is_one_approval(policy_house: PolicyHouse) -> None:
    policy_house.examiner.strategic = ("Tier strategic: a change.",)
    await policy_house.submitted(STRATEGIC_CHANGED)
    revision = await policy_house.revision(2)
    said = await asyncio.gather(
        *(policy_house.policies.approve(policy_house.name, 2, (), Asked(BEA, revision, "r")) for _ in range(6)), return_exceptions=True
    )
    assert sum(not isinstance(one, BaseException) for one in said) == 1
    assert await policy_house.standing(2) == (Stage.IN_REVIEW, revision + 1, ["person:bea"])


async def test_the_same_text_twenty_times_at_once_is_one_version(policy_house: PolicyHouse) -> None:
    said = await asyncio.gather(
        *(policy_house.policies.draft(policy_house.name, worded(1), Asked(key, None, "r")) for key in [ANN, OLE, VIC, LEA] * 5)
    )
    assert {version.version for version, _ in said} == {2}
    assert sum(new for _, new in said) == 1
    assert len(await policy_house.entries("policy.drafted")) == 2


async def test_twenty_texts_at_once_are_twenty_versions_without_a_gap(policy_house: PolicyHouse) -> None:
    said = await asyncio.gather(*(policy_house.drafted(worded(number)) for number in range(20)))
    assert sorted(version.version for version in said) == list(range(2, 22))
    assert TEXT not in {version.text for version in said}


async def test_a_version_that_became_active_while_its_approval_was_under_way_leaves_no_approval_against_the_old_one(
    policy_house: PolicyHouse,
) -> None:
    other = (await policy_house.submitted(worded(1))).version
    number = (await policy_house.submitted(worded(2))).version.version
    revision = await policy_house.revision(number)
    said = await asyncio.gather(
        policy_house.activate(other),
        policy_house.policies.approve(policy_house.name, number, (), Asked(OLE, revision, "r")),
        return_exceptions=True,
    )
    assert said[0] is None
    await policy_house.policies.lapse()
    assert (await policy_house.standing(number))[::2] == (Stage.DRAFT, [])
