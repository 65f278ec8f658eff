"""Decisions made again: the same bytes whatever became of the version that made them."""

from __future__ import annotations

from typing import Any

import pytest

from desk.decisions import Decisions
from policies.engine import compile_policy
from policies.rules import shipped
from policies.shelf import PolicyShelf
from tests.desk.house import LEGAL, House

SLOWER = ("ack: 8h,  resolve: 3d,  calendar: business-eu", "ack: 9h,  resolve: 3d,  calendar: business-eu")


def shelf_after(house: House, stage: str) -> PolicyShelf:
    """Another version is active now, and the one that decided stands in `stage`."""
    decided = house.deps.policies.active().ref
    shelf = PolicyShelf(compile_policy(shipped().replace(*SLOWER), version=decided.version + 1))
    shelf.put(compile_policy(shipped(), version=decided.version, stage=stage))
    return shelf


@pytest.mark.parametrize("stage", ["retired", "canary", "active"])
async def test_a_replay_is_identical_after_the_version_moved_on(house: House, stage: str) -> None:
    accepted = await house.post("How do I add a user?")
    replayed = await Decisions(shelf_after(house, stage), house.views).replay(accepted.case_id, None)
    assert replayed["identical"], replayed["changes"]
    assert replayed["digest"] == replayed["recorded_digest"]
    assert replayed["policy"]["stage"] == house.deps.policies.active().ref.stage


async def test_a_decision_of_a_canary_is_replayed_as_one(house: House) -> None:
    served = house.deps.policies.active()
    house.deps.policies.put(compile_policy(served.text, version=served.ref.version, stage="canary"))
    accepted = await house.post("How do I add a user?")
    replayed = await Decisions(shelf_after(house, "retired"), house.views).replay(accepted.case_id, None)
    assert replayed["identical"], replayed["changes"]
    assert replayed["policy"]["stage"] == "canary"


async def test_another_version_answers_for_itself(house: House) -> None:
    accepted = await house.post("How do I add a user?")
    shelf = shelf_after(house, "retired")
    replayed: dict[str, Any] = await Decisions(shelf, house.views).replay(accepted.case_id, "vip-support@2")
    assert not replayed["identical"]
    assert replayed["policy"]["version"] == 2


async def test_what_a_lead_changed_is_replayed_as_it_was_before_the_ruling(house: House) -> None:
    accepted = await house.post(LEGAL)
    with pytest.raises(Exception, match="no decision yet"):
        await Decisions(house.deps.policies, house.views).replay(accepted.case_id, None)
