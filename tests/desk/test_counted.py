"""What a run leaves behind to be counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agents.model import LiteLlmModel, ModelSettings
from agents.router import RouterAgent
from agents.triage import TriageAgent
from desk.cases import case_view
from desk.casework import Asked
from domain.case import Outcome
from domain.views import Accepted
from stores.decisions import STAGES
from stores.migrations.versions.v0009_figures import STATEMENTS
from tests.agents.examples import turn
from tests.desk.house import LEAD, LEGAL, House, open_house
from tests.llm_stub import LlmStub

SIMPLE = "How do I share a dashboard with a colleague?"


async def counted(house: House) -> list[dict[str, Any]]:
    async with house.stores.database.connection() as connection:
        return [dict(row) for row in await connection.fetch("select * from decision_figures order by decision_id")]


async def asked(house: House, accepted: Accepted) -> Asked:
    return Asked(LEAD, (await house.case(accepted)).case["revision"], "req_2")


async def test_a_decision_is_counted_as_it_was_made(house: House) -> None:
    accepted = await house.post(SIMPLE)
    row = await house.case(accepted)
    assert row.decision is not None
    [figures] = await counted(house)
    decision, verdict = row.decision, row.decision["verdict"]
    assert figures["decision_id"] == decision["id"]
    assert (figures["region"], figures["tier"], figures["mode"]) == ("eu", verdict["tier"]["id"], decision["route"]["mode"])
    assert figures["guards"].split() == [guard["id"] for guard in verdict["guards"]]
    assert (figures["overruled"], figures["degraded"]) == (decision["overruled"], bool(decision["degraded"]))
    assert [figures[f"{stage}_us"] for stage in STAGES] == [round(decision["latency_ms"][stage] * 1000) for stage in STAGES]
    assert (figures["prompt_tokens"], figures["cost_usd"]) == (0, 0.0)


async def test_what_waits_for_a_person_is_not_decided_yet(house: House) -> None:
    await house.post(LEGAL)
    assert await counted(house) == []


async def test_decisions_from_before_are_counted_as_new_ones_are(house: House) -> None:
    await house.post(SIMPLE)
    await house.post("Please send me the invoice of last month again.", email="billing@northwind.example")
    new = await counted(house)
    [fill] = [one for one in STATEMENTS if "insert into decision_figures" in one]
    async with house.stores.database.connection() as connection:
        await connection.execute("truncate decision_figures")
        await connection.execute(fill)
    assert await counted(house) == new
    assert len(new) == 2


async def test_who_was_answered_heard_from_us_when_the_reply_went_out(house: House) -> None:
    accepted = await house.post(SIMPLE, email="somebody@nowhere.example")
    await house.floor.drain(10)
    case = (await house.case(accepted)).case
    assert (case["status"], case["acknowledged_at"]) == ("answered", None)
    assert case["heard_at"] == case["updated_at"]
    overdue = datetime.fromisoformat(case["ack_due_at"]) + timedelta(seconds=1)
    sla = case_view(await house.case(accepted), overdue)["decision"]["sla"]
    assert (sla["state"], sla["ack_state"]) == ("met", "met")


async def test_who_heard_from_us_once_is_not_forgotten_when_the_case_is_reopened(house: House) -> None:
    accepted = await house.post(SIMPLE)
    await house.floor.drain(10)
    await house.casework.acknowledge(accepted.case_id, await asked(house, accepted))
    heard = (await house.case(accepted)).case["heard_at"]
    house.clock.advance(hours=1)
    await house.casework.resolve(accepted.case_id, await asked(house, accepted), Outcome.SOLVED, None)
    await house.casework.reopen(accepted.case_id, await asked(house, accepted))
    case = (await house.case(accepted)).case
    assert (case["heard_at"], case["acknowledged_at"]) == (heard, None)
    assert heard is not None


async def test_what_a_provider_took_is_counted_with_the_decision(database_url: str, redis_url: str, tmp_path: Path) -> None:
    with LlmStub() as stub:
        model = LiteLlmModel(ModelSettings("openai/gpt-4o", stub.url, "sk-test", "eu", 20.0))
        await TriageAgent(model).read(turn("Warm up: the first call imports the library."), 30.0)
        async with open_house(database_url, redis_url, tmp_path, triage=TriageAgent(model), router=RouterAgent(model)) as house:
            await house.post(SIMPLE)
            [figures] = await counted(house)
    assert (figures["prompt_tokens"], figures["completion_tokens"]) == (20, 10)
    assert figures["cost_usd"] == pytest.approx(20 * 2.5e-6 + 10 * 10e-6)
