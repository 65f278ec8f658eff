"""The last step: the reply is written and sent (ai), drafted (hybrid), or a person gets a handover note (human, hybrid).

A reply that may not go out unread is a draft, and its case goes to a person, also where the AI should have answered alone.
"""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from domain.case import TurnInput
from domain.context import Context, Handover, HandoverSection, Reply
from domain.decision import Decision
from domain.facts import Facts, Mode
from domain.review import Ruling, RulingAction
from domain.views import part
from graphs.deps import Deps
from graphs.nodes.budget import WRITER_BUDGET_S
from graphs.settle import record_delivery
from graphs.state import CaseState


async def deliver(state: CaseState, runtime: Runtime[Deps]) -> dict[str, Any]:
    """Write what the client or the person receives, from gathered facts, and end the turn."""
    deps = runtime.context
    turn = deps.parsed.of(TurnInput, state["turn"])
    decision = deps.parsed.of(Decision, state.get("decision"))
    facts = deps.parsed.of(Facts, state.get("facts"))
    context = deps.parsed.of(Context, part(state, "context", "found"))
    question = _question(state)
    reply = question or worded(_ruling(state), turn, facts, decision) or await _reply(deps, turn, facts, context, decision)
    handover = None
    if decision.route.mode is not Mode.AI or (reply is not None and not reply.sent):
        written = await deps.handover.write(turn, facts, context, decision.verdict, decision.route, WRITER_BUDGET_S)
        handover = with_note(written, _ruling(state))
    await record_delivery(deps.store, turn, decision.route, reply, handover, deps.clock.now())
    return {}


async def _reply(deps: Deps, turn: TurnInput, facts: Facts, context: Context, decision: Decision) -> Reply | None:
    if decision.route.mode is Mode.HUMAN:
        return None
    reply = await deps.reply.write(turn, facts, context, decision.verdict, decision.route, WRITER_BUDGET_S)
    if decision.route.mode is not Mode.AI:
        return reply
    withheld = tuple(f"reply: withheld, {fault}" for fault in reply.faults)
    return reply.model_copy(update={"sent": not withheld, "degraded": (*reply.degraded, *withheld)})


def worded(ruling: Ruling | None, turn: TurnInput, facts: Facts, decision: Decision) -> Reply | None:
    """What the lead wrote for the client in place of a model. A person has read it, so an AI's route sends it as it stands."""
    if ruling is None or not ruling.reply.strip() or decision.route.mode is Mode.HUMAN:
        return None
    sent = decision.route.mode is Mode.AI
    return Reply(text=ruling.reply, language=facts.message.language, sent=sent, model=ruling.actor, turn=turn.turn)


def with_note(handover: Handover, ruling: Ruling | None) -> Handover:
    """The note with what the lead wrote for whoever takes over before everything else, word for word: no model retells it."""
    lines = tuple(line.strip() for line in ruling.note.splitlines() if line.strip()) if ruling else ()
    if ruling is None or not lines:
        return handover
    section = HandoverSection(title=f"From {ruling.actor.partition(':')[2] or ruling.actor}", lines=lines)
    return handover.model_copy(update={"sections": (section, *handover.sections)})


def _ruling(state: CaseState) -> Ruling | None:
    return Ruling.model_validate(ruled) if (ruled := state.get("ruling")) else None


def _question(state: CaseState) -> Reply | None:
    ruling = _ruling(state)
    if ruling is None or ruling.action is not RulingAction.ASK:
        return None
    language = part(state, "triage", "read").get("language", "en")
    return Reply(text=ruling.question, language=language, sent=True, model=ruling.actor)
