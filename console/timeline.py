"""A case as a story: its ledger entries in words, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.words import RULED, actor, plain

Data = Mapping[str, Any]
PROMISES = {"ack": "first answer", "resolve": "solution"}


@dataclass(frozen=True)
class Step:
    """One thing that happened."""

    says: str
    by: str
    at: datetime
    index: int
    kind: str


def steps_of(entries: Iterable[Mapping[str, Any]]) -> list[Step]:
    """Each entry in words; a kind that has none is told by its name."""
    told = [(entry, SAYS.get(entry["kind"], lambda data: "")(entry["data"] or {})) for entry in entries]
    return [Step(says or _named(entry["kind"]), actor(entry["actor"]), entry["at"], entry["index"], entry["kind"]) for entry, says in told]


def _named(kind: str) -> str:
    return plain(kind.replace(".", ": "))


def _decided(data: Data) -> str:
    route = data["route"]
    overruled = " Policy overruled the proposal." if data.get("overruled") else ""
    degraded = f" Without: {'; '.join(data['degraded'])}." if data.get("degraded") else ""
    return f"Decided: {route['mode']} in {route['pool']}.{overruled}{degraded}"


def _ruled(data: Data) -> str:
    route = data.get("route")
    where = f" {route['mode']} in {route['pool']}" if route else ""
    reason = f" “{data['reason']}”" if data.get("reason") else ""
    said = RULED.get(str(data["action"]), str(data["action"]))
    return f"{said.capitalize()}{where}.{reason}"


def _overridden(data: Data) -> str:
    seconded = f", seconded by {actor(data['seconded_by'])}" if data.get("seconded_by") else ""
    return f"Suspended {', '.join(data.get('overrides', []))} for this decision{seconded}."


def _of_policy(what: str) -> Callable[[Data], str]:
    """What was done to a version of a policy, with the reason that was given."""

    def say(data: Data) -> str:
        reason = f" “{data['reason']}”" if data.get("reason") else ""
        return f"Version {data.get('policy', {}).get('version', '')} {what}.{reason}"

    return say


POLICY_DEEDS = {
    "loaded": "decides from the first start on",
    "drafted": "was drafted",
    "imported": "was imported",
    "submitted": "was put in review",
    "approved": "got an approval",
    "rejected": "was rejected",
    "approvals_lapsed": "lost its approvals",
    "rollout_planned": "is to be rolled out later",
    "rollout_started": "began its rollout",
    "rollout_moved": "went on in its rollout",
    "rollout_held": "is held in its rollout",
    "activated": "decides for everybody",
    "rolled_back": "was taken back",
    "refused": "was refused by a worker",
}
SAYS: dict[str, Callable[[Data], str]] = {
    "message.received": lambda data: f"Message {data.get('turn', '')} came in by {data.get('channel', 'a channel')}.",
    "case.decided": _decided,
    "case.replied": lambda data: "The reply was sent." if data.get("sent") else "A draft was written for the person.",
    "case.handed_over": lambda data: f"Handed over to {data.get('assignee') or data.get('pool')}.",
    "review.opened": lambda data: f"Stopped for a {plain(data.get('by', 'person'))}, because of {', '.join(data.get('guards', []))}.",
    "review.claimed": lambda data: "Claimed the review.",
    "review.released": lambda data: "Gave the review back.",
    "review.ruled": _ruled,
    "review.expired": lambda data: "Nobody ruled in time; policy's safe default stands.",
    "review.amended": lambda data: "The client wrote again while the case waited.",
    **{f"policy.{kind}": _of_policy(what) for kind, what in POLICY_DEEDS.items()},
    "review.escalated": lambda data: "Nobody ruled in time: it went to the next lead.",
    "review.closed": lambda data: f"The review ended: {data.get('because', '')}",
    "case.acknowledged": lambda data: "The client heard from us.",
    "case.accepted": lambda data: "Accepted the case.",
    "case.declined": lambda data: "Declined the case; the next fitting person has it.",
    "case.transferred": lambda data: "Transferred the case.",
    "case.resolved": lambda data: f"Resolved: {plain(str(data.get('outcome', '')))}.",
    "case.reopened": lambda data: "Opened again.",
    "turn.failed": lambda data: "The run failed and is taken up again.",
    "sla.step_due": lambda data: (
        f"{data.get('at_percent', '')} % of the time for the {PROMISES.get(data.get('promise', ''), 'answer')} is gone."
    ),
    "policy.case_recalled": lambda data: "A withdrawn version of policy had decided it: a lead looks at it again.",
    "policy.case_seen": lambda data: "Looked at it after its policy was withdrawn.",
    "review.override_asked": lambda data: f"Asked to suspend {', '.join(data.get('overrides', []))}: “{data.get('reason', '')}”",
    "guards.overridden": _overridden,
}
