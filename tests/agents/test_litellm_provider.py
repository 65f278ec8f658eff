"""The embedded model answers through litellm as it answers directly: one code path."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from agents.litellm_provider import register_litellm_provider
from agents.model import EmbeddedModel
from tests.agents.examples import OFFER

ROUTE: dict[str, Any] = {
    "offer": OFFER.model_dump(mode="json"),
    "message": {"intent": "integration", "severity": 2, "confidence": 0.8, "sentiment": 0.0, "signals": [], "language": "en"},
    "context": {"knowledge_score": 0.7},
    "facts": [{"id": "crm:contract/778"}],
    "tier": "premium",
}


@pytest.mark.parametrize(("task", "inputs"), [("triage", {"message": "See you in court."}), ("route", ROUTE)])
async def test_both_ways_give_the_same_answer(embedded: EmbeddedModel, task: str, inputs: dict[str, Any]) -> None:
    register_litellm_provider(embedded)
    litellm: Any = importlib.import_module("litellm")
    messages = [{"role": "user", "content": json.dumps(inputs)}]
    response = await litellm.acompletion(model="maitred/embedded", messages=messages, task=task)
    assert json.loads(response.choices[0].message.content) == json.loads(json.dumps(embedded.run(task, inputs)))
    assert response.usage.total_tokens == response.usage.prompt_tokens + response.usage.completion_tokens > 0
