"""Cases as the outside sees them: one dict per case in the words of the public contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.access import ApiKey
from domain.case import CaseStatus
from domain.errors import NotFound
from domain.identifiers import derived_id
from domain.ports import Clock, Views
from domain.sla import ack_state, sla_state
from domain.value import Money
from domain.views import CaseQuery, CaseRow, part

HEARD = (CaseStatus.ANSWERED, CaseStatus.RESOLVED, CaseStatus.CLOSED)


@dataclass(frozen=True)
class Cases:
    """Reads cases and their decision records."""

    views: Views
    clock: Clock

    async def one(self, case_id: str, key: ApiKey) -> dict[str, Any]:
        """A case. Raises NotFound for another region's or client's case as well."""
        row = await self.views.case(case_id)
        if row is None or not key.sees(row.case["region"], row.case["client_id"]):
            raise NotFound.said("There is no case %(id)s.", {"id": case_id})
        return case_view(row, self.clock.now())

    async def some(self, query: CaseQuery) -> list[dict[str, Any]]:
        """Cases, newest first, without their messages but for the beginning of the first."""
        now = self.clock.now()
        return [{**case_view(row, now), "asks": row.asks} for row in await self.views.cases(query)]

    async def explanation(self, case_id: str, key: ApiKey, turn: int | None = None) -> dict[str, Any]:
        """The whole decision record of a case's last turn, or of the given one."""
        case = await self.one(case_id, key)
        record = await self.views.record(case_id, turn)
        if record is None:
            raise NotFound(f"Case {case_id} has no decision{f' in turn {turn}' if turn else ''} yet.")
        decision = record["decision"]
        entry = await self.views.entry(derived_id("ent", case_id, decision["turn"], "decide"))
        return _explained(case_id, record, degraded_of(decision, case["reply"], case["handover"]), entry)


def case_view(row: CaseRow, now: datetime) -> dict[str, Any]:
    """The public form of a case."""
    case = row.case
    return {
        "id": case["id"],
        "status": case["status"],
        "channel": case["channel"],
        "conversation_id": case["conversation_id"],
        "region": case["region"],
        "client": _client(case),
        "value": value_view(case["value"]),
        "decision": _decision(row.decision, case, now) if row.decision else None,
        "assignment": _assignment(row.assignment),
        "review": _open_review(row.review),
        "handover": case["handover"],
        "reply": case["reply"],
        "messages": list(row.messages),
        "priority": case["priority"],
        "acknowledged_at": stamp(case["acknowledged_at"]),
        "resolved_at": stamp(case["resolved_at"]),
        "outcome": case["outcome"],
        "created_at": stamp(case["created_at"]),
        "updated_at": stamp(case["updated_at"]),
        "revision": case["revision"],
        "links": {
            "self": f"/v1/cases/{case['id']}",
            "events": f"/v1/cases/{case['id']}/events",
            "ledger": f"/v1/ledger/entries?case_id={case['id']}",
            "explanation": f"/v1/cases/{case['id']}/explanation",
        },
    }


def degraded_of(decision: dict[str, Any], *written: dict[str, Any] | None) -> list[str]:
    """What a decision had to do without, and what went wrong when its reply and handover note were written."""
    later = [why for one in written if one and one.get("turn") == decision["turn"] for why in one.get("degraded", [])]
    return [*decision["degraded"], *later]


def stamp(moment: Any) -> str | None:
    """RFC 3339 in UTC, whichever way the store gave it."""
    if moment is None:
        return None
    parsed = moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
    return parsed.isoformat().replace("+00:00", "Z")


