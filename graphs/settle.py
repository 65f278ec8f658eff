"""The transactions of a turn. Every id is derived from (case, turn, step), so each of them is safe to repeat."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog

from domain.case import CaseStatus, TurnInput, TurnStatus
from domain.context import Handover, Reply
from domain.decision import Decision, Route
from domain.errors import AlreadyDecided, AlreadyWritten
from domain.events import Happening, Kind
from domain.facts import Mode
from domain.failpoints import failpoint
from domain.identifiers import derived_id
from domain.review import REVIEW_EXPIRY, Review, ReviewStatus
from domain.sla import SLA_STEP, step_timers
from domain.unit_of_work import Store, Tx
from domain.views import CaseChange, ReviewStanding, Timer, part
from policies.engine import CompiledPolicy

log = structlog.get_logger("maitred.settle")


def happening(
    turn: TurnInput,
    kind: Kind,
    step: str,
    *,
    actor: str,
    at: datetime,
    entry: dict[str, Any],
    event: dict[str, Any] | None,
) -> Happening:
    """A happening of a turn, filed where its case is."""
    region, client_id = turn.filed
    return Happening(
        id=derived_id("ent", turn.case_id, turn.turn, step),
        kind=kind,
        case_id=turn.case_id,
        region=region,
        client_id=client_id,
        actor=actor,
        at=at,
        request_id=turn.request_id,
        entry=entry,
        event=event,
    )


async def open_review(store: Store, turn: TurnInput, decision_input: dict[str, Any], verdict: dict[str, Any], at: datetime) -> str:
    """Stop the turn for a person: the review, its deadline, and the record that it can be rebuilt from. Returns the review's id."""
    gate = verdict["review"]
    review = Review(
        id=derived_id("rev", turn.case_id, turn.turn, "ask"),
        case_id=turn.case_id,
        turn=turn.turn,
        status=ReviewStatus.OPEN,
        gate=gate,
        opened_at=at,
        due_at=at + timedelta(seconds=gate["within_s"]),
    )
    value = part(decision_input, "value").get("estimate", {})
    sla_due = datetime.fromisoformat(verdict["sla"]["ack_due_at"])
    standing = ReviewStanding(pool=verdict["route"]["pool"], at_stake=value.get("at_stake", 0.0), sla_due_at=sla_due)
    async with store.transaction() as tx:
        if not await tx.reviews.put(review, standing):  # whoever was first has moved the turn too, perhaps further than this
            return review.id
        await tx.turns.move(turn.case_id, turn.turn, TurnStatus.WAITING, decision_input)
        change = CaseChange(
            status=CaseStatus.AWAITING_REVIEW,
            review_id=review.id,
            tier=verdict["tier"]["id"],
            priority=verdict["priority"],
            value=value or None,
            ack_due_at=sla_due,
            resolve_due_at=datetime.fromisoformat(verdict["sla"]["resolve_due_at"]),
            at=at,
        )
        await tx.cases.settle(turn.case_id, change)
        await tx.timers.schedule(
            Timer(
                id=derived_id("tmr", turn.case_id, turn.turn, REVIEW_EXPIRY),
                case_id=turn.case_id,
                kind=REVIEW_EXPIRY,
                due_at=review.due_at,
                data={"review_id": review.id},
            )
        )
        guards = [guard["id"] for guard in verdict["guards"]]
        told = {"review_id": review.id, "turn": turn.turn, "by": gate["by"], "due_at": review.due_at.isoformat(), "guards": guards}
        asking = [guard["id"] for guard in verdict["guards"] if guard["effect"].get("review")]
        entry = {**told, "asking": asking, "facts_digest": verdict["facts_digest"], "policy": verdict["policy"]}
        await tx.journal.write(happening(turn, Kind.REVIEW_OPENED, "ask", actor="policy", at=at, entry=entry, event=told))
    return review.id


