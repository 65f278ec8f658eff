"""Whether a gold can be met at all: the shipped policy, told what is true, allows an end state that passes."""

from __future__ import annotations

from itertools import product
from typing import Any

from domain.decision import Verdict
from domain.facts import Facts
from evals.case import EvalCase
from evals.datasets.families.company import company
from evals.scoring.costs import ACCEPTABLE
from evals.scoring.end_state import EndState, desk_of, faults_of
from evals.scoring.wanted import Meaning, Standing, Wanted
from policies.engine import CompiledPolicy
from policies.language.raw import laid_over_neutral

BOUGHT = {"strategic": "strategic", "premium": "gold", "standard": "silver"}


def true_facts(meaning: Meaning, standing: Standing) -> Facts:
    """What policy would see if triage and tools made no mistake."""
    flags = [name for name in ("litigation", "press") if getattr(standing, name)]
    contract = {"tier": BOUGHT[standing.tier], "status": "active", "ai_allowed": not standing.no_machine}
    context: dict[str, Any] = {
        "complete": not standing.missing,
        "missing": ["crm" if standing.unknown else "telemetry"] if standing.missing else [],
        "open_incidents": int(standing.incident),
        "reopened_90d": 2 * standing.let_down,
        "knowledge_score": 0.8 if meaning.answered and not standing.unread else 0.0,
    }
    sender = {"role": "executive" if standing.executive else "user", "known": True, "verified": True}
    message = meaning.model_dump(mode="json", exclude={"angry", "answered"}) | {
        "sentiment": -0.9 if meaning.angry else 0.0,
        "sender": sender,
    }
    return laid_over_neutral(
        {
            "client": {
                "known": not standing.unknown,
                "region": standing.region,
                "flags": flags,
                "contract": contract | {"in_negotiation": standing.negotiating},
            },
            "value": {"score": 0.6 if standing.precious else 0.1},
            "message": message | {"turn": standing.turn, "attachments": standing.attachments},
            "context": context,
        }
    )


def is_met_by_some(case: EvalCase, policy: CompiledPolicy) -> tuple[bool, bool]:
    """Whether any end state that policy allows passes, and whether the golden one is allowed and has no fault."""
    gold, standing = Wanted.model_validate(case.gold["wanted"]), Standing.model_validate(case.gold["standing"])
    frame = policy.frame(true_facts(Meaning.model_validate(case.gold["meaning"]), standing))
    envelope = frame.envelope
    states = {(mode, pool): _state(mode, pool, frame, policy) for mode, pool in product(envelope.modes, envelope.pools)}
    some = any(not [fault for fault in faults_of(state, gold) if fault not in ACCEPTABLE] for state in states.values())
    golden = states.get((gold.golden.mode, gold.golden.pool))
    best = golden is not None and not faults_of(golden, gold) and golden.review is gold.golden.review
    return some, best


def _state(mode: str, pool: str, frame: Verdict, policy: CompiledPolicy) -> EndState:
    return EndState.model_validate(
        {
            "mode": mode,
            "pool": pool,
            "desk": desk_of(pool, company().world.people, policy),
            "review": frame.review is not None,
            "tier": frame.tier.id,
            "acknowledged_s": frame.sla.ack_within_s,
        }
    )
