"""Drafts: what leads write beside a review, kept for themselves and for whoever comes after them."""

from __future__ import annotations

import asyncio

import pytest

from desk.drafts import MOST_BYTES, DraftDesk
from domain.access import ApiKey, Scope
from domain.errors import Conflict, InvalidInput, NotFound
from domain.review import Ruling, RulingAction
from stores.drafts import PgDrafts
from tests.desk.house import LEAD, LEGAL, House

pytestmark = pytest.mark.asyncio(loop_scope="module")
OTHER = ApiKey(id="key_2", name="other", scopes=tuple(Scope), actor="person:lead-2")
EDIT, ASK = RulingAction.EDIT, RulingAction.ASK


def desk_of(house: House) -> DraftDesk:
    return DraftDesk(PgDrafts(house.stores.database), house.views, house.clock)


async def opened(house: House) -> str:
    """The id of a fresh review."""
    review = (await house.case(await house.post(LEGAL))).review
    assert review is not None
    return review["id"]


async def approved(house: House, review: str) -> None:
    row = await house.views.review(review)
    assert row is not None
    ruling = Ruling(action=RulingAction.APPROVE, actor=LEAD.actor, ruled_at=house.clock.now())
    await house.reviews.rule(review, ruling, LEAD, row.review["revision"], "req_1")


async def test_a_draft_is_none_once_the_review_is_over_whichever_came_first(shared_house: House) -> None:
    desk, review = desk_of(shared_house), await opened(shared_house)
    await desk.keep(review, EDIT, {"reason": "They wait since Monday."}, LEAD, None)
    writing = [desk.keep(review, ASK, {"question": f"Which {number}?"}, LEAD, None) for number in range(4)]
    outcomes = await asyncio.gather(*writing, approved(shared_house, review), return_exceptions=True)
    assert all(outcome is None or isinstance(outcome, (tuple, Conflict)) for outcome in outcomes)
    assert await desk.of(review) is None
    with pytest.raises(Conflict, match="over"):
        await desk.keep(review, EDIT, {"reason": "Late."}, LEAD, None)
    assert await desk.of(review) is None


async def test_the_next_holder_finds_what_was_written_form_by_form(shared_house: House) -> None:
    desk, review = desk_of(shared_house), await opened(shared_house)
    await desk.keep(review, EDIT, {"reason": "They wait.", "skills": ["legal"]}, LEAD, None)
    kept, other = await desk.keep(review, ASK, {"question": "Which invoice?"}, LEAD, 1)
    assert (kept.revision, other) == (2, None)
    draft = await desk.of(review)
    assert draft is not None
    assert draft.by == LEAD.actor
    assert draft.fields == {"edit": {"reason": "They wait.", "skills": ["legal"]}, "ask": {"question": "Which invoice?"}}


async def test_the_last_who_writes_wins_and_is_told_of_the_other_once(shared_house: House) -> None:
    desk, review = desk_of(shared_house), await opened(shared_house)
    await desk.keep(review, EDIT, {"reason": "Mine."}, LEAD, None)
    kept, other = await desk.keep(review, EDIT, {"reason": "Not yours."}, OTHER, None)
    assert other == LEAD.actor
    kept, other = await desk.keep(review, EDIT, {"reason": "Not yours!"}, OTHER, kept.revision)
    assert other is None
    kept, other = await desk.keep(review, EDIT, {"reason": "Mine again."}, LEAD, 1)
    assert other == OTHER.actor
    draft = await desk.of(review)
    assert draft is not None
    assert draft.fields["edit"] == {"reason": "Mine again."}


async def test_whoever_holds_the_review_writes_alone_until_the_claim_runs_out(shared_house: House) -> None:
    desk, review = desk_of(shared_house), await opened(shared_house)
    await shared_house.reviews.claim(review, LEAD)
    await desk.keep(review, EDIT, {"reason": "Mine."}, LEAD, None)
    for attempt in (desk.keep(review, EDIT, {"reason": "Yours."}, OTHER, None), desk.discard(review, OTHER)):
        with pytest.raises(Conflict, match="person:lead-1 holds"):
            await attempt
    shared_house.clock.advance(minutes=6)
    await desk.keep(review, EDIT, {"reason": "Yours."}, OTHER, None)
    draft = await desk.of(review)
    assert draft is not None
    assert (draft.by, draft.fields["edit"]) == (OTHER.actor, {"reason": "Yours."})
    await desk.discard(review, LEAD)
    assert await desk.of(review) is None


async def test_a_draft_has_a_size_in_one_form_and_in_all_together(shared_house: House) -> None:
    desk, review = desk_of(shared_house), await opened(shared_house)
    half = "ä" * (MOST_BYTES // 4)
    await desk.keep(review, EDIT, {"reason": half}, LEAD, None)
    for form, text in ((ASK, half), (EDIT, half * 3)):
        with pytest.raises(InvalidInput, match="32 KB"):
            await desk.keep(review, form, {"reason": text}, LEAD, None)
    draft = await desk.of(review)
    assert draft is not None
    assert (draft.revision, draft.fields) == (1, {"edit": {"reason": half}})


async def test_nobody_writes_on_what_they_may_not_see(shared_house: House) -> None:
    desk, review = desk_of(shared_house), await opened(shared_house)
    abroad = LEAD.model_copy(update={"region": "us"})
    with pytest.raises(NotFound):
        await desk.keep(review, EDIT, {"reason": "From afar."}, abroad, None)
    assert await desk.of(review) is None