async def record_decision(
    store: Store, policy: CompiledPolicy, turn: TurnInput, decision: Decision, record: dict[str, Any], ruling: dict[str, Any] | None
) -> Decision:
    """Decision, ledger, SLA timers, assignment and outbox at once; the decision that stands, if there was one already.

    `policy` is the version that judged: the steps of a promise come in its calendars.
    """
    try:
        return await _record(store, turn, decision, record, ruling, _sla_timers(policy, decision, record))
    except AlreadyDecided:
        async with store.transaction() as tx:
            await tx.turns.move(turn.case_id, turn.turn, TurnStatus.DECIDED)
            return await tx.decisions.of(turn.case_id, turn.turn)


async def _record(
    store: Store, turn: TurnInput, decision: Decision, record: dict[str, Any], ruling: dict[str, Any] | None, steps: list[Timer]
) -> Decision:
    async with store.transaction() as tx:
        failpoint("decide-in-transaction")
        assigned = await _assign(tx, turn, decision, record)
        timers = await _promised_anew(tx, assigned, steps)
        await tx.decisions.put(assigned, {**record, "ruling": ruling, "turn": turn.model_dump(mode="json")})
        await tx.turns.move(turn.case_id, turn.turn, TurnStatus.DECIDED)
        await tx.cases.settle(turn.case_id, _case_change(assigned, record))
        await tx.timers.schedule(*timers)
        actor = assigned.decided_by if ":" in assigned.decided_by else f"maitred:{assigned.decided_by}"
        await tx.journal.write(
            happening(
                turn, Kind.CASE_DECIDED, "decide", actor=actor, at=assigned.decided_at, entry=_entry(assigned), event=_event(assigned)
            )
        )
    failpoint("decide-committed")
    return assigned


async def _assign(tx: Tx, turn: TurnInput, decision: Decision, record: dict[str, Any]) -> Decision:
    route = decision.route
    if route.mode is Mode.AI:
        return await _beside_whoever_works_it(tx, turn, decision)
    language = part(record, "triage", "read").get("language", "en")
    assignee = await tx.assignments.assign(turn.case_id, turn.turn, route, language, decision.decided_at)
    return decision.model_copy(update={"route": route.model_copy(update={"assignee": assignee})})


async def _beside_whoever_works_it(tx: Tx, turn: TurnInput, decision: Decision) -> Decision:
    """The AI answers: a person who works the case in the same pool keeps it, any other is free for the next."""
    held = await tx.assignments.holder(turn.case_id) if turn.turn > 1 else None
    if held is None:
        return decision
    if held.pool == decision.route.pool:
        return decision.model_copy(update={"route": decision.route.model_copy(update={"assignee": held.person})})
    await tx.assignments.end(turn.case_id, decision.decided_at, "routed anew")
    return decision


def _case_change(decision: Decision, record: dict[str, Any]) -> CaseChange:
    verdict = decision.verdict
    return CaseChange(
        status=CaseStatus.ASSIGNED,
        tier=verdict.tier.id,
        pool=decision.route.pool,
        priority=verdict.priority,
        assignee=decision.route.assignee,
        value=part(record, "value").get("estimate"),
        signals=part(record, "facts", "message").get("signals"),
        decision_id=decision.id,
        ack_due_at=verdict.sla.ack_due_at,
        resolve_due_at=verdict.sla.resolve_due_at,
        at=decision.decided_at,
    )


async def _promised_anew(tx: Tx, decision: Decision, timers: list[Timer]) -> list[Timer]:
    """Those of promises that begin with this decision; one that an earlier message was given, and is due no later, keeps its own."""
    standing = (await tx.cases.locked(decision.case_id)).get(decision.case_id) if decision.turn > 1 else None
    if standing is None:
        return timers
    sla = decision.verdict.sla
    due = {"ack": (sla.ack_due_at, standing.ack_due_at), "resolve": (sla.resolve_due_at, standing.resolve_due_at)}
    anew = [promise for promise, (now, before) in due.items() if before is None or now <= before]  # equal: its review promised it
    for promise in anew:
        await tx.timers.cancel(decision.case_id, SLA_STEP, promise)
    return [timer for timer in timers if timer.data["promise"] in anew]


