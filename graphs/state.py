"""All state of a run: plain data only, since every step is written to a checkpoint."""

from __future__ import annotations

from typing import Any, Required, TypedDict


class CaseState(TypedDict, total=False):
    """One turn of one case. Each key is written by one node; the input resets them all for a new turn."""

    turn: Required[dict[str, Any]]
    policy: Required[str]
    value: dict[str, Any] | None
    context: dict[str, Any] | None
    triage: dict[str, Any] | None
    facts: dict[str, Any] | None
    proposal: dict[str, Any] | None
    routing: dict[str, Any] | None
    ruling: dict[str, Any] | None
    decision: dict[str, Any] | None
    started: Required[float]


RECORDED = ("value", "context", "triage", "facts", "proposal", "routing")


def fresh_state(turn: dict[str, Any], policy: str, started: float) -> CaseState:
    """The input of a new run."""
    return CaseState(
        turn=turn,
        policy=policy,
        value=None,
        context=None,
        triage=None,
        facts=None,
        proposal=None,
        routing=None,
        ruling=None,
        decision=None,
        started=started,
    )


def opening_of(state: CaseState) -> CaseState:
    """The input of a case's first run: nothing is left over that it had to reset, and each step costs less for a channel never written."""
    return CaseState(turn=state["turn"], policy=state["policy"], started=state["started"])


def record_of(state: CaseState) -> dict[str, Any]:
    """What is kept in Postgres so that the run can be rebuilt without its checkpoint."""
    return {key: state.get(key) for key in RECORDED}
