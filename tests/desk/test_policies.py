"""Policies from draft to approval: who may do what, what is refused with which sentence, and that a refusal changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from desk.casework import Asked
from domain.errors import Conflict, Forbidden, InvalidInput, NotFound, PolicyInvalid, PreconditionRequired, StaleObject
from domain.examination import Remark
from domain.policy_life import Stage
from tests.desk.policy_house import (
    ANN,
    BEA,
    LEA,
    LEGAL_CHANGED,
    OLE,
    READER,
    STRATEGIC_CHANGED,
    PolicyHouse,
    changed,
    person,
    worded,
)

UNPROVED = Remark(id="invariant:no bot for strategic clients", code="invariant", reason="the prover gave up")


async def test_a_draft_is_the_next_version_with_a_ledger_entry_and_an_event_that_name_its_author(policy_house: PolicyHouse) -> None:
    before = await policy_house.events()
    version, new = await policy_house.policies.draft(policy_house.name, worded(1), Asked(ANN, None, "req_9", "The wording was unclear."))
    assert (version.version, version.stage, version.author, new) == (2, Stage.DRAFT, "person:ann", True)
    assert version.text == worded(1)
    entry = (await policy_house.entries("policy.drafted"))[-1]
    assert entry["policy"] == {"name": policy_house.name, "version": 2, "digest": version.digest}
    assert (entry["actor"], entry["reason"]) == ("person:ann", "The wording was unclear.")
    assert await policy_house.events() == before + 1


async def test_the_same_text_again_is_the_version_that_it_was_and_is_not_examined_again(policy_house: PolicyHouse) -> None:
    first = await policy_house.drafted(worded(1))
    asked = policy_house.examiner.asked
    again, new = await policy_house.policies.draft(
        policy_house.name, worded(1) + "\n# a comment changes no rule\n", Asked(OLE, None, "req_2")
    )
    assert (again.version, again.author, new) == (first.version, "person:ann", False)
    assert policy_house.examiner.asked == asked
    assert len(await policy_house.entries("policy.drafted")) == 2


async def test_faults_are_told_with_their_place_and_nothing_is_stored(policy_house: PolicyHouse) -> None:
    broken = changed(("expect: {mode: hybrid, pool: front-desk, review: true", "expect: {mode: ai, pool: front-desk, review: true"))
    with pytest.raises(PolicyInvalid) as caught:
        await policy_house.drafted(broken)
    line = 1 + next(number for number, line in enumerate(broken.splitlines()) if "the router is not sure" in line)
    assert [fault["reason"] for fault in caught.value.faults if fault["line"] == line] == [
        "test `the router is not sure` fails: mode is hybrid, expected ai"
    ]
    assert (await policy_house.policies.summary(policy_house.name, READER)).versions == 1


async def test_a_text_of_another_policy_is_refused_at_its_name(policy_house: PolicyHouse) -> None:
    with pytest.raises(PolicyInvalid, match="is of policy `other`"):
        await policy_house.drafted(changed(("policy: starter", "policy: other")))


async def test_a_change_of_words_needs_one_approval_of_anybody_but_its_author(policy_house: PolicyHouse) -> None:
    judged = await policy_house.submitted(worded(1))
    assert judged.version.needs is not None
    assert (judged.version.needs.approvals, judged.version.needs.owners, judged.version.needs.board) == (1, (), False)
    with pytest.raises(Forbidden, match="You wrote version 2"):
        await policy_house.approve(2, ANN)
    approved = await policy_house.approve(2, OLE)
    assert (approved.version.stage, approved.missing) == (Stage.APPROVED, ())


async def test_nobody_is_two_people_by_keys_of_their_own_making(policy_house: PolicyHouse) -> None:
    """One of these is a machine, the other somebody without an account; a shell's keys count as whom they name."""
    first = ANN.model_copy(update={"id": "key_1", "actor": "key:bot", "made_by": ANN.actor})
    second = BEA.model_copy(update={"id": "key_2", "actor": "person:nobody", "made_by": ANN.actor})
    version = await policy_house.drafted(worded(1), first)
    assert version.author == ANN.actor
    assert (await policy_house.entries("policy.drafted"))[-1]["actor"] == "key:bot"
    await policy_house.submit(2, first)
    for by in (ANN, first, second):
        with pytest.raises(Forbidden, match="You wrote version 2"):
            await policy_house.approve(2, by)
    assert (await policy_house.approve(2, OLE)).version.stage is Stage.APPROVED
    policy_house.examiner.strategic = ("Tier strategic: the first promise changes.",)
    await policy_house.submitted(STRATEGIC_CHANGED, OLE)
    judged = await policy_house.approve(3, second)
    assert [one.actor for one in judged.approvals] == [ANN.actor]
    for by in (first, ANN):
        with pytest.raises(Conflict, match="You approved version 3 before"):
            await policy_house.approve(3, by)
    by_a_shell = person("x").model_copy(update={"actor": "key:ci"})
    assert (await policy_house.approve(3, by_a_shell)).version.stage is Stage.APPROVED


