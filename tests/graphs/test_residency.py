"""A model of a region where the case may not go is never asked: not before policy was framed, and not after its proposal was refused."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import BaseModel

from agents.embedded.model import embedded_model
from agents.handover import HandoverWriter
from agents.reply import ReplyWriter
from agents.router import RouterAgent
from agents.triage import TriageAgent
from desk.amendments import AmendingWorker, Amendments
from domain.facts import Region
from domain.model import ModelAnswer, ModelCall
from graphs.readers import regions_that_may_read
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped
from tests.agents.examples import turn
from tests.desk.house import CTO, LEGAL, House, open_house
from tests.service import MODELS

Answer = TypeVar("Answer", bound=BaseModel)
SIMPLE = "How do I share a dashboard with a colleague?"
REFUSED = "model of region us may not see this case"
EUROPEAN, NOBODY = turn("Hello"), turn("Hello").model_copy(update={"identity": None})


class Abroad:
    """A model in the United States that remembers what it was asked."""

    name, region = "openai/abroad", "us"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._embedded = embedded_model(MODELS)

    async def ask(self, call: ModelCall, answer: type[Answer]) -> ModelAnswer[Answer]:
        """What the embedded model says."""
        self.asked.append(call.task)
        said = await self._embedded.ask(call, answer)
        return said.model_copy(update={"model": self.name, "model_region": self.region})


async def american(house: House) -> str:
    """The address of somebody at a client in the United States."""
    clients = await house.deps.gatherer.crm.clients(region="us")
    return next(contact.email for client in clients for contact in client.contacts if contact.email)


def speaking(model: Abroad) -> dict[str, object]:
    """The graph's agents, all of whom speak to `model`."""
    local = embedded_model(MODELS)
    return {
        "triage": TriageAgent(model, second=local),
        "router": RouterAgent(model),
        "reply": ReplyWriter(model, local),
        "handover": HandoverWriter(model, local),
    }


async def test_a_european_case_is_routed_answered_and_handed_over_without_a_model_of_another_region(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    abroad = Abroad()
    async with open_house(database_url, redis_url, tmp_path, **speaking(abroad)) as house:
        accepted = await house.post(SIMPLE, "residency", CTO)
        await house.floor.drain(20)
        case, record = await house.case(accepted), await house.views.record(accepted.case_id)
        assert case.decision is not None
        assert record is not None
        assert case.decision["degraded"] == [f"triage: {REFUSED}", f"router: {REFUSED}"]
        assert record["proposal"]["model_region"] == "local"
    assert abroad.asked == []


async def test_an_american_case_is(database_url: str, redis_url: str, tmp_path: Path) -> None:
    abroad = Abroad()
    async with open_house(database_url, redis_url, tmp_path, **speaking(abroad)) as house:
        await house.post(SIMPLE, "at home", await american(house))
        await house.floor.drain(20)
    assert abroad.asked[:2] == ["triage", "route"]


async def test_what_is_written_while_a_person_is_asked_is_read_under_the_reviews_envelope(house: House) -> None:
    abroad, local = Abroad(), TriageAgent(embedded_model(MODELS))
    amendments = Amendments(house.deps.store, house.queue, house.deps.policies, TriageAgent(abroad), local, house.clock)
    accepted = await house.post(LEGAL, "amended")
    house.floor.employ(AmendingWorker(house.runner, amendments))
    await house.accept("Now our whole production is down!", "amended")
    await house.floor.drain(20)
    review = (await house.case(accepted)).review
    assert review is not None
    row = await house.views.review(review["id"])
    assert row is not None
    assert [one["degraded"] for one in row.amendments] == [[f"triage: {REFUSED}"]]
    assert abroad.asked == []


def policy(*guards: str) -> CompiledPolicy:
    """The shipped policy with guards in place of the one on residency."""
    lines = shipped().splitlines()
    [at] = [number for number, line in enumerate(lines) if "id: eu-residency" in line]
    told = [f"  - {{id: own-{number}, when: '{when}', model_regions: [eu], because: It stays.}}" for number, when in enumerate(guards)]
    [begins] = [number for number, line in enumerate(lines) if line.startswith("tests:")]
    return compile_policy("\n".join([*lines[:at], *told, *lines[at + 1 : begins]]) + "\n")


@pytest.mark.parametrize(
    ("guards", "known", "stranger"),
    [
        ((), None, None),
        (('client.region == "eu"',), ("eu",), ("eu",)),
        (('client.region == "apac"',), None, None),
        (("client.known",), ("eu",), None),
        (('message.channel == "email" && !client.known',), None, ("eu",)),
        (("client.regulated",), ("eu",), ("eu",)),
        (("message.severity > 3",), ("eu",), ("eu",)),
        (("tier.rank > 3",), ("eu",), ("eu",)),
    ],
)
def test_a_guard_that_asks_for_more_than_intake_knows_counts_as_holding(
    guards: tuple[str, ...], known: tuple[str, ...] | None, stranger: tuple[str, ...] | None
) -> None:
    assert regions_that_may_read(policy(*guards), EUROPEAN, Region.EU) == known
    assert regions_that_may_read(policy(*guards), NOBODY, Region.EU) == stranger


def test_the_shipped_policy_keeps_europe_and_lets_others_be_read_anywhere() -> None:
    shipped_policy = compile_policy(shipped())
    assert regions_that_may_read(shipped_policy, EUROPEAN, Region.EU) == ("eu",)
    assert regions_that_may_read(shipped_policy, NOBODY, Region.US) is None
