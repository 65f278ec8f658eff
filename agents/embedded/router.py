"""The embedded router: a transparent scorer over the offered routes. Every term has a name, and the rationale names the largest."""

from __future__ import annotations

import math
from typing import Any

MODE_BIAS = {"ai": 0.0, "hybrid": 0.35, "human": 0.0}
SIMPLE = frozenset({"how_to", "feedback", "feature_request", "out_of_scope", "access", "billing", "integration"})
SKILL_FIT, SPECIALIST, LANGUAGE_FIT, FREE = 1.2, 0.5, 0.6, 0.4
SENIOR_FOR_VIP, CORE_FOR_OTHERS = 0.5, 0.45
SPREAD = 0.8
# Platt scaling by `evals.embedded_model.router_report.fitted` on 2026-11-26, on one half of the sample company's texts; nothing is ever
# fitted on the other one. How far the best mode lies before the second told nothing beside it, so it is not asked.
CONSTANT, PER_LOG_ODDS = 0.94, 0.79


def propose_route(inputs: dict[str, Any]) -> dict[str, Any]:
    """The best mode and pool of the offer, with the chance that it is right."""
    offer, message = inputs["offer"], inputs["message"]
    mode, pool = _ranked_modes(inputs)[0][1], _ranked_pools(inputs)[0][1]
    evidence = [fact["id"] for fact in inputs["facts"] if fact["id"].split(":")[0] in ("crm", "telemetry", "kb")][:3]
    return {
        "mode": mode,
        "pool": pool,
        "skills": [message["intent"]] if any(message["intent"] in one["skills"] for one in offer["pools"] if one["id"] == pool) else [],
        "action": "reply" if "reply" in offer["actions"] else offer["actions"][0],
        "amount": 0.0,
        "confidence": round(confidence_of(certainty_of(inputs)), 4),
        "rationale": _rationale(mode, pool, inputs, evidence),
        "evidence": evidence,
    }


def certainty_of(inputs: dict[str, Any]) -> float:
    """The log odds that triage gives its intent."""
    sure = min(0.99, max(0.01, float(inputs["message"]["confidence"])))
    return math.log(sure / (1 - sure))


def confidence_of(certainty: float) -> float:
    """The chance that a proposal is right when triage is so certain."""
    return 1 / (1 + math.exp(-(CONSTANT + PER_LOG_ODDS * certainty)))


def _ranked_modes(inputs: dict[str, Any]) -> list[tuple[float, str]]:
    return sorted(((_mode_score(mode, inputs), mode) for mode in inputs["offer"]["modes"]), reverse=True)


def _ranked_pools(inputs: dict[str, Any]) -> list[tuple[float, str]]:
    return sorted(((_pool_score(pool, inputs), pool["id"]) for pool in inputs["offer"]["pools"]), key=lambda pair: (-pair[0], pair[1]))


def _mode_score(mode: str, inputs: dict[str, Any]) -> float:
    message, context = inputs["message"], inputs["context"]
    severity, knowledge = message["severity"], float(context["knowledge_score"])
    simple = 1.0 if message["intent"] in SIMPLE and not message["signals"] else 0.0
    unhappy = max(0.0, -float(message["sentiment"]))
    vip = {"strategic": 1.0, "premium": 0.4}.get(inputs["tier"], 0.0)
    scores = {
        "ai": 1.6 * knowledge * simple + 0.7 * simple - 0.5 * (severity - 1) - unhappy - vip,
        "hybrid": 0.5 + 0.5 * knowledge - 0.15 * abs(severity - 2.5) - 0.3 * unhappy,
        "human": 0.35 * (severity - 2) + 0.6 * unhappy + 0.5 * vip + 0.4 * len(message["signals"]),
    }
    return (scores[mode] + MODE_BIAS[mode]) / SPREAD


def _pool_score(pool: dict[str, Any], inputs: dict[str, Any]) -> float:
    message, senior = inputs["message"], pool["id"].endswith("-senior")
    wanted = {message["intent"], *message["signals"]}
    fit = len(wanted & set(pool["skills"])) / len(wanted)
    needs_senior = inputs["tier"] == "strategic" or message["severity"] >= 4
    return (
        SKILL_FIT * fit
        + SPECIALIST * fit / (1 + len(pool["skills"]) / 6)
        + LANGUAGE_FIT * (message["language"] in pool["languages"])
        + FREE * (pool["available"] is None or pool["available"] > 0)
        + (SENIOR_FOR_VIP if senior and needs_senior else 0.0)
        + (CORE_FOR_OTHERS if pool["id"].endswith("-core") and not needs_senior else 0.0)
    )


def _rationale(mode: str, pool: str, inputs: dict[str, Any], evidence: list[str]) -> str:
    message = inputs["message"]
    because = {
        "ai": "an article answers it and nothing is broken",
        "hybrid": "a draft helps, but a person should answer",
        "human": "it needs a person's judgement",
    }[mode]
    cited = "".join(f" [{one}]" for one in evidence)
    subject = f"{message['intent'].replace('_', ' ')} of severity {message['severity']} from a {inputs['tier']} client"
    return f"{subject}: {because}; {pool} has the skills.{cited}"
