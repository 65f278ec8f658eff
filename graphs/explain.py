"""Two or three sentences that a support lead understands."""

from __future__ import annotations

from domain.about import ABOUT
from domain.decision import FiredGuard, Proposal, Route, Verdict
from domain.facts import Facts, Mode
from domain.review import Ruling, RulingAction

WHO = {Mode.AI: "the AI answers alone", Mode.HYBRID: "a person answers with an AI draft", Mode.HUMAN: "a person answers"}
RULED = {
    RulingAction.APPROVE: "approved the proposal",
    RulingAction.EDIT: "edited the route",
    RulingAction.REJECT: "rejected the proposal",
    RulingAction.REASSIGN: "reassigned the case",
    RulingAction.ASK: "asked the client back",
}
NAMED_GUARDS = 3


def explain(facts: Facts, verdict: Verdict, route: Route, proposal: Proposal | None, ruling: Ruling | None, degraded: list[str]) -> str:
    """Who it is about, what was decided, and why."""
    sentences = [_situation(facts, verdict), _outcome(verdict, route)]
    if verdict.guards:
        sentences.append(_guards(verdict))
    if ruling is not None:
        sentences.append(
            f"{_name(ruling.actor)} {RULED[ruling.action]}{_overriding(ruling)}{f': {ruling.reason}' if ruling.reason else '.'}"
        )
    elif proposal is not None and verdict.overruled:
        sentences.append(f"The router had proposed {proposal.mode} in {proposal.pool}; policy overruled it.")
    elif proposal is None:
        sentences.append("There was no usable proposal, so policy's default stands.")
    if degraded:
        sentences.append(f"Decided without everything: {'; '.join(degraded)}.")
    return " ".join(sentence if sentence.endswith(".") else sentence + "." for sentence in sentences)


def _situation(facts: Facts, verdict: Verdict) -> str:
    message = facts.message
    signals = f" with signs of {', '.join(signal.replace('_', ' ') for signal in message.signals)}" if message.signals else ""
    who = f"A {verdict.tier.id} client" if facts.client.known else "An unknown sender"
    return f"{who} writes about {ABOUT[message.intent]} (severity {message.severity}){signals}"


def _outcome(verdict: Verdict, route: Route) -> str:
    return f"{WHO[route.mode][0].upper()}{WHO[route.mode][1:]} in {route.pool}, first response due within {_span(verdict.sla.ack_within_s)}"


def _guards(verdict: Verdict) -> str:
    named = " ".join(guard.because for guard in sorted(verdict.guards, key=_says_least)[:NAMED_GUARDS])
    more = len(verdict.guards) - NAMED_GUARDS
    return f"{named} {more} more guard{'s' if more > 1 else ''} held." if more > 0 else named


def _says_least(guard: FiredGuard) -> tuple[int, str]:
    """What stops a case for a person says more about where it went than what keeps it in a region."""
    effect = guard.effect
    telling = (effect.review is not None, effect.modes == (Mode.HUMAN,), effect.modes is not None, bool(effect.forbid_actions))
    return telling.index(True) if True in telling else len(telling), guard.id


def _span(seconds: int) -> str:
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {word}{'s' if count > 1 else ''}"
    return f"{seconds} seconds"


def _overriding(ruling: Ruling) -> str:
    if not ruling.overrides:
        return ""
    seconded = f", seconded by {_name(ruling.seconded_by)}" if ruling.seconded_by else ""
    return f" and suspended {', '.join(ruling.overrides)} for this decision{seconded}"


def _name(actor: str) -> str:
    return "Nobody ruled in time, so policy" if actor == "policy" else actor.partition(":")[2] or actor
