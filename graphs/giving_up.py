"""The last resort: a turn whose run keeps failing is decided by the policy's fallback, so that every case ends with a person."""

from __future__ import annotations

from domain.case import PendingTurn
from domain.context import Handover, HandoverSection
from domain.decision import DecidedBy, Decision
from domain.errors import NotFound, PolicyInvalid
from domain.facts import ClientFacts, Facts, Region
from domain.identifiers import derived_id
from graphs.deps import Deps
from graphs.settle import record_decision, record_delivery
from policies.engine import CompiledPolicy


async def decide_by_fallback(deps: Deps, pending: PendingTurn, reason: str) -> None:
    """Decide without agents: a person in the client's region looks, with the reason written down."""
    turn, now = pending.input, deps.clock.now()
    region = turn.identity.region if turn.identity else Region(deps.policies.home_region)
    facts = Facts(client=ClientFacts(region=region), now=turn.received_at)
    policy = await _policy(deps, pending.policy_digest)
    verdict = policy.refuse(facts, f"The run failed: {reason}")
    decision = Decision(
        id=derived_id("dec", turn.case_id, turn.turn, "decide"),
        case_id=turn.case_id,
        turn=turn.turn,
        route=verdict.route,
        verdict=verdict,
        proposal=None,
        overruled=False,
        degraded=(f"run: {reason}",),
        decided_by=DecidedBy.POLICY,
        explanation=f"The run failed ({reason}), so the policy's fallback sends the case to a person in {verdict.route.pool}.",
        decided_at=now,
        latency_ms={"total": 0.0},
    )
    stored = await record_decision(deps.store, policy, turn, decision, {"facts": facts.plain}, None)
    note = Handover(
        summary="This case could not be prepared. Please read the conversation.",
        language="en",
        sections=(HandoverSection(title="What failed", lines=(reason,)),),
        model="none",
    )
    await record_delivery(deps.store, turn, stored.route, None, note, now)


async def _policy(deps: Deps, digest: str) -> CompiledPolicy:
    """The version that the turn is pinned to; where it cannot be had, the active one knows a person as well."""
    try:
        return await deps.policies.have(digest)
    except (NotFound, PolicyInvalid):
        return deps.policies.active()
