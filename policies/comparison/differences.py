"""What differs between two verdicts on the same facts, and how bad that is for the client."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from domain.decision import Verdict
from domain.facts import Mode
from policies.envelope import is_within, strictness

Reading = Callable[[Verdict], Any]
OUTCOME: dict[str, Reading] = {
    "tier": lambda verdict: verdict.tier.id,
    "mode": lambda verdict: verdict.route.mode,
    "pool": lambda verdict: verdict.route.pool,
    "action": lambda verdict: verdict.route.action,
    "amount": lambda verdict: verdict.route.amount,
    "skills": lambda verdict: verdict.route.skills,
    "review": lambda verdict: verdict.review,
    "ack_within_s": lambda verdict: verdict.sla.ack_within_s,
    "ack_due_at": lambda verdict: verdict.sla.ack_due_at,
    "resolve_within_s": lambda verdict: verdict.sla.resolve_within_s,
    "resolve_due_at": lambda verdict: verdict.sla.resolve_due_at,
    "priority": lambda verdict: verdict.priority,
    "budget_ms": lambda verdict: verdict.tier.budget_ms,
    "escalation": lambda verdict: verdict.escalation,
    "errors": lambda verdict: verdict.errors,
}
"""What somebody notices: the client, the person who gets the case, or the lead who is asked."""
REASONS: dict[str, Reading] = {
    "envelope": lambda verdict: verdict.envelope,
    "guards": lambda verdict: tuple(guard.id for guard in verdict.guards),
}
"""What would have been allowed, and why."""


class Harm(StrEnum):
    """What a change may do to a client, worst first."""

    STRATEGIC = "strategic client may meet a bot or lost a review"
    SLOWER = "slower promise"
    LESS_CARE = "client may meet a bot or lost a review"
    OTHER = "other"


WORST_FIRST = {harm: place for place, harm in enumerate(Harm)}


def same_outcome(before: Verdict, after: Verdict) -> bool:
    """Whether nobody would notice which of the two was the verdict. Envelope and guards may differ."""
    return (
        before.route == after.route
        and before.review == after.review
        and before.sla == after.sla
        and before.tier.id == after.tier.id
        and before.tier.budget_ms == after.tier.budget_ms
        and before.priority == after.priority
        and before.errors == after.errors
        and before.escalation == after.escalation
    )


def differences(before: Verdict, after: Verdict) -> list[dict[str, Any]]:
    """`{"field", "before", "after"}` of all that differs, as plain data: first what somebody notices, then envelope and guards."""
    return [
        {"field": field, "before": plain(was), "after": plain(is_now)}
        for field, reading in (OUTCOME | REASONS).items()
        if (was := reading(before)) != (is_now := reading(after))
    ]


def changed_fields(before: Verdict, after: Verdict) -> list[str]:
    """The names of what differs in the outcome."""
    return [field for field, reading in OUTCOME.items() if reading(before) != reading(after)]


def forbidden(before: Verdict, after: Verdict) -> bool:
    """Whether the later verdict sends the case where the earlier one's envelope would not have let it go."""
    return before.source != "fallback" and after.source != "fallback" and not before.envelope.allows(after.route)


def loses_care(before: Verdict, after: Verdict) -> bool:
    """Whether a bot may answer alone where none could before, or a review is gone or less strict."""
    may_meet_a_bot = Mode.AI in after.envelope.modes and Mode.AI not in before.envelope.modes
    is_bot = after.route.mode is Mode.AI and before.route.mode is not Mode.AI
    return may_meet_a_bot or is_bot or looser_review(before, after)


def slower_s(before: Verdict, after: Verdict) -> tuple[int, int]:
    """By how many seconds (first word, end) fall due later than before; negative is sooner."""
    return (
        round((after.sla.ack_due_at - before.sla.ack_due_at).total_seconds()),
        round((after.sla.resolve_due_at - before.sla.resolve_due_at).total_seconds()),
    )


def harm_of(before: Verdict, after: Verdict, *, strategic: bool) -> Harm:
    """How bad the change is; `strategic` says that the case is in the highest tier of either version."""
    careless = loses_care(before, after)
    if careless and strategic:
        return Harm.STRATEGIC
    if max(slower_s(before, after)) > 0:
        return Harm.SLOWER
    return Harm.LESS_CARE if careless else Harm.OTHER


def widened(before: Verdict, after: Verdict) -> bool:
    """Whether the later envelope allows something that the earlier one did not."""
    return not is_within(after.envelope, before.envelope)


def plain(value: Any) -> Any:
    """A part of a verdict as JSON data."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    return str(value) if isinstance(value, StrEnum) else value


def looser_review(before: Verdict, after: Verdict) -> bool:
    """Whether a review that was asked for is gone or less strict."""
    if before.review is None:
        return False
    return after.review is None or strictness(after.review) > strictness(before.review)
