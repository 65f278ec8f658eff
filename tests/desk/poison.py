"""Versions that do harm, made from the shipped policy: what a rollout has to notice by itself."""

from __future__ import annotations

from typing import Any

import yaml

from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped

HARMLESS = {"id": "nothing-new", "when": "message.severity > 5", "modes": ["human"], "because": "It never holds."}
TO_PEOPLE = {"id": "to-people", "when": "true", "modes": ["human"], "because": "Everything goes to a person."}
TO_BOTS = {"id": "to-bots", "when": "true", "modes": ["ai"], "because": "Everything goes to a bot."}
FAILING = {"id": "failing", "when": "10 / (message.turn - 1) > 100", "priority_floor": 1, "because": "It divides by zero."}


def harmless() -> str:
    """Another text that decides as the shipped one does."""
    return _with_guard(HARMLESS)


def escalating() -> str:
    """Everything goes to a person."""
    return _with_guard(TO_PEOPLE)


def failing() -> str:
    """A condition that fails on the first message of every case."""
    return _with_guard(FAILING)


def forbidding_nothing() -> str:
    """No guard is left but one that gives everything to a bot, strategic clients too."""
    document = _document()
    return _text({**document, "guards": [TO_BOTS], "defaults": [{"mode": "ai", "pool": "eu-core"}], "tests": [], "invariants": []})


def compiled(text: str, version: int = 2) -> CompiledPolicy:
    """A version of it."""
    return compile_policy(text, version=version)


def _with_guard(guard: dict[str, Any]) -> str:
    document = _document()
    return _text({**document, "guards": [*document["guards"], guard]})


def _document() -> dict[str, Any]:
    return yaml.safe_load(shipped())


def _text(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1_000)