async def test_a_changed_guard_needs_its_owner(policy_house: PolicyHouse) -> None:
    await policy_house.submitted(LEGAL_CHANGED)
    judged = await policy_house.approve(2, OLE)
    assert (judged.version.stage, judged.missing) == (Stage.IN_REVIEW, ("Owners of guards that change must approve: legal.",))
    assert (await policy_house.approve(2, LEA)).version.stage is Stage.APPROVED


@pytest.mark.parametrize(
    ("pairs", "owners"),
    [
        ([("owner: legal", "owner: vip-desk")], ("legal", "vip-desk")),
        (
            [
                ("  - id: unsure-router\n    owner: ai-risk\n", ""),
                ("    when: 'proposal.present && proposal.confidence < 0.6'\n", ""),
                ("    review: {by: lead, within: 30m, on_expiry: default}\n    because: The router was not sure.\n", ""),
                (", review: true, guards: [unsure-router]", ""),
            ],
            ("ai-risk",),
        ),
        (
            [
                (
                    "guards:\n",
                    "guards:\n  - {id: new-one, owner: privacy, when: 'message.severity >= 5', modes: [human], because: A new guard.}\n",
                ),
                (
                    "tests:\n",
                    "tests:\n  - {name: the worst, given: {message: {severity: 5}}, expect: {guards: [new-one]}}\n",
                ),
            ],
            ("privacy",),
        ),
    ],
    ids=["given to another owner", "removed", "added"],
)
async def test_owners_are_those_before_and_after(policy_house: PolicyHouse, pairs: list[tuple[str, str]], owners: tuple[str, ...]) -> None:
    judged = await policy_house.submitted(changed(*pairs))
    assert judged.version.needs is not None
    assert judged.version.needs.owners == owners


async def test_what_strategic_clients_get_needs_two_one_of_them_of_the_board(policy_house: PolicyHouse) -> None:
    policy_house.examiner.strategic = ("Tier strategic: the first promise changes.",)
    judged = await policy_house.submitted(STRATEGIC_CHANGED)
    assert judged.version.needs is not None
    assert (judged.version.needs.approvals, judged.version.needs.board) == (2, True)
    assert "Tier strategic: the first promise changes." in judged.version.needs.why
    await policy_house.approve(2, OLE)
    judged = await policy_house.approve(2, LEA)
    assert judged.version.stage is Stage.IN_REVIEW
    assert judged.missing[0].startswith("It changes what the most valuable clients get")
    assert (await policy_house.approve(2, BEA)).version.stage is Stage.APPROVED


async def test_the_board_alone_is_not_two_people(policy_house: PolicyHouse) -> None:
    policy_house.examiner.strategic = ("Tier strategic: the first promise changes.",)
    await policy_house.submitted(STRATEGIC_CHANGED)
    assert (await policy_house.approve(2, BEA)).version.stage is Stage.IN_REVIEW
    with pytest.raises(Conflict, match="You approved version 2 before"):
        await policy_house.approve(2, BEA)
    assert (await policy_house.approve(2, OLE)).version.stage is Stage.APPROVED


@pytest.mark.parametrize(
    ("example", "board"),
    [
        ({"given": {"client": {"contract": {"tier": "strategic"}}}}, True),
        ({"given": {"client": {"contract": {"tier": "none"}}}}, False),
        ({"given": {"client": {"unheard_of": 1}}}, True),
        (None, True),
    ],
    ids=["strategic", "standard", "unreadable", "none"],
)
async def test_a_version_that_allows_more_needs_the_board_unless_its_example_is_of_a_lower_tier(
    policy_house: PolicyHouse, example: dict[str, Any] | None, board: bool
) -> None:
    policy_house.examiner.widenings = (Remark(id="w", code="widening", reason="more modes", example=example),)
    judged = await policy_house.submitted(worded(1))
    assert judged.version.needs is not None
    assert judged.version.needs.board is board


async def test_the_first_version_of_a_name_needs_all_owners_and_the_board(policy_house: PolicyHouse) -> None:
    text = changed(("policy: starter", "policy: other"))
    version, _ = await policy_house.policies.draft("other", text, Asked(ANN, None, "req_1"))
    judged = await policy_house.policies.submit("other", 1, Asked(ANN, version.revision, "req_2"))
    needs = judged.version.needs
    assert needs is not None
    assert (needs.base_digest, needs.approvals, needs.board) == (None, 2, True)
    assert needs.owners == ("ai-risk", "finance", "legal", "vip-desk")