def _sla_timers(policy: CompiledPolicy, decision: Decision, record: dict[str, Any]) -> list[Timer]:
    began = datetime.fromisoformat(part(record, "facts").get("now") or decision.decided_at.isoformat())
    sla = decision.verdict.sla
    return step_timers(decision.case_id, decision.turn, sla, decision.verdict.escalation, partial(policy.passed, sla.calendar, began))


def _event(decision: Decision) -> dict[str, Any]:
    verdict = decision.verdict
    return {
        "decision_id": decision.id,
        "turn": decision.turn,
        "route": decision.route.model_dump(mode="json"),
        "tier": verdict.tier.id,
        "priority": verdict.priority,
        "ack_due_at": verdict.sla.ack_due_at.isoformat(),
        "guards": [guard.id for guard in verdict.guards],
        "decided_by": decision.decided_by,
        "overruled": decision.overruled,
    }


def _entry(decision: Decision) -> dict[str, Any]:
    verdict = decision.verdict
    return {
        **_event(decision),
        "facts_digest": verdict.facts_digest,
        "policy": verdict.policy.model_dump(mode="json"),
        "degraded": list(decision.degraded),
        "proposal": _proposed(decision),
    }


def _proposed(decision: Decision) -> dict[str, Any] | None:
    if decision.proposal is None:
        return None
    shown = {"mode", "pool", "action", "amount", "confidence", "model", "model_region"}
    return decision.proposal.model_dump(mode="json", include=shown)


async def record_delivery(
    store: Store, turn: TurnInput, route: Route, reply: Reply | None, handover: Handover | None, at: datetime
) -> None:
    """The reply or the handover note, and the end of the turn; nothing, when another worker has delivered it meanwhile."""
    try:
        await _deliver(store, turn, route, reply, handover, at)
    except AlreadyWritten:
        log.warning("delivered elsewhere", case_id=turn.case_id, turn=turn.turn)


async def _deliver(store: Store, turn: TurnInput, route: Route, reply: Reply | None, handover: Handover | None, at: datetime) -> None:
    sent = reply is not None and reply.sent
    async with store.transaction() as tx:
        await tx.turns.move(turn.case_id, turn.turn, TurnStatus.DONE)
        taken_over = handover if route.mode is Mode.AI else None
        if taken_over is not None:  # nobody was assigned to what the AI should have answered
            assignee = await tx.assignments.assign(turn.case_id, turn.turn, route, taken_over.language, at)
            route = route.model_copy(update={"assignee": assignee})
        change = CaseChange(
            status=CaseStatus.ANSWERED if sent else None,
            pool=route.pool if taken_over else None,
            assignee=route.assignee if taken_over else None,
            reply=reply.model_dump(mode="json") if reply else None,
            handover=handover.model_dump(mode="json") if handover else None,
            at=at,
        )
        await tx.cases.settle(turn.case_id, change)
        if reply is not None and sent:
            await tx.timers.cancel_answered(turn.case_id, SLA_STEP)
            await tx.cases.answer(turn.case_id, turn.turn, reply, at)
        await tx.journal.write_once(*_delivered(turn, route, reply, handover, at))


def _delivered(turn: TurnInput, route: Route, reply: Reply | None, handover: Handover | None, at: datetime) -> list[Happening]:
    done: list[Happening] = []
    if reply is not None:
        entry = {
            "turn": turn.turn,
            "sent": reply.sent,
            "model": reply.model,
            "citations": list(reply.citations),
            "language": reply.language,
            "degraded": list(reply.degraded),
        }
        told = {**entry, "text": reply.text, "channel": turn.message.channel, "conversation_id": turn.message.conversation_id}
        actor = reply.model if reply.model.startswith(("person:", "key:")) else "maitred:model"
        done.append(happening(turn, Kind.CASE_REPLIED, "reply", actor=actor, at=at, entry=entry, event=told))
    if handover is not None:
        entry = {
            "turn": turn.turn,
            "pool": route.pool,
            "assignee": route.assignee,
            "model": handover.model,
            "citations": list(handover.citations),
        }
        told = {**entry, "handover": handover.model_dump(mode="json")}
        done.append(happening(turn, Kind.CASE_HANDED_OVER, "handover", actor="maitred:model", at=at, entry=entry, event=told))
    return done
