"""The step with the effect: decision, ledger, SLA timers, assignment and outbox in one transaction."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from domain.case import TurnInput
from domain.decision import DecidedBy, Decision, Proposal, Route, Verdict
from domain.facts import Action, Facts, Mode
from domain.identifiers import derived_id
from domain.review import Ruling, RulingAction
from domain.views import part
from graphs.deps import Deps
from graphs.explain import explain
from graphs.settle import record_decision
from graphs.state import CaseState, record_of
from policies.engine import CompiledPolicy


async def decide(state: CaseState, runtime: Runtime[Deps]) -> dict[str, Any]:
    """Settle the route, under the ruling if there is one, and record it once."""
    deps = runtime.context
    decision = _decision(state, deps)
    turn, policy = deps.parsed.of(TurnInput, state["turn"]), deps.policies.pinned(state["policy"])
    stored = await record_decision(deps.store, policy, turn, decision, record_of(state), state.get("ruling"))
    return {"decision": deps.parsed.plain(stored)}


def _decision(state: CaseState, deps: Deps) -> Decision:
    turn, routing = state["turn"], state.get("routing")
    if routing is None:
        raise RuntimeError("decide ran before route: the graph is wired wrongly")
    facts = deps.parsed.of(Facts, state.get("facts"))
    proposal = deps.parsed.of(Proposal, proposed) if (proposed := state.get("proposal")) else None
    verdict = deps.parsed.of(Verdict, routing["verdict"])
    ruling = Ruling.model_validate(ruled) if (ruled := state.get("ruling")) else None
    verdict, route = apply_ruling(deps.policies.pinned(state["policy"], verdict.policy.stage), facts, verdict, ruling)
    decided_by = ruling.actor if ruling else (DecidedBy.MODEL if verdict.source == "proposal" else DecidedBy.POLICY)
    return Decision(
        id=derived_id("dec", turn["case_id"], turn["turn"], "decide"),
        case_id=turn["case_id"],
        turn=turn["turn"],
        route=route,
        verdict=verdict,
        proposal=proposal,
        overruled=overruled(verdict, route, proposal, ruling),
        degraded=tuple(_degraded(state)),
        decided_by=decided_by,
        explanation=explain(facts, verdict, route, proposal, ruling, _degraded(state)),
        decided_at=deps.clock.now(),
        latency_ms=_latency(state),
    )


def apply_ruling(policy: CompiledPolicy, facts: Facts, verdict: Verdict, ruling: Ruling | None) -> tuple[Verdict, Route]:
    """The route that a ruling leaves, judged by the same guards again: what they forbid falls back to the verdict's own."""
    if ruling is None or ruling.action is RulingAction.APPROVE:
        return verdict, verdict.route
    if ruling.action in (RulingAction.EDIT, RulingAction.REASSIGN) and ruling.route is not None:
        judged = policy.judge(facts, ruling.route, frozenset(ruling.overrides))
        return judged, judged.route.model_copy(update={"assignee": ruling.route.assignee})
    declined = policy.evaluate(facts, None)
    return declined, _safest(declined)


def _safest(verdict: Verdict) -> Route:
    """What is left when a lead rejects: a person, without any action, inside the envelope whenever it has one."""
    safe = verdict.route.model_copy(update={"mode": Mode.HUMAN, "action": Action.NONE, "amount": 0.0})
    return safe if verdict.envelope.allows(safe) else verdict.route


def overruled(verdict: Verdict, route: Route, proposal: Proposal | None, ruling: Ruling | None) -> bool:
    """Whether the proposal lost: the verdict knows as long as its route stands (overflow is no loss); a person's route is compared."""
    if ruling is None or ruling.action is RulingAction.APPROVE:
        return verdict.overruled
    return proposal is not None and not _follows(route, proposal)


def _follows(route: Route, proposal: Proposal) -> bool:
    return (route.mode, route.pool, route.action) == (proposal.mode, proposal.pool, proposal.action)


def _degraded(state: CaseState) -> list[str]:
    parts = (state.get("value"), state.get("context"), state.get("triage"), state.get("routing"))
    return [reason for part in parts if part for reason in part.get("degraded", [])]


def _latency(state: CaseState) -> dict[str, float]:
    value, context, triage, routing = (part(state, key) for key in ("value", "context", "triage", "routing"))
    return {
        "total": routing.get("total_ms", 0.0),
        "policy": routing.get("policy_ms", 0.0),
        "context": context.get("ms", 0.0),
        "value": value.get("ms", 0.0),
        "model": round(triage.get("ms", 0.0) + routing.get("model_ms", 0.0), 3),
    }
