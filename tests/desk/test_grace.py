"""Rulings that can be taken back: held as policy says, then in effect by themselves, whoever died meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
import yaml

from desk.casework import Asked
from desk.grace import Grace
from desk.reviews import Reviews
from domain.access import ApiKey, Scope
from domain.case import Outcome
from domain.errors import Conflict
from domain.facts import Region
from domain.review import HeldRuling, Ruling, RulingAction
from domain.views import ReviewRow
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped
from policies.shelf import PolicyShelf
from runtime.embedded import StackUrls
from tests.desk.conftest import house_of_a_module
from tests.desk.house import LEAD, LEGAL, House

pytestmark = pytest.mark.asyncio(loop_scope="module")

OTHER = ApiKey(id="key_2", name="other", scopes=tuple(Scope), actor="person:lead-2")
GRACE_S = 10


def patient() -> CompiledPolicy:
    """The shipped policy with ten seconds to take a ruling back."""
    return compile_policy(yaml.safe_dump({**yaml.safe_load(shipped()), "reviews": {"undo_within_s": GRACE_S}}, sort_keys=False))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(stack: StackUrls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with house_of_a_module(stack, tmp_path_factory, policies=PolicyShelf(patient(), Region.EU)) as opened:
        yield opened


async def opened(house: House, conversation: str = "") -> ReviewRow:
    """A fresh review."""
    return await fresh(house, (await house.case(await house.post(LEGAL, conversation))).case["review_id"])


async def fresh(house: House, review_id: str) -> ReviewRow:
    """The review as it stands now."""
    row = await house.views.review(review_id)
    assert row is not None
    return row


async def ruled(house: House, row: ReviewRow, key: ApiKey = LEAD, action: RulingAction = RulingAction.APPROVE) -> str | None:
    """A ruling given in the console on this page."""
    ruling = Ruling(action=action, actor=key.actor, reason="Because.", ruled_at=house.clock.now())
    return await Grace(house.reviews).rule(row.review["id"], ruling, key, row.review["revision"], "req_1")


async def decided_by(house: House, row: ReviewRow) -> str:
    """Who decided the case, once it is decided."""
    assert await house.floor.decided(row.case["id"], row.review["turn"], 20)
    case = await house.views.case(row.case["id"])
    assert case is not None
    assert case.decision is not None
    return case.decision["decided_by"]


async def test_a_held_ruling_takes_effect_though_nobody_who_took_it_lives(house: House) -> None:
    row = await opened(house)
    assert await ruled(house, row) is None
    await house.clocks.tick()
    assert (await fresh(house, row.review["id"])).review["status"] == "open"
    house.clock.advance(seconds=GRACE_S + 1)
    others = [replace(house.clocks, reviews=Reviews(house.deps.store, house.views, house.deps.policies, house.clock, house.floor))] * 3
    await asyncio.gather(*(clocks.tick() for clocks in others))
    assert await decided_by(house, row) == LEAD.actor
    kinds = await house.kinds(row.case["id"])
    assert [kinds.count(kind) for kind in ("review.ruling_held", "review.ruled", "case.decided")] == [1, 1, 1]


async def test_a_ruling_is_taken_back_by_its_giver_alone_and_can_be_given_again(house: House) -> None:
    row = await opened(house)
    await ruled(house, row)
    grace, review = Grace(house.reviews), row.review["id"]
    with pytest.raises(Conflict, match="alone can take it back"):
        await grace.undo(review, OTHER, "req_2")
    await grace.undo(review, LEAD, "req_2")
    with pytest.raises(Conflict, match="none to take back"):
        await grace.undo(review, LEAD, "req_2")
    await ruled(house, await fresh(house, review), OTHER, RulingAction.REJECT)
    house.clock.advance(seconds=GRACE_S + 1)
    await house.clocks.tick()
    assert await decided_by(house, row) == OTHER.actor
    with pytest.raises(Conflict, match="none to take back"):
        await grace.undo(review, OTHER, "req_2")


async def test_taking_back_and_taking_effect_at_the_same_moment_have_one_outcome(house: House) -> None:
    row = await opened(house)
    await ruled(house, row)
    house.clock.advance(seconds=GRACE_S - 0.2)
    undone, *_ = await asyncio.gather(
        Grace(house.reviews).undo(row.review["id"], LEAD, "req_2"), *(house.clocks.tick() for _ in range(4)), return_exceptions=True
    )
    house.clock.advance(seconds=1)
    await house.clocks.tick()
    status = (await fresh(house, row.review["id"])).review["status"]
    assert (undone is None, status) in ((True, "open"), (False, "ruled"))


async def test_while_a_ruling_is_held_nobody_else_rules_or_claims(house: House) -> None:
    row = await opened(house)
    await ruled(house, row)
    now = await fresh(house, row.review["id"])
    approve = Ruling(action=RulingAction.APPROVE, actor=OTHER.actor, ruled_at=house.clock.now())
    for attempt in (
        ruled(house, now, OTHER),
        house.reviews.rule(row.review["id"], approve, OTHER, now.review["revision"], "req_2"),
        house.reviews.claim(row.review["id"], OTHER),
        house.reviews.release(row.review["id"], OTHER),
    ):
        with pytest.raises(Conflict, match="person:lead-1 ruled on this review; it takes effect at"):
            await attempt


async def test_a_ruling_that_a_later_message_overtakes_is_dropped_and_the_review_is_open_again(house: House) -> None:
    accepted = await house.post(LEGAL, "c-overtaken")
    row = await fresh(house, (await house.case(accepted)).case["review_id"])
    await ruled(house, row)
    await house.accept("Our whole production is down as well!", "c-overtaken")
    while not (now := await fresh(house, row.review["id"])).amendments:
        house.floor.start(row.case["id"])
        await asyncio.sleep(0.1)
    house.clock.advance(seconds=GRACE_S + 1)
    await house.clocks.tick()
    now = await fresh(house, row.review["id"])
    assert (now.review["status"], now.review["held"]["dropped"]) == ("open", "The review changed before it took effect.")
    assert "review.ruling_dropped" in await house.kinds(row.case["id"])
    await ruled(house, now, OTHER)
    house.clock.advance(seconds=GRACE_S + 1)
    await house.clocks.tick()
    assert await decided_by(house, row) == OTHER.actor


async def test_what_was_ruled_in_time_counts_though_nobody_looked_until_the_review_ran_out(house: House) -> None:
    row = await opened(house)
    await ruled(house, row)
    house.clock.advance(days=1)
    await house.clocks.tick()
    assert await decided_by(house, row) == LEAD.actor


async def test_where_no_time_is_left_a_ruling_takes_effect_at_once(house: House) -> None:
    row = await opened(house)
    async with house.stores.database.connection() as connection:
        left = house.clock.now()
        await connection.execute("update reviews set due_at = $2::timestamptz + interval '5 s' where id = $1", row.review["id"], left)
    assert await ruled(house, row) == row.case["id"]
    assert await decided_by(house, row) == LEAD.actor


async def test_an_expired_claim_takes_nothing_from_a_held_ruling(house: House) -> None:
    row = await opened(house)
    await house.reviews.claim(row.review["id"], LEAD)
    house.clock.advance(seconds=295)
    await ruled(house, await fresh(house, row.review["id"]))
    house.clock.advance(seconds=GRACE_S + 1)
    await house.clocks.tick()
    assert await decided_by(house, row) == LEAD.actor


async def test_a_case_that_ends_elsewhere_takes_its_held_ruling_along(house: House) -> None:
    row = await opened(house)
    await ruled(house, row)
    case = await house.views.case(row.case["id"])
    assert case is not None
    await house.casework.resolve(row.case["id"], Asked(OTHER, case.case["revision"], "req_2"), Outcome.SOLVED, None)
    house.clock.advance(seconds=GRACE_S + 1)
    await house.clocks.tick()
    now = await fresh(house, row.review["id"])
    assert (now.review["status"], now.review["held"]) == ("closed", None)
    assert "review.ruled" not in await house.kinds(row.case["id"])


async def test_an_override_that_was_seconded_and_taken_back_waits_for_nobody(house: House) -> None:
    row = await opened(house)
    asked = Ruling(action=RulingAction.EDIT, actor=LEAD.actor, overrides=("refund-limit",), reason="R.", ruled_at=house.clock.now())
    seconded = asked.model_copy(update={"seconded_by": OTHER.actor})
    until = house.clock.now() + timedelta(seconds=GRACE_S)
    async with house.deps.store.transaction() as tx:
        await tx.cases.locked(row.case["id"])
        review = await tx.reviews.locked(row.review["id"])
        assert review is not None
        held = HeldRuling(ruling=seconded, until=until, revision=review.revision + 1)
        await tx.reviews.save(review.model_copy(update={"override": asked, "held": held}))
    await Grace(house.reviews).undo(row.review["id"], LEAD, "req_2")
    left = (await fresh(house, row.review["id"])).review
    assert (left["held"], left["override"]) == (None, None)
