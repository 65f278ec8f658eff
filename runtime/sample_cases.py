"""The sample company's stream as cases: facts as its records give them, what a message says taken from its author's gold.

No model runs here, so the same company gives the same cases at once.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from agents.value_estimator import NOTHING, value_of
from domain.case import Identity, InboundMessage, Sender, TurnInput
from domain.client import ClientProfile
from domain.context import Context
from domain.decision import Proposal
from domain.facts import Action, ContextFacts, Facts, Intent, LoadFacts, Mode, Region, Signal
from domain.simulation import RecordedPage
from domain.triage import Triage
from graphs.snapshot import client_facts, context_facts, facts_of
from policies.comparison.recorded import RecordedCase, record_of_case
from runtime.replaying import PAGE
from runtime.sample import sample_company
from tools.case_history import EmbeddedCaseHistory
from tools.crm import EmbeddedCrm
from tools.telemetry import EmbeddedTelemetry
from tools.world.gold import SIMPLE
from tools.world.model import StreamItem, World

GRAVE = {Signal.SECURITY: 5, Signal.VULNERABLE_PERSON: 5, Signal.OUTAGE: 4, Signal.LEGAL: 4, Signal.CHURN: 3, Signal.ABUSE: 3}
SEVERITY = {Intent.OUTAGE: 4, Intent.SECURITY: 4, Intent.DEFECT: 3, Intent.PERFORMANCE: 3, Intent.COMPLAINT: 3}
ANSWERED, UNANSWERED = 0.8, 0.2
"""How well the best article fits a simple question, and anything else."""
ACTIONS = {
    Intent.REFUND: (Action.REFUND, 250.0),
    Intent.CANCELLATION: (Action.CANCEL, 0.0),
    Intent.ACCOUNT_CHANGE: (Action.CHANGE_ACCOUNT, 0.0),
}


class SampleCases:
    """The stream of one home's sample company."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._rows: list[tuple[str, bytes]] = []

    async def pages(self, limit: int) -> list[RecordedPage]:
        """At most `limit` cases, in the order of the stream."""
        if not self._rows:
            self._rows = await asyncio.to_thread(self._read)
        rows = self._rows[:limit]
        return [RecordedPage(rows[first : first + PAGE]) for first in range(0, len(rows), PAGE)]

    def _read(self) -> list[tuple[str, bytes]]:
        """Half a second of work, which belongs in a thread of its own."""
        return [(case.id, record_of_case(case)) for case in asyncio.run(cases_of_stream(sample_company(self._home)))]


async def cases_of_stream(world: World) -> list[RecordedCase]:
    """Each message of the stream once, as it would come to policy."""
    crm, clients = EmbeddedCrm(world.clients), {client.id: client for client in world.clients}
    telemetry, history = EmbeddedTelemetry(world.telemetry), EmbeddedCaseHistory(world.cases)
    found: dict[str, RecordedCase] = {}
    for item in world.stream:
        name = f"sample:{item.body['channel']}:{item.body['external_id']}"
        if name in found:
            continue
        identity = await crm.identify(Sender(**item.body["sender"]))
        profile = clients.get(identity.client_id) if identity else None
        sent_at = datetime.fromisoformat(item.body["sent_at"])
        report = await telemetry.report(profile.id, sent_at) if profile else None
        past = await history.past_cases(profile.id, sent_at) if profile else []
        facts = _facts(item, identity, profile, Context(profile=profile, telemetry=report, past_cases=tuple(past)), sent_at)
        found[name] = RecordedCase(name, facts, _proposal(item, facts))
    return list(found.values())


def _facts(item: StreamItem, identity: Identity | None, profile: ClientProfile | None, context: Context, now: datetime) -> Facts:
    message = InboundMessage.model_validate(item.body)
    turn = TurnInput(case_id="", turn=1, message_id="", message=message, identity=identity, received_at=now)
    return facts_of(
        turn,
        client=client_facts(identity, profile, Region.EU, now),
        context=_known(item, context_facts(context, now)),
        value=value_of(profile, now) if profile else NOTHING,
        triage=_read(item, profile),
        load=LoadFacts(),
    )


def _known(item: StreamItem, context: ContextFacts) -> ContextFacts:
    answered = item.expect.intent in SIMPLE
    return context.model_copy(update={"knowledge_score": ANSWERED if answered else UNANSWERED, "knowledge_hits": int(answered)})


def _read(item: StreamItem, profile: ClientProfile | None) -> Triage:
    """What the author says that the message is about; how grave that is follows from it."""
    expect = item.expect
    severity = max([SEVERITY.get(expect.intent, 2 if expect.danger else 1), *(GRAVE.get(signal, 1) for signal in expect.signals)])
    return Triage(
        intent=expect.intent,
        confidence=0.9,
        severity=severity,
        urgency=round((severity - 1) / 4, 2),
        sentiment=-0.7 if {Signal.CHURN, Signal.ABUSE, Signal.LEGAL} & set(expect.signals) else 0.0,
        signals=tuple(sorted(expect.signals)),
        language=item.body["language"] or (profile.language if profile else "en"),
    )


def _proposal(item: StreamItem, facts: Facts) -> Proposal:
    """The boldest mode that anybody sensible would accept, to the desk of the client's region."""
    bold = item.expect.modes[0]
    action, amount = ACTIONS.get(item.expect.intent, (Action.REPLY, 0.0))
    desk = "core" if bold is not Mode.HUMAN and facts.message.severity < 4 else "senior"
    return Proposal(
        mode=bold, pool=f"{facts.client.region.value}-{desk}", action=action, amount=amount, confidence=0.8, rationale="", model="sample"
    )
