"""What an error costs, in EUR: one table, for runs to add up and for the documentation to show.

The figures are the sample company's and rest on three assumptions. A minute of a support person costs 0.75, so a needless person costs
12 minutes and a transfer between desks 25 to 60. An error makes some clients leave who would have stayed: the mean yearly contract is
1,200,000 (strategic), 200,000 (premium) and 20,000 (standard), times the chance that this one error tips the scale, from 1 in 200 for a
bot that answers danger to 1 in 10,000 for a slow first word. Data that leave their region cost a report to an authority whoever they
belong to. Another company has other figures, but hardly another order.
"""

from __future__ import annotations

from enum import StrEnum

CURRENCY = "EUR"
TIERS = ("strategic", "premium", "standard")


class Fault(StrEnum):
    """What can be wrong with where a case went."""

    BOT_ALONE_IN_DANGER = "bot_alone_in_danger"
    BOT_ALONE = "bot_alone"
    LEFT_REGION = "left_region"
    REVIEW_MISSED = "review_missed"
    BOT_CAUGHT = "bot_caught"
    DRAFT = "draft"
    WRONG_DESK = "wrong_desk"
    WRONG_LANGUAGE = "wrong_language"
    TIER_TOO_LOW = "tier_too_low"
    LATE_PROMISE = "late_promise"
    TIER_TOO_HIGH = "tier_too_high"
    NEEDLESS_REVIEW = "needless_review"
    NEEDLESS_PERSON = "needless_person"
    NEEDLESS_DRAFT = "needless_draft"


MEANS = {
    Fault.BOT_ALONE_IN_DANGER: "A bot alone answered a danger: a threat, a leak, an outage, a person in need, a strategic client.",
    Fault.BOT_ALONE: "A bot alone answered where a person was wanted.",
    Fault.LEFT_REGION: "The case went to a desk in another region.",
    Fault.REVIEW_MISSED: "A lead should have seen it first and did not.",
    Fault.BOT_CAUGHT: "A bot would have answered where a person was wanted, but it waits for a lead.",
    Fault.DRAFT: "A machine drafts where a person should write.",
    Fault.WRONG_DESK: "The desk does not know the matter, so that the case is passed on.",
    Fault.WRONG_LANGUAGE: "The desk does not speak the language although another one does.",
    Fault.TIER_TOO_LOW: "The client was taken for a less valuable one and is promised less than is owed.",
    Fault.LATE_PROMISE: "The first word is promised later than it is owed.",
    Fault.TIER_TOO_HIGH: "The client was taken for a more valuable one.",
    Fault.NEEDLESS_REVIEW: "A lead looked at what needed no lead.",
    Fault.NEEDLESS_PERSON: "A person wrote what the bot could have answered.",
    Fault.NEEDLESS_DRAFT: "A person checked what the bot could have answered.",
}

COSTS: dict[Fault, tuple[float, float, float]] = {  # by tier, as in TIERS
    Fault.BOT_ALONE_IN_DANGER: (6000.0, 1000.0, 120.0),
    Fault.BOT_ALONE: (1200.0, 200.0, 30.0),
    Fault.LEFT_REGION: (5000.0, 3000.0, 1500.0),
    Fault.REVIEW_MISSED: (900.0, 250.0, 60.0),
    Fault.BOT_CAUGHT: (60.0, 25.0, 12.0),
    Fault.DRAFT: (240.0, 60.0, 15.0),
    Fault.WRONG_DESK: (150.0, 65.0, 19.0),
    Fault.WRONG_LANGUAGE: (100.0, 45.0, 19.0),
    Fault.TIER_TOO_LOW: (400.0, 60.0, 0.0),
    Fault.LATE_PROMISE: (120.0, 20.0, 2.0),
    Fault.TIER_TOO_HIGH: (0.0, 9.0, 9.0),
    Fault.NEEDLESS_REVIEW: (9.0, 9.0, 9.0),
    Fault.NEEDLESS_PERSON: (9.0, 9.0, 9.0),
    Fault.NEEDLESS_DRAFT: (4.0, 4.0, 4.0),
}
ACCEPTABLE = frozenset((Fault.LATE_PROMISE, Fault.TIER_TOO_HIGH, Fault.NEEDLESS_REVIEW, Fault.NEEDLESS_PERSON, Fault.NEEDLESS_DRAFT))
"""They cost something, and nobody would call the route wrong."""


def cost_of(fault: Fault, tier: str | None) -> float:
    """What one fault costs with a client of this tier; one whom nobody can know counts as standard."""
    return COSTS[fault][TIERS.index(tier or "standard")]


def table() -> str:
    """The matrix as Markdown."""
    rows = [f"| {MEANS[fault]} | " + " | ".join(f"{cost:,.0f}" for cost in costs) + " |" for fault, costs in COSTS.items()]
    head = f"| error | {' | '.join(f'{tier}, {CURRENCY}' for tier in TIERS)} |"
    return "\n".join([head, "|---" * (len(TIERS) + 1) + "|", *rows])
