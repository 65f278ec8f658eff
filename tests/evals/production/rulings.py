"""Rulings on cases of the sample company, as production would leave them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from domain.case import Identity, InboundMessage, Sender, TurnInput
from domain.client import ClientProfile, Contact
from domain.decision import Decision, Proposal, Route, Verdict
from domain.eval_candidate import ChangedRuling
from domain.facts import ClientFacts, Facts, MessageFacts, Mode, ValueFacts
from domain.review import Ruling, RulingAction
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped

NOW = datetime(2026, 11, 20, 9, 31, tzinfo=UTC)
POLICY: CompiledPolicy = compile_policy(shipped())


@cache
def _verdict() -> Verdict:
    """What policy said, of whatever: no test reads more than its tier."""
    return POLICY.evaluate(Facts(), None)


def changed_ruling(client: ClientProfile, contact: Contact, text: str, *earlier: str, why: str = "", number: int = 1) -> ChangedRuling:
    """A lead gave to people what the router had proposed for the AI."""
    facts = Facts(
        client=ClientFacts(
            id=client.id, known=True, region=client.region, country=client.country, segment=client.segment, flags=client.flags
        ),
        value=ValueFacts(score=0.4, at_stake=123_456.78, low=98_765.4, high=150_001.0, confidence=0.8),
        message=MessageFacts(severity=2, turn=1 + len(earlier)),
        now=NOW,
    )
    proposal = Proposal(mode=Mode.AI, pool="eu-core", confidence=0.7, rationale=f"{client.name} asks [crm:contract/778].", model="test")
    verdict = _verdict()
    case_id = f"case_{number:06}"
    turn = TurnInput(
        case_id=case_id,
        turn=1 + len(earlier),
        message_id=f"msg_{number}",
        message=InboundMessage(
            channel="email",
            external_id=str(number),
            conversation_id=str(number),
            sender=Sender(email=contact.email, name=contact.name),
            text=text,
            sent_at=NOW,
        ),
        identity=Identity(
            client_id=client.id,
            client_name=client.name,
            region=client.region,
            resolved_by="email",
            confidence=1.0,
            contact_id=contact.id,
            contact_name=contact.name,
        ),
        received_at=NOW,
        thread=earlier,
    )
    route = Route(mode=Mode.HUMAN, pool="eu-senior", assignee="p-1")
    record: dict[str, Any] = {
        "facts": facts.plain,
        "proposal": proposal.model_dump(mode="json"),
        "routing": {"verdict": verdict.model_dump(mode="json")},
    }
    return ChangedRuling(
        review_id=f"rev_{number:06}",
        region=client.region,
        ruling=Ruling(action=RulingAction.EDIT, actor="person:lead-1", route=route, reason=why, ruled_at=NOW),
        turn=turn,
        record=record,
        decision=Decision(
            id=f"dec_{number}",
            case_id=case_id,
            turn=turn.turn,
            route=route,
            verdict=verdict,
            proposal=proposal,
            overruled=True,
            decided_by="person:lead-1",
            explanation="",
            decided_at=NOW,
            latency_ms={},
        ),
    )
