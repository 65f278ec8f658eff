"""What the writers wrote in a case, with everything that they were given: the ground on which replies and notes are judged."""

from __future__ import annotations

from collections.abc import Iterator

from domain.client import ClientProfile
from domain.context import Handover, Reply
from domain.facts import Mode
from evals.case import EvalCase
from evals.house import Changes, House, TurnOutcome
from evals.scoring.grounding import Sources

BUDGET_S = 30.0
APPROVED = {"ruling": {"action": "approve"}}
"""A lead approves whatever waits, so that there is something to read."""
SHOWN_OF_AN_ARTICLE = 900


async def last_turn(house: House, case: EvalCase) -> TurnOutcome:
    """The outcome of the case's last message."""
    changes = Changes.model_validate({**APPROVED, **case.input.get("changes", {})})
    return (await house.converse(case.input["messages"], changes))[-1]


async def reply_in(house: House, outcome: TurnOutcome) -> Reply:
    """The reply of the turn; where the route asked for none, the draft that the writer would have made."""
    if outcome.reply is not None and outcome.reply.turn == outcome.turn.turn:
        return outcome.reply
    route = outcome.route.model_copy(update={"mode": Mode.HYBRID})
    return await house.reply.write(outcome.turn, outcome.facts, outcome.context, outcome.verdict, route, BUDGET_S)


async def note_in(house: House, outcome: TurnOutcome) -> Handover:
    """The note of the turn; where the route asked for none, the one that a person would have got."""
    if outcome.handover is not None and outcome.handover.turn == outcome.turn.turn:
        return outcome.handover
    route = outcome.route.model_copy(update={"mode": Mode.HUMAN})
    return await house.handover.write(outcome.turn, outcome.facts, outcome.context, outcome.verdict, route, BUDGET_S)


def sources_of(house: House, case: EvalCase, outcome: TurnOutcome, text: str) -> Sources:
    """What the writer of `text` knew, and which other clients the text names."""
    own = [one["text"] for one in case.input["messages"]]
    client = house.clients.get(outcome.turn.identity.client_id) if outcome.turn.identity else None
    names = {*_names(client), *([outcome.turn.message.sender.name] if outcome.turn.message.sender.name else [])}
    if profile := outcome.context.profile:
        names |= {profile.name, *([profile.account_manager.name] if profile.account_manager else [])}
    return Sources(
        given="\n".join(_given(outcome)),
        own_words="\n".join(own),
        names=tuple(sorted(names)),
        strangers=tuple(sorted(one.name for one in house.clients.values() if one is not client and one.name in text)),
        facts={fact.id: fact.age_s for fact in outcome.context.facts}
        | {f"kb:{hit.article.id}": 0 for hit in outcome.context.articles if f"kb:{hit.article.id}" not in _ids(outcome)},
    )


def _ids(outcome: TurnOutcome) -> set[str]:
    return {fact.id for fact in outcome.context.facts}


def _names(client: ClientProfile | None) -> Iterator[str]:
    if client is not None:
        yield client.name
        yield from (one.name for one in client.contacts)


def _given(outcome: TurnOutcome) -> Iterator[str]:
    """Facts, articles, labels, reasons and times, a line each, as both writers get them."""
    yield from (fact.text for fact in outcome.context.facts)
    for hit in outcome.context.articles:
        yield hit.article.title
        yield hit.article.body[:SHOWN_OF_AN_ARTICLE]
    yield f"severity {outcome.facts.message.severity} of 5"
    yield from (guard.because for guard in outcome.verdict.guards)
    value = outcome.value
    yield f"{value.at_stake:.2f} {value.currency} at stake, {value.low:.2f} to {value.high:.2f}"
    yield f"score {value.score}, confidence {value.confidence}"
    times = due_times(outcome)
    yield f"First response by {times['ack']} UTC, solution by {times['resolve']} UTC."


def due_times(outcome: TurnOutcome) -> dict[str, str]:
    """When the first response and the solution are due, to the minute."""
    sla = outcome.verdict.sla
    return {"ack": f"{sla.ack_due_at:%Y-%m-%d %H:%M}", "resolve": f"{sla.resolve_due_at:%Y-%m-%d %H:%M}"}


def holds(text: str, wanted: list[str]) -> bool:
    """Whether the text says one of several wordings of the same thing."""
    plain = " ".join(text.lower().split())
    return any(" ".join(one.lower().split()) in plain for one in wanted)