def value_view(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """The public form of a value estimate."""
    if not value:
        return None
    money = {name: Money.of(value[name], value["currency"]).model_dump() for name in ("at_stake", "low", "high")}
    return {
        "score": value["score"],
        "at_stake": money["at_stake"],
        "interval": {"low": money["low"], "high": money["high"]},
        "confidence": value["confidence"],
        "drivers": value["drivers"],
        "model": value["model"],
    }


def _client(case: dict[str, Any]) -> dict[str, Any] | None:
    identity = case["identity"]
    if not identity:
        return None
    return {
        "id": identity["client_id"],
        "name": identity["client_name"],
        "tier": case["tier"],
        "resolved_by": identity["resolved_by"],
        "confidence": identity["confidence"],
        "contact": {"id": identity["contact_id"], "name": identity["contact_name"], "role": identity["contact_role"]},
    }


def guards_view(verdict: dict[str, Any]) -> list[dict[str, Any]]:
    """The guards that fired, each with its effect in words."""
    return [
        {"id": guard["id"], "effect": guard["summary"], "because": guard["because"], "values": guard["values"]}
        for guard in verdict["guards"]
    ]


def sla_view(sla: dict[str, Any], case: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A promise with where it stands now."""
    acked, ended = _first_word(case), case["resolved_at"] or case["answered_at"]
    resolved = datetime.fromisoformat(ended) if ended else None
    due = [datetime.fromisoformat(sla[name]) for name in ("ack_due_at", "resolve_due_at")]
    return {
        "ack_within_s": sla["ack_within_s"],
        "resolve_within_s": sla["resolve_within_s"],
        "calendar": sla["calendar"],
        "ack_due_at": stamp(due[0]),
        "resolve_due_at": stamp(due[1]),
        "state": sla_state(due[0], due[1], acked, resolved, now),
        "acked_at": stamp(acked),
        "ack_state": ack_state(due[0], acked, now),
    }


def _first_word(case: dict[str, Any]) -> datetime | None:
    """When the first promise was kept: who was answered at once waits for no acknowledgement."""
    said = [case["acknowledged_at"], case.get("heard_at") if case["status"] in HEARD else None]
    return min((datetime.fromisoformat(one) for one in said if one), default=None)


def _decision(decision: dict[str, Any], case: dict[str, Any], now: datetime) -> dict[str, Any]:
    verdict = decision["verdict"]
    return {
        "id": decision["id"],
        "turn": decision["turn"],
        "route": _standing(decision, case),
        "priority": verdict["priority"],
        "sla": sla_view(_promise(verdict["sla"], case), case, now),
        "guards": guards_view(verdict),
        "proposal": decision["proposal"],
        "overruled": decision["overruled"],
        "degraded": degraded_of(decision, case["reply"], case["handover"]),
        "decided_by": decision["decided_by"],
        "policy": verdict["policy"],
        "facts_digest": verdict["facts_digest"],
        "explanation": decision["explanation"],
        "decided_at": stamp(decision["decided_at"]),
        "latency_ms": decision["latency_ms"],
    }


def _standing(decision: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """The route that stands: as decided, or as the case was declined, transferred or resolved since."""
    return {**(case["route"] or decision["route"]), "assignee": case["assignee"]}


def _promise(sla: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """What is promised now: reopening moves the due times, and until a new message is decided nothing else is promised than before.

    A case that waits for a person has the due times of its new turn already.
    """
    if case["status"] == CaseStatus.AWAITING_REVIEW:
        return sla
    return {**sla, **{name: case[name] or sla[name] for name in ("ack_due_at", "resolve_due_at")}}


def _assignment(assignment: dict[str, Any] | None) -> dict[str, Any] | None:
    if not assignment:
        return None
    return {**assignment, "at": stamp(assignment["at"]), "accepted_at": stamp(assignment["accepted_at"])}


def _open_review(review: dict[str, Any] | None) -> dict[str, Any] | None:
    if not review:
        return None
    return {
        "id": review["id"],
        "status": review["status"],
        "turn": review["turn"],
        "by": review["gate"]["by"],
        "due_at": stamp(review["due_at"]),
        "claimed_by": review["claimed_by"],
        "override": review["override"],
        "ruling": review["ruling"],
        "closing": review["closing"],
        "links": {"self": f"/v1/reviews/{review['id']}"},
    }


def _explained(case_id: str, record: dict[str, Any], degraded: list[str], entry: dict[str, Any] | None) -> dict[str, Any]:
    decision = record["decision"]
    verdict = decision["verdict"]
    context, triage, value = (part(record, name) for name in ("context", "triage", "value"))
    return {
        "case_id": case_id,
        "turn": decision["turn"],
        "decision_id": decision["id"],
        "explanation": decision["explanation"],
        "facts": record["facts"],
        "facts_digest": verdict["facts_digest"],
        "policy": verdict["policy"],
        "tier": verdict["tier"],
        "priority": verdict["priority"],
        "sla": verdict["sla"],
        "envelope": verdict["envelope"],
        "guards": verdict["guards"],
        "errors": verdict["errors"],
        "proposal": record.get("proposal"),
        "route": decision["route"],
        "source": verdict["source"],
        "overruled": decision["overruled"],
        "ruling": record.get("ruling"),
        "decided_by": decision["decided_by"],
        "degraded": degraded,
        "triage": triage.get("read"),
        "value": value.get("estimate"),
        "cited_facts": part(context, "found").get("facts", []),
        "tools": part(context, "found").get("runs", []),
        "models": _models(record),
        "timings_ms": {"value": value.get("ms"), "context": context.get("ms"), "triage": triage.get("ms"), **decision["latency_ms"]},
        "ledger": {**entry, "links": {"proof": f"/v1/ledger/entries/{entry['index']}/proof"}} if entry else None,
        "links": {"ledger": f"/v1/ledger/entries?case_id={case_id}", "case": f"/v1/cases/{case_id}"},
    }


def _models(record: dict[str, Any]) -> list[dict[str, Any]]:
    triage, proposal = part(record, "triage", "read"), part(record, "proposal")
    spoken = [
        ("triage", triage, part(record, "triage"), "ms"),
        ("router", proposal, part(record, "routing"), "model_ms"),
        ("value_estimator", part(record, "value", "estimate"), part(record, "value"), "ms"),
    ]
    return [
        {"agent": agent, "model": said.get("model"), "prompt": said.get("prompt"), "ms": step.get(ms), "usage": step.get("usage")}
        for agent, said, step, ms in spoken
        if said
    ]
