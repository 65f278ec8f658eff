"""Texts that are still being written: what is found in them, what that may cost, and that nothing of it is kept."""

from __future__ import annotations

import asyncio

import pytest

from desk.policy_checks import PolicyChecks
from domain.access import ApiKey
from domain.errors import NotFound, TooBusy
from domain.examination import Examination
from tests.desk.policy_house import READER, TEXT, PolicyHouse, changed, worded


class Endless:
    """A prover that never comes to an end."""

    async def examine(self, text: str, base: str | None) -> Examination:
        """Wait."""
        del text, base
        await asyncio.sleep(60)
        return Examination()


@pytest.fixture
def checks(policy_house: PolicyHouse) -> PolicyChecks:
    return PolicyChecks(policy_house.policies, policy_house.examiner, queue_s=0.05, proved_within_s=0.05)


async def test_a_text_that_cannot_be_read_says_where_and_its_tests_do_not_run(policy_house: PolicyHouse, checks: PolicyChecks) -> None:
    checked = await checks.check(policy_house.name, changed(("client.contract.tier ==", "client.contract.teir ==")), READER)
    assert checked.tests == 0
    assert {"client.contract.teir" in fault.reason for fault in checked.faults} == {True}
    assert all(fault.line > 1 for fault in checked.faults)


async def test_a_failing_test_is_named_with_its_line_among_those_that_pass(policy_house: PolicyHouse, checks: PolicyChecks) -> None:
    broken = changed(("expect: {mode: hybrid, pool: front-desk, review: true", "expect: {mode: ai, pool: front-desk, review: true"))
    checked = await checks.check(policy_house.name, broken, READER)
    assert checked.failing == ("the router is not sure",)
    assert checked.tests > 1
    assert [fault.line for fault in checked.faults if "the router is not sure" in fault.reason] == [
        1 + next(number for number, line in enumerate(broken.splitlines()) if "the router is not sure" in line)
    ]


async def test_kinds_of_numbers_that_are_mixed_are_a_fault_at_their_place_while_somebody_types(
    policy_house: PolicyHouse, checks: PolicyChecks
) -> None:
    mixed = changed(("value.at_stake >= 1000000.0", "value.at_stake >= 1000000"))
    [fault] = (await checks.check(policy_house.name, mixed, READER)).faults
    assert "write the number with a decimal point" in fault.reason
    assert mixed.splitlines()[fault.line - 1][fault.column - 1 :].startswith(">= 1000000'")


async def test_a_text_of_another_policy_and_no_text_at_all_are_faults(policy_house: PolicyHouse, checks: PolicyChecks) -> None:
    [fault] = (await checks.check("other", TEXT, READER)).faults
    assert fault.reason == f"the text is of policy `{policy_house.name}`; it must say `other` here"
    assert (await checks.check(policy_house.name, "", READER)).faults


async def test_a_text_that_says_the_same_as_a_version_names_it_and_nothing_is_stored(
    policy_house: PolicyHouse, checks: PolicyChecks
) -> None:
    before = await policy_house.events()
    known = await checks.check(policy_house.name, f"{TEXT}\n# another word\n", READER)
    assert known.known is not None
    assert (known.faults, known.known.version) == ((), 1)
    fresh = await checks.check(policy_house.name, worded(7), READER)
    assert (fresh.faults, fresh.known) == ((), None)
    assert (await policy_house.policies.summary(policy_house.name, READER)).versions == 1
    assert await policy_house.events() == before


async def test_checks_and_proofs_that_take_too_long_say_so(policy_house: PolicyHouse, checks: PolicyChecks) -> None:
    await checks.one_at_a_time.acquire()
    with pytest.raises(TooBusy, match="being checked"):
        await checks.check(policy_house.name, TEXT, READER)
    endless = PolicyChecks(policy_house.policies, Endless(), proved_within_s=0.05)
    with pytest.raises(TooBusy, match="still at work"):
        await endless.prove(policy_house.name, TEXT, READER)
    with pytest.raises(TooBusy, match="still at work"):
        await endless.prove_version(policy_house.name, 1, READER)


async def test_who_sees_no_policies_checks_none(policy_house: PolicyHouse, checks: PolicyChecks) -> None:
    elsewhere = ApiKey(id="key_u", name="u", scopes=("policies:write",), actor="person:uma", region="us")
    with pytest.raises(NotFound):
        await checks.check(policy_house.name, TEXT, elsewhere)
    with pytest.raises(NotFound):
        await checks.prove(policy_house.name, TEXT, elsewhere)
    with pytest.raises(NotFound):
        await checks.prove_version(policy_house.name, 1, elsewhere)


async def test_a_history_is_read_newest_first_page_by_page_to_its_beginning(policy_house: PolicyHouse) -> None:
    for number in range(7):
        await policy_house.drafted(worded(number))
    pages: list[list[int]] = []
    before: int | None = None
    while found := await policy_house.policies.story(policy_house.name, READER, before, 3):
        pages.append([entry["data"]["policy"]["version"] for entry in found])
        before = found[-1]["index"]
    assert pages == [[8, 7, 6], [5, 4, 3], [2, 1]]
    only = await policy_house.policies.story(policy_house.name, READER, None, 3, number=4)
    assert [(entry["kind"], entry["data"]["policy"]["version"]) for entry in only] == [("policy.drafted", 4)]
