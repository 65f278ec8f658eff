"""Reviews as leads see them: all that they need to rule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from desk.cases import guards_view, sla_view, stamp, value_view
from domain.views import ReviewRow, part


def review_view(row: ReviewRow, now: datetime) -> dict[str, Any]:
    """All that a lead needs to rule."""
    review, case, record = row.review, row.case, row.record
    verdict = record["routing"]["verdict"]
    identity = part(case, "identity")
    expires = datetime.fromisoformat(review["claim_expires_at"]) if review["claim_expires_at"] else None
    held = expires is not None and expires > now
    status = "open" if review["status"] == "claimed" and not held else review["status"]
    return {
        "id": review["id"],
        "case_id": case["id"],
        "turn": review["turn"],
        "status": status,
        "by": review["gate"]["by"],
        "on_expiry": review["gate"]["on_expiry"],
        "opened_at": stamp(review["opened_at"]),
        "due_at": stamp(review["due_at"]),
        "escalations": review["escalations"],
        "claimed_by": review["claimed_by"] if held else None,
        "claim_expires_at": stamp(review["claim_expires_at"]) if held else None,
        "revision": review["revision"],
        "client": {"id": identity.get("client_id"), "name": identity.get("client_name"), "tier": verdict["tier"]["id"]},
        "region": case["region"],
        "priority": case["priority"],
        "value": value_view(part(record, "value").get("estimate")),
        "proposal": record.get("proposal"),
        "route": verdict["route"],
        "envelope": verdict["envelope"],
        "guards": guards_view(verdict),
        "sla": sla_view({**verdict["sla"], "ack_due_at": review["sla_due_at"]}, case, now),
        "triage": part(record, "triage").get("read"),
        "facts": part(record, "context", "found").get("facts", []),
        "policy": verdict["policy"],
        "override": review["override"],
        "ruling": review["ruling"],
        "closing": review["closing"],
        "messages": list(row.messages),
        "amendments": [_amendment(one) for one in row.amendments],
        "links": {"self": f"/v1/reviews/{review['id']}", "case": f"/v1/cases/{case['id']}"},
    }


def _amendment(amendment: dict[str, Any]) -> dict[str, Any]:
    """A message that came in while the review was open, with what triage read in it and what that changed."""
    shown = ("id", "turn", "message_id", "external_id", "text", "triage", "degraded", "worse", "guards")
    return {**{name: amendment[name] for name in shown}, "sent_at": stamp(amendment["sent_at"]), "appended_at": stamp(amendment["at"])}
