"""The first step: three agents side by side. None of them may fail the run; what is missing is said in `degraded`."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from langgraph.runtime import Runtime

from agents.spending import spending
from domain.case import TurnInput
from domain.context import Context
from domain.errors import ModelUnavailable, ToolFailed
from domain.model import LOCAL
from graphs.deps import Deps
from graphs.nodes.budget import CONTEXT_SHARE, TRIAGE_SHARE, VALUE_SHARE, smallest_budget_s
from graphs.readers import regions_that_may_read
from graphs.snapshot import client_facts, context_facts
from graphs.state import CaseState

Node = Callable[[CaseState, Runtime[Deps]], Awaitable[dict[str, Any]]]


def once(node: Node) -> Node:
    """A rebuilt run brings facts or a decision along: nobody's work is asked twice."""

    @wraps(node)
    async def unless_known(state: CaseState, runtime: Runtime[Deps]) -> dict[str, Any]:
        return {} if state.get("facts") or state.get("decision") else await node(state, runtime)

    return unless_known


@once
async def estimate_value(state: CaseState, runtime: Runtime[Deps]) -> dict[str, Any]:
    """What the client is worth and what is at stake."""
    deps, began = runtime.context, time.perf_counter()
    turn = deps.parsed.of(TurnInput, state["turn"])
    budget_s = smallest_budget_s(deps.policies.pinned(state["policy"])) * VALUE_SHARE
    degraded: list[str] = []
    try:
        estimate = await deps.value.estimate(turn.identity, turn.received_at, budget_s)
    except ToolFailed as error:
        estimate, degraded = deps.value.nothing, [f"value: {error.message}"]
    return {"value": {"estimate": deps.parsed.plain(estimate), "degraded": degraded, "ms": _since(began)}}


@once
async def gather_context(state: CaseState, runtime: Runtime[Deps]) -> dict[str, Any]:
    """What CRM, telemetry, knowledge and earlier cases say."""
    deps, began = runtime.context, time.perf_counter()
    turn = deps.parsed.of(TurnInput, state["turn"])
    budget_s = smallest_budget_s(deps.policies.pinned(state["policy"])) * CONTEXT_SHARE
    message = turn.message
    context = await deps.gatherer.gather(turn.identity, message.text, message.language or "", turn.received_at, budget_s, turn.unidentified)
    home = turn.identity.region if turn.identity else deps.policies.home_region
    client = client_facts(turn.identity, context.profile, home, turn.received_at)
    return {
        "context": {
            "found": deps.parsed.plain(_slim(context)),
            "client": deps.parsed.keep(client, client.model_dump(mode="json", exclude_none=True)),
            "facts": deps.parsed.plain(context_facts(context, turn.received_at)),
            "degraded": [f"context: {run.tool} {run.error}".strip() for run in context.runs if not run.ok],
            "ms": _since(began),
        }
    }


@once
async def triage(state: CaseState, runtime: Runtime[Deps]) -> dict[str, Any]:
    """What the message says; the embedded model stands in when the configured one fails, or runs where the case may not go."""
    deps, began = runtime.context, time.perf_counter()
    turn = deps.parsed.of(TurnInput, state["turn"])
    policy = deps.policies.pinned(state["policy"])
    budget_s = smallest_budget_s(policy) * TRIAGE_SHARE
    leaves = deps.triage.model_region != LOCAL
    degraded: list[str] = []
    with spending() as spent:
        try:
            read = await deps.triage.read(
                turn, budget_s, regions_that_may_read(policy, turn, deps.policies.home_region) if leaves else None
            )
        except ModelUnavailable as error:
            degraded = [f"triage: {error.message}"]
            read = await deps.stand_in_triage.read(turn, budget_s)
    return {"triage": {"read": deps.parsed.plain(read), "degraded": degraded, "ms": _since(began), **spent.recorded}}


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)


def _slim(context: Context) -> Context:
    """Without invoices and contacts: they became facts already, and each step writes the whole state."""
    profile = context.profile.model_copy(update={"invoices": (), "contacts": ()}) if context.profile else None
    return context.model_copy(update={"profile": profile, "past_cases": context.past_cases[:5]})
