"""The second step: frame what policy allows, let the router propose inside it, and judge the proposal."""

from __future__ import annotations

import time
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from agents.residency import ForeignModel
from agents.router import Offer, OfferedPool
from agents.spending import spending
from domain.case import TurnInput
from domain.context import Context
from domain.decision import Proposal, Verdict
from domain.errors import ModelUnavailable
from domain.facts import ClientFacts, ContextFacts, Facts
from domain.triage import Triage
from domain.value import ValueEstimate
from domain.views import part
from graphs.deps import Deps
from graphs.nodes.budget import ROUTER_SHARE
from graphs.snapshot import facts_of
from graphs.state import CaseState
from policies.engine import CompiledPolicy


async def route(state: CaseState, runtime: Runtime[Deps]) -> Command[Literal["ask", "decide", "deliver"]]:
    """Two policy passes around one proposal. A rebuilt run brings facts and proposal along: nobody's work is asked twice."""
    if state.get("decision"):
        return Command(goto="deliver")
    deps = runtime.context
    policy = deps.policies.pinned(state["policy"])
    facts = await _facts(state, deps)
    began = time.perf_counter()
    evaluation = policy.about(facts)
    frame = evaluation.frame()
    framed = time.perf_counter()
    with spending() as spent:
        proposal, degraded = await _proposal(state, deps, policy, facts, frame)
    proposed = time.perf_counter()
    verdict = evaluation.judge(proposal)
    routing = {
        "verdict": deps.parsed.plain(verdict),
        "degraded": degraded,
        "policy_ms": round((framed - began + time.perf_counter() - proposed) * 1000, 3),
        "model_ms": round((proposed - framed) * 1000, 3),
        "total_ms": round((time.time() - state["started"]) * 1000, 1),
        **(spent.recorded or _spent_before(state)),
    }
    update: dict[str, Any] = {
        "facts": deps.parsed.keep(facts, facts.plain),
        "proposal": deps.parsed.plain(proposal) if proposal else None,
        "routing": routing,
    }
    return Command(update=update, goto="ask" if verdict.review else "decide")


def _spent_before(state: CaseState) -> dict[str, Any]:
    """What the proposal took that a rebuilt run brings along."""
    used = part(state, "routing", "usage")
    return {"usage": used} if used else {}


async def _facts(state: CaseState, deps: Deps) -> Facts:
    recorded = state.get("facts")
    if recorded is not None:
        return deps.parsed.of(Facts, recorded)
    value, context, triage = state.get("value"), state.get("context"), state.get("triage")
    if value is None or context is None or triage is None:
        raise RuntimeError("route ran before the three agents: the graph is wired wrongly")
    return facts_of(
        deps.parsed.of(TurnInput, state["turn"]),
        client=deps.parsed.of(ClientFacts, context["client"]),
        context=deps.parsed.of(ContextFacts, context["facts"]),
        value=deps.parsed.of(ValueEstimate, value["estimate"]),
        triage=deps.parsed.of(Triage, triage["read"]),
        load=await deps.roster.load(),
    )


async def _proposal(
    state: CaseState, deps: Deps, policy: CompiledPolicy, facts: Facts, frame: Verdict
) -> tuple[Proposal | None, list[str]]:
    if state.get("facts") is not None:
        recorded, routing = state.get("proposal"), part(state, "routing")
        return (deps.parsed.of(Proposal, recorded) if recorded else None), list(routing.get("degraded", []))
    context = deps.parsed.of(Context, part(state, "context")["found"])
    budget_s = frame.tier.budget_ms / 1000 * ROUTER_SHARE
    return await proposed(deps, policy, facts, frame, context, budget_s)


async def proposed(
    deps: Deps, policy: CompiledPolicy, facts: Facts, frame: Verdict, context: Context, budget_s: float
) -> tuple[Proposal | None, list[str]]:
    """The router's proposal, or the embedded model's where the router's may not see the case; and what stood in the way."""
    offer, degraded = offer_of(policy, facts, frame), list[str]()
    try:
        try:
            return await deps.router.propose(facts, frame, context, offer, budget_s), degraded
        except ForeignModel as error:
            degraded.append(f"router: {error.message}")
            return await deps.stand_in_router.propose(facts, frame, context, offer, budget_s), degraded
    except ModelUnavailable as error:
        return None, [*degraded, f"router: {error.message}"]


def offer_of(policy: CompiledPolicy, facts: Facts, frame: Verdict) -> Offer:
    """Only what the first pass allows."""
    envelope = frame.envelope
    pools: list[OfferedPool] = []
    for pool_id in envelope.pools:
        pool = policy.pools[pool_id]
        load = facts.load.pools.get(pool_id)
        pools.append(
            OfferedPool(
                id=pool_id,
                region=pool.region,
                skills=tuple(pool.skills),
                languages=tuple(pool.languages),
                available=load.available if load else None,
            )
        )
    return Offer(modes=envelope.modes, pools=tuple(pools), actions=envelope.actions, required_skills=envelope.required_skills)
