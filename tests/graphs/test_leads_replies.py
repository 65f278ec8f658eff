"""A reply in a lead's own words: it stands in for a model's where an AI has a part in the answer, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from agents.context_gatherer import ContextGatherer
from desk.previews import Previews
from desk.reviews import route_from
from domain.case import TurnStatus
from domain.facts import Mode
from domain.review import Ruling, RulingAction
from domain.views import LedgerQuery, ReviewRow
from tests.desk.house import LEAD, House, open_house
from tests.graphs.test_case_graph import SIMPLE, DeadTool

OWN = "Open the dashboard, choose Share, and type your colleague's name.\n\nAda from Halyard"


@pytest_asyncio.fixture
async def house(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """Telemetry is down, so that a valuable client's question waits for a lead with a draft on the table."""
    async with open_house(database_url, redis_url, tmp_path) as opened:
        tools = opened.deps.gatherer
        lame = ContextGatherer(tools.crm, DeadTool(), tools.knowledge, tools.history)  # pyright: ignore[reportArgumentType]
        object.__setattr__(opened.deps, "gatherer", lame)
        yield opened


async def waiting(house: House) -> tuple[ReviewRow, str]:
    accepted = await house.post(SIMPLE)
    review = (await house.case(accepted)).review
    assert review is not None
    row = await house.views.review(review["id"])
    assert row is not None
    return row, accepted.case_id


async def ruled(house: House, row: ReviewRow, case_id: str, mode: Mode, reply: str) -> dict[str, Any]:
    """The case once the ruling's turn is done."""
    route = route_from(row.record, {"mode": mode.value})
    ruling = Ruling(action=RulingAction.EDIT, actor=LEAD.actor, route=route, reply=reply, ruled_at=house.clock.now())
    await house.reviews.rule(row.review["id"], ruling, LEAD, row.review["revision"], "req_2")
    async with asyncio.timeout(20):
        while await house.queue.status(case_id, 1) is not TurnStatus.DONE:
            await asyncio.sleep(0.05)
    found = await house.views.case(case_id)
    assert found is not None
    return found.case


async def test_what_a_lead_wrote_is_the_draft_word_for_word(house: House) -> None:
    row, case_id = await waiting(house)
    reply = (await ruled(house, row, case_id, Mode.HYBRID, OWN))["reply"]
    assert (reply["text"], reply["model"], reply["sent"]) == (OWN, LEAD.actor, False)
    entries = await house.views.entries(LedgerQuery(case_id=case_id, kind="case.replied"))
    assert [entry["actor"] for entry in entries] == [LEAD.actor]


async def test_a_blank_one_leaves_the_answer_to_the_model(house: House) -> None:
    row, case_id = await waiting(house)
    reply = (await ruled(house, row, case_id, Mode.HYBRID, " \n "))["reply"]
    assert reply["model"] != LEAD.actor
    assert reply["text"].strip()


async def test_a_route_to_a_person_alone_sends_and_drafts_nothing(house: House) -> None:
    row, case_id = await waiting(house)
    assert (await ruled(house, row, case_id, Mode.HUMAN, OWN))["reply"] is None


async def test_the_answer_can_be_read_before_anybody_rules(house: House) -> None:
    row, _ = await waiting(house)
    previews = Previews(house.deps.handover.of_the_record(), house.deps.reply.of_the_record())
    answer = await previews.reply(row)
    assert answer is not None
    assert answer.text.strip()
    note = await previews.handover(row)
    assert note is not None
    assert note.sections
