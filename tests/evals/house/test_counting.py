"""What a model takes is counted, in whoever's tally asks; its answers are judged and not the machine."""

from __future__ import annotations

import pytest

from agents.model import LiteLlmModel, ModelSettings
from agents.triage import TriageAnswer
from domain.errors import ModelUnavailable
from domain.model import ModelAnswer, ModelCall
from evals.house import House, HouseSpec
from evals.house.counting import Answer, CountedModel, tallied
from evals.usage import Usage
from tests.llm_stub import Behaviour, LlmStub
from tests.service import MODELS

CALL = ModelCall(task="triage", prompt_id="triage", prompt_hash="0", system="", inputs={}, budget_s=0.2)
TRIAGE = {"intent": "how_to", "severity": 1, "language": "en"}


class Listening:
    """A model that remembers how long it was given."""

    name, region = "listening", "eu"

    def __init__(self, fails: bool = False) -> None:
        self.given: list[float] = []
        self._fails = fails

    async def ask(self, call: ModelCall, answer: type[Answer]) -> ModelAnswer[Answer]:
        self.given.append(call.budget_s)
        if self._fails:
            raise ModelUnavailable("refused")
        usage = {"prompt_tokens": 7, "completion_tokens": 3}
        return ModelAnswer(value=answer.model_validate(TRIAGE), model=self.name, model_region="eu", ms=0.0, usage=usage)


async def test_patience_takes_the_place_of_the_budget_unless_it_runs_as_live() -> None:
    inner = Listening()
    await CountedModel(inner, 60.0).ask(CALL, TriageAnswer)
    await CountedModel(inner, None).ask(CALL, TriageAnswer)
    assert inner.given == [60.0, 0.2]


async def test_tallies_stand_inside_each_other_and_a_failed_call_counts() -> None:
    model, broken = CountedModel(Listening(), None), CountedModel(Listening(fails=True), None)
    with tallied() as outer:
        await model.ask(CALL, TriageAnswer)
        with tallied() as inner:
            await model.ask(CALL, TriageAnswer)
            with pytest.raises(ModelUnavailable):
                await broken.ask(CALL, TriageAnswer)
    await model.ask(CALL, TriageAnswer)
    assert inner.usage == Usage(calls=2, prompt_tokens=7, completion_tokens=3)
    assert outer.usage == Usage(calls=3, prompt_tokens=14, completion_tokens=6)
    assert inner.failures == ["triage: refused"]


async def test_a_model_behind_a_server_answers_every_task_and_costs_what_the_list_says() -> None:
    with LlmStub() as stub:
        spec = HouseSpec(models=MODELS, model=ModelSettings("openai/gpt-4o", stub.url, "none"))
        async with House.open(spec) as house:
            (outcome,) = await house.converse([{"text": "How do I share a dashboard?", "client": "juniper-media"}])
            assert outcome.usage.calls == len(stub.calls) > 2
            assert (outcome.usage.prompt_tokens, outcome.usage.completion_tokens) == (10 * len(stub.calls), 5 * len(stub.calls))
            assert outcome.usage.cost == pytest.approx(len(stub.calls) * (10 * 2.5e-6 + 5 * 1e-5))
            assert "openai/gpt-4o" in outcome.models
            stub.behaviour = Behaviour.BROKEN
            (fallen,) = await house.converse([{"text": "How do I share a dashboard?", "client": "juniper-media"}])
    assert any(reason.startswith("triage: ") for reason in fallen.degraded)
    assert fallen.proposal is None
    assert fallen.usage.tokens == 0


@pytest.mark.parametrize(("behaviour", "asked"), [(Behaviour.OFF_SCHEMA, 2), (Behaviour.SILENT, 1)])
async def test_an_answer_that_is_of_no_use_is_paid_for(behaviour: Behaviour, asked: int) -> None:
    with LlmStub() as stub, tallied() as tally:
        stub.behaviour = behaviour
        model = CountedModel(LiteLlmModel(ModelSettings("openai/gpt-4o", stub.url, "none")), 60.0)
        with pytest.raises(ModelUnavailable):
            await model.ask(CALL, TriageAnswer)
    assert (len(stub.calls), tally.usage.prompt_tokens, tally.usage.completion_tokens) == (asked, 10 * asked, 5 * asked)
    assert tally.usage.cost == pytest.approx(asked * (10 * 2.5e-6 + 5 * 1e-5))
