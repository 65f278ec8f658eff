"""Facts, proposals and guards for properties."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import strategies as st

from domain.decision import Proposal
from domain.facts import Action, ContractStatus, ContractTier, Facts, Intent, Mode, Region, Signal
from policies.language.raw import laid_over_neutral

POOLS = tuple(f"{region}-{desk}" for region in ("eu", "us", "apac") for desk in ("core", "senior", "security", "legal", "finance", "care"))
FORBIDDEN = tuple(action for action in Action if action is not Action.NONE)
SEEDS = st.integers(0, 2**48)


def _facts(seed: int) -> Facts:
    """Facts over the values that policies look at; drawn from one number, since thousands of draws a run would be slow."""
    chance = random.Random(seed)
    flip, pick = (lambda: chance.random() < 0.5), chance.choice
    client: dict[str, Any] = {
        "known": flip(),
        "region": pick(list(Region)),
        "regulated": flip(),
        "flags": chance.sample(["litigation", "press"], chance.choice([0, 0, 1, 2])),
        "credits_year": pick([0.0, 1_999.0, 5_001.0]),
        "overdue_amount": pick([0.0, 12.5]),
        "contract": {
            "tier": pick(list(ContractTier)),
            "status": pick(list(ContractStatus)),
            "in_negotiation": flip(),
            "ai_allowed": flip(),
        },
    }
    if flip():
        client["days_since_contact"] = pick([0, 45, 46])
    message = {
        "intent": pick(list(Intent)),
        "confidence": round(chance.random(), 3),
        "severity": chance.randint(1, 5),
        "urgency": round(chance.random(), 3),
        "sentiment": pick([-1.0, -0.6, 0.0, 1.0]),
        "signals": sorted(chance.sample(list(Signal), chance.choice([0, 0, 1, 2, 4]))),
        "language": pick(["en", "de", "fr", "es", "ja"]),
        "turn": chance.randint(1, 5),
        "attachments": pick([0, 9, 10]),
    }
    context = {
        "complete": flip(),
        "missing": pick([[], ["crm"], ["telemetry"]]),
        "knowledge_score": round(chance.random(), 3),
        "open_incidents": chance.randint(0, 1),
        "reopened_90d": chance.randint(0, 2),
    }
    value = {"score": round(chance.random(), 3), "at_stake": pick([0.0, 999_999.99, 1_000_000.0]), "high": 1_200_000.0}
    given: dict[str, Any] = {"client": client, "message": message, "context": context, "value": value}
    if flip():
        given["load"] = {"pools": {pool: {"available": chance.randint(0, 1)} for pool in ("eu-core", "eu-senior")}}
    return laid_over_neutral(given)


def _proposal(seed: int) -> Proposal | None:
    """None now and then: the router failed."""
    chance = random.Random(seed)
    if chance.random() < 0.2:
        return None
    return Proposal(
        mode=chance.choice(list(Mode)),
        pool=chance.choice((*POOLS, "unknown-pool")),
        action=chance.choice(list(Action)),
        amount=chance.choice([0.0, 500.0, 500.01, 5_000.0]),
        confidence=round(chance.random(), 3),
        rationale="because",
        model_region=chance.choice(["local", "eu", "us"]),
    )


facts = SEEDS.map(_facts)
proposals = SEEDS.map(_proposal)
cases = SEEDS.map(lambda seed: [(_facts(seed + n), _proposal(seed + n)) for n in range(20)])

CONDITIONS = (
    '"legal" in message.signals',
    'client.region == "eu"',
    "message.severity >= 4",
    "value.score > 0.5",
    'client.contract.tier == "gold"',
    "has(client.days_since_contact) && client.days_since_contact > 45",
    "client.days_since_contact > 45",  # fails when the fact is absent: it must then count as fired
    "proposal.present && proposal.confidence < 0.6",
    'proposal.action == "refund"',
    "true",
)


@st.composite
def guards(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Up to six guards with any effects."""
    made: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 6))):
        guard: dict[str, Any] = {"id": f"extra-{number}", "when": draw(st.sampled_from(CONDITIONS)), "because": "A reason that is stated."}
        guard["priority_floor"] = draw(st.sampled_from([1, 50, 200]))
        if draw(st.booleans()):
            guard["modes"] = sorted(str(mode) for mode in draw(st.lists(st.sampled_from(Mode), min_size=1, unique=True)))
        if draw(st.booleans()):
            guard["pools"] = sorted(draw(st.lists(st.sampled_from(POOLS), min_size=1, max_size=9, unique=True)))
        if draw(st.booleans()):
            guard["forbid_actions"] = sorted(str(action) for action in draw(st.lists(st.sampled_from(FORBIDDEN), max_size=3, unique=True)))
        if draw(st.booleans()):
            guard["model_regions"] = draw(st.sampled_from([["eu"], ["us"], ["eu", "us"]]))
        if draw(st.booleans()):
            guard["review"] = {
                "by": "lead",
                "within": draw(st.sampled_from(["5m", "30m"])),
                "on_expiry": draw(st.sampled_from(["escalate", "default"])),
            }
        made.append(guard)
    return made
