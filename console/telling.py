"""What a ledger entry says, in words: one sentence for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.speech import _, mark
from console.staff_telling import STAFF_SAYS
from console.words import RULED, actor, plain

Data = Mapping[str, Any]
PROMISES = {"ack": mark("first answer"), "resolve": mark("solution")}


def sentence(kind: str, data: Data) -> str:
    """An entry in words; a kind that has none is told by its name."""
    says = SAYS.get(kind)
    return (says(data) if says else "") or plain(kind.replace(".", ": "))


def _listed(data: Data, name: str, between: str = ", ") -> str:
    found: list[Any] = data.get(name) or []
    return between.join(str(one) for one in found)


def _quoted(data: Data) -> str:
    return f" “{data['reason']}”" if data.get("reason") else ""


def _decided(data: Data) -> str:
    route = data["route"]
    overruled = " " + _("Policy overruled the proposal.") if data.get("overruled") else ""
    degraded = " " + _("Without: %(what)s.", what=_listed(data, "degraded", "; ")) if data.get("degraded") else ""
    return _("Decided: %(mode)s in %(pool)s.", mode=route["mode"], pool=route["pool"]) + overruled + degraded


def _ruled(data: Data) -> str:
    word, route = _(RULED.get(str(data["action"]), str(data["action"]))), data.get("route")
    said = word[:1].upper() + word[1:]
    where = _("%(ruled)s: %(mode)s in %(pool)s.", ruled=said, mode=route["mode"], pool=route["pool"]) if route else f"{said}."
    return where + _quoted(data)


def _overridden(data: Data) -> str:
    if not data.get("seconded_by"):
        return _("Suspended %(guards)s for this decision.", guards=_listed(data, "overrides"))
    who = actor(data["seconded_by"])
    return _("Suspended %(guards)s for this decision, seconded by %(who)s.", guards=_listed(data, "overrides"), who=who)


def _step_due(data: Data) -> str:
    promise = _(PROMISES[data["promise"]]) if data.get("promise") in PROMISES else _("answer")
    return _("%(percent)s %% of the time for the %(promise)s is gone.", percent=data.get("at_percent", ""), promise=promise)


def _of_policy(what: str) -> Callable[[Data], str]:
    """What was done to a version of a policy, with the reason that was given."""

    def say(data: Data) -> str:
        return _(what, version=data.get("policy", {}).get("version", "")) + _quoted(data)

    return say


POLICY_DEEDS = {
    "loaded": mark("Version %(version)s decides from the first start on."),
    "drafted": mark("Version %(version)s was drafted."),
    "imported": mark("Version %(version)s was imported."),
    "submitted": mark("Version %(version)s was put in review."),
    "approved": mark("Version %(version)s got an approval."),
    "rejected": mark("Version %(version)s was rejected."),
    "approvals_lapsed": mark("Version %(version)s lost its approvals."),
    "rollout_planned": mark("Version %(version)s is to be rolled out later."),
    "rollout_started": mark("Version %(version)s began its rollout."),
    "rollout_moved": mark("Version %(version)s went on in its rollout."),
    "rollout_held": mark("Version %(version)s is held in its rollout."),
    "activated": mark("Version %(version)s decides for everybody."),
    "rolled_back": mark("Version %(version)s was taken back."),
    "refused": mark("Version %(version)s was refused by a worker."),
}
SAYS: dict[str, Callable[[Data], str]] = {
    "message.received": lambda data: _(
        "Message %(turn)s came in by %(channel)s.", turn=data.get("turn", ""), channel=data.get("channel") or _("a channel")
    ),
    "case.decided": _decided,
    "case.replied": lambda data: _("The reply was sent.") if data.get("sent") else _("A draft was written for the person."),
    "case.handed_over": lambda data: _("Handed over to %(who)s.", who=data.get("assignee") or data.get("pool")),
    "review.opened": lambda data: _(
        "Stopped for a %(role)s, because of %(guards)s.", role=plain(data.get("by", "person")), guards=_listed(data, "guards")
    ),
    "review.claimed": lambda data: _("Claimed the review."),
    "review.released": lambda data: _("Gave the review back."),
    "review.ruled": _ruled,
    "review.expired": lambda data: _("Nobody ruled in time; policy's safe default stands."),
    "review.amended": lambda data: _("The client wrote again while the case waited."),
    **{f"policy.{kind}": _of_policy(what) for kind, what in POLICY_DEEDS.items()},
    "review.escalated": lambda data: _("Nobody ruled in time: it went to the next lead."),
    "review.closed": lambda data: _("The review ended: %(because)s", because=data.get("because", "")),
    "case.acknowledged": lambda data: _("The client heard from us."),
    "case.accepted": lambda data: _("Accepted the case."),
    "case.declined": lambda data: _("Declined the case; the next fitting person has it."),
    "case.transferred": lambda data: _("Transferred the case."),
    "case.resolved": lambda data: _("Resolved: %(outcome)s.", outcome=plain(str(data.get("outcome", "")))),
    "case.reopened": lambda data: _("Opened again."),
    "turn.failed": lambda data: _("The run failed and is taken up again."),
    "sla.step_due": _step_due,
    "policy.case_recalled": lambda data: _("A withdrawn version of policy had decided it: a lead looks at it again."),
    "policy.case_seen": lambda data: _("Looked at it after its policy was withdrawn."),
    "review.ruling_held": lambda data: _(
        "Ruled: %(did)s. It can still be taken back.", did=_(RULED.get(str(data["action"]), str(data["action"])))
    ),
    "review.ruling_undone": lambda data: _("Took the ruling back."),
    "review.ruling_dropped": lambda data: _("The ruling did not take effect: %(because)s", because=data.get("because", "")),
    "review.override_asked": lambda data: _("Asked to suspend %(guards)s.", guards=_listed(data, "overrides")) + _quoted(data),
    "guards.overridden": _overridden,
    **STAFF_SAYS,
}
