"""What two versions of a policy do differently over the same cases: counted, and the worst changes first.

A `BehaviouralDiff` is a sum: the diffs of two halves of the cases, put together, are the diff of all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from policies.comparison.behavioural_diff import BehaviouralDiff, ChangedCase, put_together
from policies.comparison.differences import OUTCOME, Harm, differences, forbidden, same_outcome, widened
from policies.comparison.document_words import span
from policies.comparison.recorded import RecordedCase
from policies.comparison.sampling import recorded_tests, sample_cases
from policies.comparison.tally import Tally
from policies.engine import CompiledPolicy

__all__ = [
    "BehaviouralDiff",
    "ChangedCase",
    "Harm",
    "RecordedCase",
    "Tally",
    "compare",
    "differences",
    "forbidden",
    "put_together",
    "recorded_tests",
    "same_outcome",
    "sample_cases",
    "strategic_effects",
]
EFFECTS_SHOWN = 20
TOLD = {
    "tier": "the tier",
    "mode": "who answers",
    "pool": "the pool",
    "action": "the action",
    "amount": "the amount",
    "skills": "the skills asked for",
    "review": "the review",
    "ack_within_s": "the promised first response",
    "resolve_within_s": "the promised resolution",
    "priority": "the priority",
    "budget_ms": "the latency budget",
    "escalation": "the escalation",
    "errors": "the errors of conditions",
    "envelope": "what is allowed",
}
"""Fields of the outcome in words. Due times are told by the seconds, or, when only a calendar moved, by the calendar."""


def compare(before: CompiledPolicy, after: CompiledPolicy, cases: Iterable[RecordedCase]) -> BehaviouralDiff:
    """Judge every case by both versions and count what differs."""
    tally = Tally(before, after)
    for case in cases:
        tally.judge(case)
    return tally.diff()


def strategic_effects(before: CompiledPolicy, after: CompiledPolicy, cases: Iterable[RecordedCase]) -> list[str]:
    """What changes for the highest tier of either version, one sentence a kind of change with an example; empty when nothing does.

    A wider envelope counts as a change: what a lead may then choose is part of what the client gets. Cases that reach the changed
    conditions come from `sample_cases(before, after)`.
    """
    tally, kinds = Tally(before, after), dict[tuple[str, str, str], list[str]]()
    for case in cases:
        was, now = before.evaluate(case.facts, case.proposal), after.evaluate(case.facts, case.proposal)
        if tally.strategic(was, now):
            tier = was.tier.id if was.tier.rank >= now.tier.rank else now.tier.id
            wider = was.envelope != now.envelope and widened(was, now)
            for field, change in _told(differences(was, now), wider) if wider or not same_outcome(was, now) else ():
                kinds.setdefault((tier, field, change), []).append(case.id)
    ordered = sorted(kinds.items(), key=lambda kind: ([*OUTCOME, "envelope"].index(kind[0][1]), -len(kind[1]), kind[0]))
    sentences = [f"Tier {tier}: {change} in {len(ids)} of the compared cases, such as {ids[0]}." for (tier, _, change), ids in ordered]
    left = len(sentences) - EFFECTS_SHOWN
    return sentences if left <= 0 else [*sentences[:EFFECTS_SHOWN], f"{left} more kinds of change."]


def _told(found: list[dict[str, Any]], wider: bool) -> list[tuple[str, str]]:
    """(field, what changes in words) of each difference that stands for itself."""
    fields = {one["field"] for one in found}
    told: list[tuple[str, str]] = []
    for one in found:
        field = one["field"]
        if field == "envelope":
            if wider:
                told.append((field, "more is allowed"))
        elif field in ("ack_due_at", "resolve_due_at"):
            if field.replace("due_at", "within_s") not in fields:
                told.append((field, f"{TOLD[field.replace('due_at', 'within_s')]} counts in another calendar"))
        elif field == "priority":
            told.append((field, f"the priority is {'higher' if one['after'] > one['before'] else 'lower'}"))
        elif field in TOLD:
            told.append((field, f"{TOLD[field]} changes from {_shown(field, one['before'])} to {_shown(field, one['after'])}"))
    return told


def _shown(field: str, value: Any) -> str:
    if value is None:
        return "none"
    if field.endswith("_within_s") and isinstance(value, int):
        return span(value)
    if field == "review":
        return f"one by {value['by']} within {span(value['within_s'])} (then {value['on_expiry']})"
    return value if isinstance(value, str) else orjson.dumps(value).decode()
