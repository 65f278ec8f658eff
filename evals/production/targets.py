"""What recorded decisions are judged by again: another policy with what was proposed, or a router that is asked anew."""

from __future__ import annotations

from collections.abc import Mapping

from domain.context import Context
from domain.decision import Proposal, Verdict
from domain.facts import Facts
from domain.seen_decision import SeenDecision
from evals.house import House
from evals.production.counterfactual import Target
from evals.production.ruling_suite import propose
from policies.engine import CompiledPolicy


def under_policy(policy: CompiledPolicy) -> Target:
    """Another policy judges the recorded facts and proposal; replays are exact."""

    async def judge(one: SeenDecision, facts: Facts, proposal: Proposal | None) -> tuple[Verdict, bool]:
        del one
        return policy.evaluate(facts, proposal), False

    return judge


def asked_anew(house: House, versions: Mapping[str, CompiledPolicy], policy: CompiledPolicy | None = None) -> Target:
    """The house's router proposes anew for the recorded facts; what it proposes alike is left as it was.

    The proposal is judged by `policy`, or by the version that decided.
    """

    async def judge(one: SeenDecision, facts: Facts, proposal: Proposal | None) -> tuple[Verdict, bool]:
        judging = policy or versions[one.policy]
        anew, _ = await propose(house, facts, _context(one), judging)
        if same_proposal(anew, proposal):
            return (policy.evaluate(facts, proposal) if policy else Verdict.model_validate(one.verdict)), False
        return judging.evaluate(facts, anew), True

    return judge


def same_proposal(one: Proposal | None, other: Proposal | None) -> bool:
    """Whether two proposals want the same done."""
    if one is None or other is None:
        return one is other
    return (one.mode, one.pool, one.action, one.amount) == (other.mode, other.pool, other.action, other.amount)


def _context(one: SeenDecision) -> Context:
    """What was found then; nothing when the record holds it in a form that is not read any more."""
    try:
        return Context.model_validate(one.found or {})
    except ValueError:
        return Context()
