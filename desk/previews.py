"""Previews: the note and the reply that a ruling would bring about, from what is on record and without asking any model again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.handover import HandoverWriter
from agents.reply import ReplyWriter
from domain.case import THREAD_KEPT, Identity, InboundMessage, Sender, TurnInput
from domain.context import Context, Handover, Reply
from domain.decision import Verdict
from domain.facts import Facts, Mode
from domain.views import ReviewRow, part

BUDGET_S = 1.0


@dataclass(frozen=True)
class Previews:
    """Writes notes with the embedded template alone; a model's own words come when the ruling is given."""

    writer: HandoverWriter
    replies: ReplyWriter

    async def handover(self, row: ReviewRow) -> Handover | None:
        """The note for the route on the table; None for a review whose record holds no facts to write it from."""
        if (given := _given_of(row)) is None:
            return None
        turn, facts, context, verdict = given
        return await self.writer.write(turn, facts, context, verdict, verdict.route, BUDGET_S)

    async def reply(self, row: ReviewRow) -> Reply | None:
        """The answer as far as articles give one; None where the envelope leaves the client to a person alone."""
        if (given := _given_of(row)) is None:
            return None
        turn, facts, context, verdict = given
        helped = [mode for mode in (Mode.HYBRID, Mode.AI) if mode in verdict.envelope.modes]
        if not helped:
            return None
        route = verdict.route if verdict.route.mode in helped else verdict.route.model_copy(update={"mode": helped[0]})
        return await self.replies.write(turn, facts, context, verdict, route, BUDGET_S)


def _given_of(row: ReviewRow) -> tuple[TurnInput, Facts, Context, Verdict] | None:
    """What the writers write from; None for a review whose record does not hold it."""
    record, turn = row.record, _turn_of(row)
    if not record.get("facts") or turn is None:
        return None
    verdict = Verdict.model_validate(part(record, "routing")["verdict"])
    return turn, Facts.model_validate(record["facts"]), Context.model_validate(part(record, "context", "found")), verdict


def _turn_of(row: ReviewRow) -> TurnInput | None:
    inbound = [one for one in row.messages if one["direction"] == "inbound" and one["turn"] <= row.review["turn"]]
    if not inbound:
        return None
    *earlier, last = inbound
    identity: dict[str, Any] = part(row.case, "identity")
    message = InboundMessage(
        channel=row.case["channel"],
        external_id=last["external_id"] or "",
        conversation_id=row.case["conversation_id"],
        sender=Sender.model_validate(last["sender"]),
        text=last["text"],
        sent_at=datetime.fromisoformat(last["sent_at"]),
    )
    return TurnInput(
        case_id=row.case["id"],
        turn=row.review["turn"],
        message_id=last["id"],
        message=message,
        identity=Identity.model_validate(identity) if identity else None,
        received_at=datetime.fromisoformat(row.review["opened_at"]),
        thread=tuple(one["text"] for one in earlier[-THREAD_KEPT:]),
    )
