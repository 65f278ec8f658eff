"""What a provider's answers took is counted where somebody counts, also of answers that are of no use."""

from __future__ import annotations

import asyncio

import pytest

from agents.model import LiteLlmModel
from agents.spending import Spent, price, spending
from agents.triage import TriageAgent
from domain.errors import ModelUnavailable
from tests.agents.examples import turn
from tests.llm_stub import Behaviour, LlmStub


async def test_tokens_are_counted_and_a_price_that_nobody_knows_is_none(stub: LlmStub, provider: LiteLlmModel) -> None:
    with spending() as spent:
        await asyncio.create_task(TriageAgent(provider).read(turn("See you in court."), 10.0))
    assert spent.recorded == {"usage": {"calls": 1, "prompt_tokens": 10, "completion_tokens": 5, "cost_usd": None}}


async def test_a_repair_counts_twice_also_when_it_does_not_help(stub: LlmStub, provider: LiteLlmModel) -> None:
    stub.behaviour = Behaviour.OFF_SCHEMA
    with spending() as spent, pytest.raises(ModelUnavailable):
        await TriageAgent(provider).read(turn("See you in court."), 10.0)
    assert (spent.calls, spent.prompt_tokens, spent.completion_tokens) == (2, 20, 10)


async def test_counts_stand_inside_each_other(stub: LlmStub, provider: LiteLlmModel) -> None:
    with spending() as outer:
        await TriageAgent(provider).read(turn("See you in court."), 10.0)
        with spending() as inner:
            await TriageAgent(provider).read(turn("See you in court."), 10.0)
    assert (outer.calls, inner.calls) == (2, 1)


def test_money_adds_up_unless_one_price_is_missing() -> None:
    spent = Spent()
    assert spent.recorded == {}
    spent.add(10, 5, 0.25)
    spent.add(10, 5, 0.5)
    assert spent.cost_usd == 0.75
    spent.add(10, 5, None)
    spent.add(10, 5, 1.0)
    assert spent.cost_usd is None


def test_a_price_is_that_of_the_list_and_none_is_invented() -> None:
    assert price("openai/gpt-4o", 1_000_000, 0) == pytest.approx(2.5)
    assert price("openai/no-such-model", 10, 10) is None
