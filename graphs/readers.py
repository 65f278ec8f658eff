"""Which models may read a message. Nobody has looked anything up yet, so only what intake knows can tell."""

from __future__ import annotations

from domain.case import TurnInput
from domain.facts import Facts, Intent, Region
from domain.triage import Triage
from graphs.snapshot import client_facts, message_facts
from policies.engine import CompiledPolicy
from policies.envelope import narrowed, widest

AT_INTAKE = frozenset(
    {
        "now",
        *(f"client.{name}" for name in ("id", "known", "identity_confidence", "region")),
        *(f"message.{name}" for name in ("channel", "sender.role", "sender.known", "sender.verified", "attachments", "turn")),
        "message.earlier_signals",
    }
)
"""Facts that are the same before and after the three agents."""
UNREAD = Triage(
    intent=Intent.HOW_TO,
    confidence=1.0,
    severity=1,
    urgency=0.0,
    sentiment=0.0,
    signals=(),
    signal_confidence={},
    language="en",
    model="none",
    prompt="",
)


def regions_that_may_read(policy: CompiledPolicy, turn: TurnInput, home: Region) -> tuple[str, ...] | None:
    """The regions whose models may see the turn before it is triaged; None: any.

    A guard over `model_regions` that asks for more than intake knows counts as holding: what a model has read cannot be taken back.
    """
    guards = [guard for guard in policy.rules.guards if guard.effect.model_regions is not None]
    if not guards:
        return None
    client = client_facts(turn.identity, None, home, turn.received_at)
    frame = policy.frame(Facts(client=client, message=message_facts(turn, UNREAD), now=turn.received_at))
    fired = {guard.id for guard in frame.guards}
    holding = [guard.effect for guard in guards if guard.rule.id in fired or not AT_INTAKE.issuperset(guard.when.reads)]
    return narrowed(widest(policy.pools), holding).model_regions
