"""What a ledger entry says, in words: one sentence for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.policy_telling import POLICY_SAYS, quoted
from console.product_names import known
from console.speech import _, mark
from console.staff_telling import STAFF_SAYS
from console.words import MODES, RULED, actor, plain, role
from domain.views import part

Data = Mapping[str, Any]
PROMISES = {"ack": mark("first answer"), "resolve": mark("solution")}


def sentence(kind: str, data: Data) -> str:
    """An entry in words; a kind that has none is told by its name."""
    says = SAYS.get(kind)
    return (says(data) if says else "") or plain(kind.replace(".", ": "))


def _listed(data: Data, name: str, between: str = ", ") -> str:
    found: list[Any] = data.get(name) or []
    return between.join(str(one) for one in found)


def _mode(route: Data) -> str:
    return _(MODES.get(str(route["mode"]), str(route["mode"])))


def _stopped(data: Data) -> str:
    """Only those guards that asked for the review; an old entry tells of all that held and not which of them asked."""
    by, names = role(str(data.get("by", "person"))), "asking" if "asking" in data else "guards"
    if not data.get(names):
        return _("Stopped for a %(role)s.", role=by)
    return _("Stopped for a %(role)s, because of %(guards)s.", role=by, guards=_listed(data, names))


def _decided(data: Data) -> str:
    route = data["route"]
    overruled = " " + _("Policy overruled the proposal.") if data.get("overruled") else ""
    degraded = " " + _("Without: %(what)s.", what=_listed(data, "degraded", "; ")) if data.get("degraded") else ""
    return _("Decided: %(mode)s in %(pool)s.", mode=_mode(route), pool=route["pool"]) + overruled + degraded


def _ruled(data: Data) -> str:
    word, route = _(RULED.get(str(data["action"]), str(data["action"]))), data.get("route")
    said = word[:1].upper() + word[1:]
    where = _("%(ruled)s: %(mode)s in %(pool)s.", ruled=said, mode=_mode(route), pool=route["pool"]) if route else f"{said}."
    return where + quoted(data)


def _overridden(data: Data) -> str:
    if not data.get("seconded_by"):
        return _("Suspended %(guards)s for this decision.", guards=_listed(data, "overrides"))
    who = actor(data["seconded_by"])
    return _("Suspended %(guards)s for this decision, seconded by %(who)s.", guards=_listed(data, "overrides"), who=who)


def _declined(data: Data) -> str:
    who, following = actor(data.get("person")), actor(data.get("assigned"))
    if following:
        return _("%(who)s does not take the case; it goes to %(next)s.", who=who, next=following)
    return _("%(who)s does not take the case, and nobody else is free.", who=who)


def _place(route: Data) -> str:
    """A pool, with the person in it who has the case."""
    return ", ".join(str(one) for one in (route.get("pool"), actor(route.get("person"))) if one)


def _step_due(data: Data) -> str:
    promise = _(PROMISES[data["promise"]]) if data.get("promise") in PROMISES else _("answer")
    return _("%(percent)s %% of the time for the %(promise)s is gone.", percent=data.get("at_percent", ""), promise=promise)


SAYS: dict[str, Callable[[Data], str]] = {
    "message.received": lambda data: _(
        "Message %(turn)s came in by %(channel)s.", turn=data.get("turn", ""), channel=data.get("channel") or _("a channel")
    ),
    "case.decided": _decided,
    "case.replied": lambda data: _("The reply was sent.") if data.get("sent") else _("A draft was written for the person."),
    "case.handed_over": lambda data: _("Handed over to %(who)s.", who=actor(data.get("assignee")) or data.get("pool")),
    "review.opened": _stopped,
    "review.claimed": lambda data: _("Claimed the review."),
    "review.released": lambda data: _("Gave the review back."),
    "review.ruled": _ruled,
    "review.expired": lambda data: _("Nobody ruled in time; policy's safe default stands."),
    "review.amended": lambda data: _("The client wrote again while the case waited."),
    **POLICY_SAYS,
    "review.escalated": lambda data: _("Nobody ruled in time: it went to the next lead."),
    "review.closed": lambda data: _("The review ended: %(because)s", because=data.get("because", "")),
    "case.acknowledged": lambda data: _("The client heard from us."),
    "case.accepted": lambda data: _("%(who)s takes the case on.", who=actor(data.get("person"))),
    "case.declined": _declined,
    "case.transferred": lambda data: _("Transferred to %(where)s.", where=_place(part(data, "to"))),
    "case.reassigned": lambda data: _("Nobody had accepted it in time: reassigned to %(where)s.", where=_place(part(data, "to"))),
    "case.resolved": lambda data: _("Resolved: %(outcome)s.", outcome=known(str(data.get("outcome", "")))),
    "case.closed": lambda data: _("Closed: nothing more had happened in it."),
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
    "review.override_asked": lambda data: _("Asked to suspend %(guards)s.", guards=_listed(data, "overrides")) + quoted(data),
    "guards.overridden": _overridden,
    **STAFF_SAYS,
}
