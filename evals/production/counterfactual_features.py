"""What a model of outcomes knows of a decision: what it is about, and what the target would do with it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from domain.decision import Verdict
from domain.facts import Facts, Mode, Region
from evals.statistics.intervals import Floats


def features_of(decisions: Sequence[tuple[Facts, Verdict]]) -> Floats:
    """A row for each decision with the target's verdict; few enough columns for some hundred decisions."""
    tiers = sorted({verdict.tier.id for _, verdict in decisions})
    rows = [_row(facts, verdict, tiers) for facts, verdict in decisions]
    return np.asarray(rows, dtype=float).reshape(len(rows), len(rows[0]) if rows else 0)


def _row(facts: Facts, verdict: Verdict, tiers: Sequence[str]) -> list[float]:
    message, context = facts.message, facts.context
    return [
        float(message.severity),
        message.urgency,
        message.sentiment,
        float(len(message.signals)),
        math.log1p(facts.value.at_stake),
        facts.load.utilization,
        context.knowledge_score,
        float(context.open_incidents > 0),
        float(context.reopened_90d > 0),
        float(verdict.review is not None),
        *(float(verdict.route.mode is mode) for mode in Mode),
        *(float(facts.client.region is region) for region in Region),
        *(float(verdict.tier.id == tier) for tier in tiers),
    ]
