"""A house: the real graph on the sample company, the same for the same case, and gone after it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio

from domain.canonical import canonical_json
from domain.errors import InvalidInput
from domain.facts import ContractTier, Mode, Signal
from evals.house import Changes, House, HouseSpec, TurnOutcome
from evals.house.counting import tallied
from policies.rules import shipped
from prompts.loader import load
from tests.service import MODELS

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOW_TO = "How do I rotate an API token without downtime?"
THREAT = "Our lawyers will file a claim against you on Monday."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house() -> AsyncIterator[House]:
    """With the embedded model and the shipped policy."""
    async with House.open(HouseSpec(models=MODELS)) as opened:
        yield opened


def client_of(house: House, tier: ContractTier, **fields: Any) -> str:
    """A client of this tier without any flag."""
    return next(
        one.id
        for one in house.world.clients
        if one.contract
        and one.contract.tier is tier
        and not one.flags
        and one.contract.ai_allowed
        and all(getattr(one, name) == value for name, value in fields.items())
    )


def plain(outcomes: list[TurnOutcome]) -> bytes:
    """What a suite would keep of them."""
    return canonical_json([one.as_output() for one in outcomes])


async def test_a_case_decides_the_same_however_often_and_beside_whatever_it_runs(house: House) -> None:
    messages = [{"text": HOW_TO, "client": client_of(house, ContractTier.SILVER)}, {"text": "And how often?"}]
    first = await house.converse(messages)
    assert first[0].reply is not None
    side_by_side = await asyncio.gather(*(house.converse(messages) for _ in range(3)), house.converse([{"text": THREAT}]))
    assert {plain(one) for one in side_by_side[:3]} == {plain(first)}
    async with House.open(HouseSpec(models=MODELS)) as another:
        assert plain(await another.converse(messages)) == plain(first)


async def test_no_output_holds_a_time_that_was_measured(house: House) -> None:
    (outcome,) = await house.converse([{"text": HOW_TO}])
    assert outcome.ms > 0
    assert outcome.stages["policy"] > 0
    text = orjson.dumps(outcome.as_output()).decode()
    assert '"ms"' not in text
    assert "latency" not in text


async def test_the_moment_is_the_cases_own(house: House) -> None:
    night = datetime(2026, 11, 22, 3, tzinfo=UTC)
    said = datetime(2026, 11, 20, 9, tzinfo=UTC)
    (fixed,) = await house.converse([{"text": HOW_TO, "sent_at": "2026-11-20T09:00:00Z"}], Changes(now=night))
    (sent,) = await house.converse([{"text": HOW_TO, "sent_at": "2026-11-20T09:00:00Z"}])
    assert (fixed.facts.now, sent.facts.now) == (night, said)
    assert fixed.facts.load.pools["eu-core"].available < sent.facts.load.pools["eu-core"].available


async def test_a_later_turn_sees_the_earlier_messages_and_its_number(house: House) -> None:
    client = client_of(house, ContractTier.SILVER)
    outcomes = await house.converse([{"text": HOW_TO, "client": client}, {"text": "Thank you. And where?"}, {"text": "Found it."}])
    assert [one.facts.message.turn for one in outcomes] == [1, 2, 3]
    assert {one.facts.client.id for one in outcomes} == {client}
    assert [one.turn.thread for one in outcomes] == [(), (HOW_TO,), (HOW_TO, "Thank you. And where?")]
    assert len({one.turn.case_id for one in outcomes}) == 1
    assert outcomes[1].facts.now > outcomes[0].facts.now


async def test_a_stop_for_a_person_is_the_outcome_unless_somebody_rules(house: House) -> None:
    message = {"text": THREAT, "client": client_of(house, ContractTier.STRATEGIC)}
    (waits,) = await house.converse([message])
    assert waits.waits
    assert (waits.decision, waits.reply, waits.handover) == (None, None, None)
    assert waits.review is not None
    (ruled,) = await house.converse([message], Changes(ruling={"action": "approve"}))
    assert ruled.decision is not None
    assert ruled.decision.decided_by == "person:lead"
    assert ruled.review == waits.review
    assert ruled.handover is not None
    asked = Changes(ruling={"action": "ask", "question": "Which contract do you mean?"})
    (question,) = await house.converse([message], asked)
    assert question.reply is not None
    assert question.reply.text == "Which contract do you mean?"


async def test_a_turn_after_one_that_waits_is_worked_as_well(house: House) -> None:
    first, second = await house.converse([{"text": THREAT, "client": client_of(house, ContractTier.GOLD)}, {"text": HOW_TO}])
    assert first.waits
    assert second.turn.thread == (THREAT,)


async def test_a_client_is_written_for_by_a_role_or_an_address(house: House) -> None:
    client = house.world.clients[0]
    contact = client.contacts[0]
    (by_role,) = await house.converse([{"text": HOW_TO, "client": client.id, "contact": contact.role}])
    (by_address,) = await house.converse([{"text": HOW_TO, "contact": contact.email}])
    (by_channel,) = await house.converse([{"text": HOW_TO, "sender": {"email": "nobody@nowhere.example"}}])
    assert by_role.turn.identity is not None
    assert by_role.turn.identity.contact_id == contact.id
    assert by_address.turn.identity is not None
    assert by_address.turn.identity.client_id == client.id
    assert (by_channel.turn.identity, by_channel.facts.client.known) == (None, False)


async def test_records_may_contradict_each_other_for_one_case_only(house: House) -> None:
    client = client_of(house, ContractTier.STRATEGIC)
    message = {"text": HOW_TO, "client": client}
    changes = Changes(
        client={"contract": {"tier": "silver"}, "health": 0.1},
        telemetry={"calls_24h": 1000, "errors_24h": 400},
        past_cases=(
            {
                "id": "past-1",
                "subject": "Exports fail",
                "intent": "defect",
                "severity": 4,
                "opened_at": "2026-11-20T08:00:00Z",
                "resolved_at": None,
                "pool": "eu-core",
            },
        ),
    )
    (before,), (changed,), (after,) = [await house.converse([message], one) for one in (Changes(), changes, Changes())]
    assert (changed.facts.client.contract.tier, changed.facts.client.health) == (ContractTier.SILVER, 0.1)
    assert changed.facts.context.error_rate == 0.4
    assert changed.facts.context.open_cases == before.facts.context.open_cases + 1
    assert plain([before]) == plain([after])


async def test_a_changed_address_is_found_and_the_old_one_is_not(house: House) -> None:
    client = house.world.clients[0]
    moved = {**client.contacts[0].model_dump(mode="json"), "email": "moved@elsewhere.example", "handles": (), "phone": None}
    changes = Changes(client={"id": client.id, "contacts": [moved], "domains": []})
    (found,) = await house.converse([{"text": HOW_TO, "contact": "moved@elsewhere.example"}], changes)
    (lost,) = await house.converse([{"text": HOW_TO, "contact": client.contacts[0].email}], changes)
    assert found.turn.identity is not None
    assert found.turn.identity.client_id == client.id
    assert lost.turn.identity is None


@pytest.mark.parametrize(("how", "error"), [("tools_down", "tool-failed"), ("tools_slow", "timeout")])
async def test_tools_fail_as_the_service_would_see_it_and_without_waiting(house: House, how: str, error: str) -> None:
    client = client_of(house, ContractTier.GOLD)
    changes = Changes.model_validate({how: ["profile", "telemetry", "knowledge", "history"]})
    (outcome,) = await house.converse([{"text": HOW_TO, "client": client}], changes)
    assert outcome.facts.context.missing == ("cases", "crm", "knowledge", "telemetry")
    assert {run.error for run in outcome.context.runs} == {error}
    assert outcome.value.model == "none"
    assert outcome.turn.identity is not None
    (blind,) = await house.converse([{"text": HOW_TO, "client": client}], Changes.model_validate({how: ["crm"]}))
    assert blind.turn.identity is None


async def test_an_article_of_the_case_is_found_beside_the_companys_own(house: House) -> None:
    article = {
        "id": "own",
        "title": "Teleport a badger",
        "body": "Press the badger button twice.",
        "product": "x",
        "updated_on": "2026-11-01",
    }
    (outcome,) = await house.converse([{"text": "How do I teleport a badger?"}], Changes(knowledge=(article,)))
    assert outcome.context.articles[0].article.id == "own"
    (without,) = await house.converse([{"text": "How do I teleport a badger?"}])
    assert without.context.articles[0].article.id != "own"


async def test_who_is_free_follows_from_the_shifts_unless_the_case_says_otherwise(house: House) -> None:
    message = {"text": THREAT, "client": client_of(house, ContractTier.SILVER, region="eu")}
    rule = {"ruling": {"action": "approve"}}
    (free,) = await house.converse([message], Changes.model_validate(rule))
    assert free.decision is not None
    assert free.decision.route.assignee is not None
    nobody = {pool: {"available": 0} for pool in free.facts.load.pools}
    (full,) = await house.converse([message], Changes.model_validate({**rule, "load": {"utilization": 0.97, "pools": nobody}}))
    assert full.decision is not None
    assert (full.facts.load.utilization, full.decision.route.assignee) == (0.97, None)


async def test_the_frame_and_the_offer_are_what_the_router_was_bound_by(house: House) -> None:
    (outcome,) = await house.converse([{"text": HOW_TO, "client": client_of(house, ContractTier.SILVER)}])
    assert outcome.proposal is not None
    assert outcome.proposal.mode in outcome.frame.modes
    assert outcome.proposal.pool in {pool.id for pool in outcome.offer.pools}


WRONG: list[tuple[list[dict[str, Any]], dict[str, Any], str]] = [
    ([], {}, "needs a message"),
    ([{"text": " "}], {}, "must not be blank"),
    ([{"text": "Hi", "chanel": "email"}], {}, "chanel: Extra inputs"),
    ([{"text": "Hi", "client": "client_9999"}], {}, "has no client client_9999"),
    ([{"text": "Hi", "client": "client_0001", "contact": "pope"}], {}, "has no contact pope; it has"),
    ([{"text": "Hi", "client": "x", "sender": {}}], {}, "not by both"),
    ([{"text": "Hi"}], {"client": {"health": 0.1}}, "nobody is known to write"),
    ([{"text": "Hi", "client": "client_0001"}], {"client": {"healthy": 0.1}}, "is no ClientProfile: healthy"),
    ([{"text": "Hi"}], {"knowledge": [{"id": "a"}]}, "is no Article"),
    ([{"text": THREAT, "client": "client_0001"}], {"ruling": {"action": "shrug"}}, "is no ruling"),
]


@pytest.mark.parametrize(("messages", "changes", "says"), WRONG)
async def test_a_case_that_cannot_be_is_told_what_is_wrong(
    house: House, messages: list[dict[str, Any]], changes: dict[str, Any], says: str
) -> None:
    first = house.world.clients[0].id
    named = [{**one, "client": first} if one.get("client") == "client_0001" else one for one in messages]
    with pytest.raises(InvalidInput, match=says):
        await house.converse(named, Changes.model_validate(changes))


async def test_calls_are_counted_by_turn_and_by_whoever_asks(house: House) -> None:
    with tallied() as outer:
        (outcome,) = await house.converse([{"text": HOW_TO}])
    assert outcome.usage.calls >= 2
    assert outer.usage == outcome.usage
    assert outer.models == {house.model.name}
    assert (outcome.usage.tokens, outcome.usage.cost) == (0, 0.0)


async def test_another_policy_and_another_prompt_take_effect(house: House, tmp_path: Path) -> None:
    own = load("triage")
    (tmp_path / "triage.md").write_text(
        "---\nid: triage\nversion: 9\ninputs: [intents, signals]\noutput: TriageAnswer\n---\nLabel: {{ intents }}, {{ signals }}."
    )
    text = shipped().replace("policy: vip-support", "policy: vip-other", 1)
    async with House.open(HouseSpec(models=MODELS, policy_text=text, prompts=tmp_path)) as other:
        (outcome,) = await other.converse([{"text": HOW_TO}])
    assert outcome.verdict.policy.name == "vip-other"
    assert outcome.triage.prompt.startswith("triage@9#")
    assert own.version != 9
    assert house.prompts["triage"] == own


async def test_what_a_threat_does_is_policys_to_say(house: House) -> None:
    (outcome,) = await house.converse([{"text": THREAT, "client": client_of(house, ContractTier.GOLD)}])
    assert Signal.LEGAL in outcome.facts.message.signals
    assert outcome.route.mode is Mode.HUMAN
