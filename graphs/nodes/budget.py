"""How a tier's latency budget is shared between the steps of a run."""

from __future__ import annotations

from policies.engine import CompiledPolicy

TRIAGE_SHARE = 0.4
VALUE_SHARE = 0.4
CONTEXT_SHARE = 0.5
ROUTER_SHARE = 0.45
WRITER_BUDGET_S = 20.0


def smallest_budget_s(policy: CompiledPolicy) -> float:
    """The tightest tier's budget: what the first step must keep to, since the tier is not known before it."""
    return min(tier.budget_ms for tier in policy.tiers) / 1000