async def test_what_could_not_be_proved_is_accepted_by_name(policy_house: PolicyHouse) -> None:
    policy_house.examiner.unproved = (UNPROVED,)
    await policy_house.submitted(worded(1))
    with pytest.raises(InvalidInput, match="invariant:no bot for strategic clients"):
        await policy_house.approve(2, OLE)
    with pytest.raises(InvalidInput):
        await policy_house.approve(2, OLE, "something else")
    judged = await policy_house.approve(2, OLE, UNPROVED.id)
    assert judged.version.stage is Stage.APPROVED
    assert judged.approvals[0].accepts == (UNPROVED.id,)


async def test_a_rejection_needs_a_reason_and_makes_a_draft_without_approvals(policy_house: PolicyHouse) -> None:
    policy_house.examiner.strategic = ("Tier strategic: a change.",)
    await policy_house.submitted(STRATEGIC_CHANGED)
    await policy_house.approve(2, OLE)
    with pytest.raises(InvalidInput, match="Say in `reason`"):
        await policy_house.reject(2, BEA, "  ")
    judged = await policy_house.reject(2, BEA, "20 minutes are too long.")
    assert (judged.version.stage, judged.version.reason, judged.approvals) == (Stage.DRAFT, "20 minutes are too long.", ())
    entry = (await policy_house.entries("policy.rejected"))[-1]
    assert (entry["actor"], entry["reason"], entry["approvals_fallen"]) == ("person:bea", "20 minutes are too long.", ["person:ole"])
    await policy_house.submit(2)
    assert await policy_house.standing(2) == (Stage.IN_REVIEW, 6, [])


async def test_an_approved_version_can_still_be_rejected(policy_house: PolicyHouse) -> None:
    await policy_house.submitted(worded(1))
    await policy_house.approve(2, OLE)
    assert (await policy_house.reject(2, BEA)).version.stage is Stage.DRAFT


async def test_a_version_that_is_live_is_not_submitted(policy_house: PolicyHouse) -> None:
    with pytest.raises(Conflict, match="active already"):
        await policy_house.submit(1)


async def test_changes_name_the_state_that_they_saw(policy_house: PolicyHouse) -> None:
    version = await policy_house.drafted(worded(1))
    with pytest.raises(PreconditionRequired):
        await policy_house.policies.submit(policy_house.name, 2, Asked(ANN, None, "req_1"))
    with pytest.raises(StaleObject):
        await policy_house.policies.submit(policy_house.name, 2, Asked(ANN, version.revision + 1, "req_1"))
    await policy_house.submit(2)
    with pytest.raises(StaleObject):
        await policy_house.policies.approve(policy_house.name, 2, (), Asked(OLE, version.revision, "req_1"))
    with pytest.raises(PreconditionRequired):
        await policy_house.policies.reject(policy_house.name, 2, Asked(OLE, None, "req_1", "No."))


@pytest.mark.parametrize("bound", [{"region": "us"}, {"client_id": "northwind"}])
async def test_keys_of_another_region_or_of_one_client_see_no_policies(policy_house: PolicyHouse, bound: dict[str, str]) -> None:
    key = person("nora").model_copy(update=bound)
    await policy_house.submitted(worded(1))
    for call in (
        policy_house.policies.draft(policy_house.name, worded(3), Asked(key, None, "r")),
        policy_house.policies.approve(policy_house.name, 2, (), Asked(key, 2, "r")),
        policy_house.policies.one(policy_house.name, 2, key),
        policy_house.policies.history(policy_house.name, key, 0, 10),
    ):
        with pytest.raises(NotFound):
            await call


async def test_a_key_without_the_scope_is_refused_by_the_rules_as_well(policy_house: PolicyHouse) -> None:
    await policy_house.submitted(worded(1))
    for call in (
        policy_house.approve(2, READER),
        policy_house.reject(2, READER),
        policy_house.submit(2, person("x", scopes=("policies:approve",))),
    ):
        with pytest.raises(Forbidden):
            await call
    assert await policy_house.standing(2) == (Stage.IN_REVIEW, 2, [])


async def test_the_history_tells_every_change_of_one_policy_in_order(policy_house: PolicyHouse) -> None:
    await policy_house.submitted(LEGAL_CHANGED)
    await policy_house.reject(2, BEA)
    await policy_house.submit(2)
    await policy_house.approve(2, LEA)
    await policy_house.policies.draft("other", changed(("policy: starter", "policy: other")), Asked(ANN, None, "req_1"))
    told = [
        (one["kind"].removeprefix("policy."), one["actor"]) for one in await policy_house.policies.history(policy_house.name, READER, 0, 50)
    ]
    assert told[1:] == [
        ("drafted", "person:ann"),
        ("submitted", "person:ann"),
        ("rejected", "person:bea"),
        ("submitted", "person:ann"),
        ("approved", "person:lea"),
    ]
    page = await policy_house.policies.history(policy_house.name, READER, 0, 2)
    rest = await policy_house.policies.history(policy_house.name, READER, page[-1]["index"], 50)
    assert len(page) + len(rest) == len(told)
